"""What all records have in common (they are frozen, with a schema version under the key `schema`), and the record of a cell."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cache.errors import StoreError


class RecordPart(BaseModel):
    """A part of a record. Unknown keys are refused: whoever adds a key raises the schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, protected_namespaces=())


class Record(RecordPart):
    """A record of the store. `SCHEMA` is the version that this release writes; a record without one was written before there were versions,
    and what it lacks gets the default of its field. Raise SCHEMA with every key that is added, and read the older ones too."""

    SCHEMA: ClassVar[int] = 1

    schema_version: int = Field(default=1, validation_alias="schema", serialization_alias="schema")

    @classmethod
    def read(cls, content: dict[str, Any], name: str) -> Self:
        """The record that `content` holds. Raises StoreError, in a sentence about `name`, where it is of a newer schema or is no such record."""
        schema = content.get("schema", 1)
        if isinstance(schema, int) and schema > cls.SCHEMA:
            raise StoreError(
                f"{name} was written by a newer release (schema {schema}; this one reads up to {cls.SCHEMA}): open the store with that release."
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            part = ".".join(str(place) for place in first["loc"])
            raise StoreError(f"{name} has a damaged record ({part}: {first['msg']}): remove it and run it again.") from error

    def content(self) -> dict[str, Any]:
        """The record as JSON, under the keys that the store has."""
        return self.model_dump(mode="json", by_alias=True)


class CellRecord(Record):
    """What a cell says of itself: cells/ID/cell.json, beside its table, its scored items and its probes. A cell of a run answers a
    task by a probe family. A pair of a comparison is a cell too, whose task is the kind of the comparison; so is a training of the
    lab, which says more (training.py). `checkpoint` is the name that the run gave it which made the cell; `notes` are sentences."""

    task: str = ""
    probe: str = ""
    checkpoint: str = ""
    notes: tuple[str, ...] = ()


class PairRecord(CellRecord):
    """A pair of a comparison: `task` is similarity, drift or topology, `checkpoint` is "A and B", and there is no probe."""
