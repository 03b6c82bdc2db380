"""What a bundle says of itself: manifest.json, its first member in the order of reading. It lists every other member with its checksum."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cache.errors import StoreError
from cache.files import is_name
from cache.keys import SCHEMA as STORE_SCHEMA
from probing.errors import BadInput

SCHEMA = 1  # of bundles; raise it with a change after which an earlier release could not read one
NAME = "manifest.json"
ASKED, CARDS = "asked.json", "cards.json"  # the jobs, names and notes; the cards of what was asked
# The folders of a bundle, as those of a store, each with the files that an entry of it has beside its sealed record.
KINDS = {
    "cells": ("cell", ("items.parquet", "probes.safetensors", "table.parquet")),
    "runs": ("run", ("sentences.parquet", "table.parquet")),
    "described/checkpoints": ("checkpoint", ("strata.json",)),
    "described/corpora": ("corpus", ()),
}


class _ManifestPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Member(_ManifestPart):
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Held(_ManifestPart):
    """A run, a comparison or a training that the bundle holds."""

    id: str
    kind: str
    label: str
    finished: str = ""


class Manifest(_ManifestPart):
    """`bundle` and `store` are schemas, `strata` the release that wrote it; `title` and `note` are by whoever shares it."""

    bundle: int
    store: int
    strata: str
    title: str = ""
    note: str = ""
    held: tuple[Held, ...]
    checkpoints: tuple[str, ...]
    corpora: tuple[str, ...]
    members: dict[str, Member]

    @classmethod
    def read(cls, content: Any, name: str) -> Manifest:
        """The manifest that a file of that name holds. Raises BadInput for a newer one and for what is none."""
        schema = content.get("bundle") if isinstance(content, dict) else None
        if type(schema) is int and schema > SCHEMA:
            raise BadInput(
                f"{name} was written by a newer release (bundle schema {schema}; this one reads up to {SCHEMA}): import it with that release."
            )
        if isinstance(content, dict) and type(content.get("store")) is int and content["store"] > STORE_SCHEMA:
            raise BadInput(
                f"{name} is from a store of schema {content['store']}, and this release reads {STORE_SCHEMA}: import it with a newer release."
            )
        try:
            return cls.model_validate_json(_text(content))
        except (ValidationError, ValueError) as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else None
            where = ".".join(str(place)[:60] for place in first["loc"]) if first else "not JSON"
            raise BadInput(f"{name} is no bundle: its manifest is not one ({where}); export it again.") from error

    def entries(self) -> dict[str, list[str]]:
        """The ids of each of KINDS. Raises StoreError where a member has no place in a bundle, or an entry lacks a file."""
        found: dict[str, set[str]] = {kind: set() for kind in KINDS}
        for path in self.members:
            folder, _, rest = path.rpartition("/")
            kind, _, id = folder.rpartition("/")
            if path in (ASKED, CARDS):
                continue
            if kind not in KINDS or not is_name(id) or rest not in (f"{KINDS[kind][0]}.json", *KINDS[kind][1]):
                raise StoreError(f"the member {path[:80]!r} has no place in a bundle")
            found[kind].add(id)
        for kind, ids in found.items():
            record, files = KINDS[kind]
            for id in ids:
                lacking = next((file for file in (f"{record}.json", *files) if f"{kind}/{id}/{file}" not in self.members), None)
                if lacking:
                    raise StoreError(f"{kind}/{id} lacks {lacking}")
        return {kind: sorted(ids) for kind, ids in found.items()}


def _text(content: Any) -> str:
    import json

    return json.dumps(content)
