"""Corpora that are known and not here: what a bundle says of the text that its results were measured on, and what a store keeps of the data that
a checkpoint was trained on, which may be moved away later. They have a hash and no sentences.

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


def keep(source: Source, materials: dict[str, Any], root: Path) -> None:
    """Describe a corpus in the store at `root`, with what it has for some tasks (tuning/available.py), beside those that are described already."""
    record: dict[str, Any] = {"name": source.name, "spec": source.spec, "hash": source.hash}
    every, name = folders(root), name_of(record)
    known = every.peek(name).get("materials") or {} if every.has(name) else {}
    if not known.keys() >= materials.keys():
        every.remove(name)
        every.save(name, record | {"materials": known | materials}, {})


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
        f"{name} is not on this machine, or not where it was: only results on it are here, so nothing new can be asked of it; get its files, and "
        "name them as the corpus."
    )
