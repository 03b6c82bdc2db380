"""Reading a product's record, strata.json: each part that is present must have the type that the lab writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from probing.checkpoints.json_file import read_json
from probing.errors import BadInput


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


class _Data(_Part):
    name: str | None = None
    hash: str | None = None
    train: int | None = None


class _Row(_Part):
    split: str
    metric: str
    value: float | None
    setting: str | dict[str, Any] = "{}"


class _Record(_Part):
    """The parts of a record that other modules read. A part may be missing, as in records of other programs."""

    id: str | None = None
    how: str | None = None
    parent: str | None = None
    parent_fingerprint: str | None = None
    method: str | None = None
    task: str | None = None
    data: _Data = _Data()
    steps: int | None = None
    batch: int | None = None
    seed: int | None = None
    init_probe: str | None = None
    classes: list[str] = []
    tags: list[str] = []
    history: list[dict[str, Any]] = []
    rows: list[_Row] = []
    notes: list[str] = []
    layer_map: list[int] = []


def read_record(path: Path) -> dict[str, Any]:
    """The record at `path`. Raises BadInput, naming the file and the part, where it is no record."""
    record = read_json(path)
    try:
        _Record.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        part, found = ".".join(str(place) for place in first["loc"]), repr(first.get("input"))[:60]
        raise BadInput(
            f"{path} is damaged ({part}: {found}): put the file back, or remove this checkpoint and make it anew."
        ) from error
    return record
