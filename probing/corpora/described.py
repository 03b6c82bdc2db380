"""Corpora that are known and not here: what a bundle says of the text that its results were measured on. They have a hash and no sentences.

A description is a sealed folder of the store without files, described/corpora/ID/.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from cache.keys import digest
from cache.sealed import SealedFolders
from probing.corpora.source import Source
from probing.errors import BadInput

FOLDER = Path("described", "corpora")


def folders(root: Path) -> SealedFolders:
    """The descriptions of a store."""
    return SealedFolders(root / FOLDER, "corpus", root / "locks" / "described.lock")


def name_of(record: dict[str, Any]) -> str:
    """The id of a description."""
    return digest("described", str(record["spec"]), str(record["hash"]))


def find_described(spec: str, roots: Sequence[Path]) -> Source | None:
    """What the stores at `roots` say of a corpus that is not here; None where they say nothing. To load it raises BadInput."""
    for root in roots:
        every = folders(root)
        for name in every.names():
            found = every.peek(name)
            if found.get("spec") == spec and all(isinstance(found.get(part), str) for part in ("name", "hash")):
                return Source(found["name"], spec, found["hash"], partial(_refuse, found["name"]), found)
    return None


def _refuse(name: str) -> NoReturn:
    raise BadInput(
        f"{name} is not on this machine: its results came in a bundle, which has no corpora, so nothing new can be asked of it; get its files, and "
        "name them as the corpus."
    )
