"""Products of the lab that the store keeps: `lab:NAME`, a folder of the store's lab. Imports no torch."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache import files
from cache.keys import digest, file_sha256
from probing.checkpoints import made, record
from probing.errors import BadInput
from probing.files import refuse_leading_out

if TYPE_CHECKING:
    from probing.checkpoints.resolve import Checkpoint

PREFIX, FOLDER = "lab:", "lab"
DELTA = "delta.safetensors"  # of a product that is kept as what a method changed
RECORD = "strata.json"  # the lineage beside a product
HEAD = "head.safetensors"  # and its head
_SLUG = re.compile(r"[a-z0-9]+([-._][a-z0-9]+)*")
LONGEST = 120  # characters of a name


def slug_of(text: str) -> str:
    """A name for a product, made of what describes it: of `text` only Latin letters, digits and dots are used. Raises BadInput."""
    slug = re.sub(r"[^a-z0-9.]+", "-", text.lower())[:LONGEST].strip("-.")
    slug = re.sub(r"[-.]*[.][-.]*", ".", slug)
    if not slug:
        raise BadInput(f"The name {text[:60]!r} has no letters from a to z and no digits: give another name.")
    return slug


def folder_of(spec: str, store: Path | None) -> Path:
    """Where `lab:NAME` lies, be it there or not. Raises BadInput for a name that is none, and without a store."""
    name = spec.removeprefix(PREFIX)
    if store is None:
        raise BadInput(f"{spec} needs a store to be looked up in.")
    if not _SLUG.fullmatch(name) or len(name) > LONGEST:
        raise BadInput(
            f"{name[:80]!r} is no name of a product: small letters, digits, and single dots, dashes or underscores between them."
        )
    return store / FOLDER / name


def existing_folder(spec: str, store: Path | None) -> Path:
    """The folder of `lab:NAME`. Raises BadInput where there is none, naming those that are like it."""
    folder = folder_of(spec, store)
    if not (folder / RECORD).is_file():
        some = ", ".join(listed(store)[:3]) if store else ""
        raise BadInput(
            f"The lab has no product {folder.name!r}{f': it has {some} …' if some else ' yet'}: make it on the Lab page, or name another."
        )
    return folder


def listed(store: Path) -> list[str]:
    """The names of all products, as lab:NAME, the newest first."""
    found = [path for path in (store / FOLDER).glob("*") if (path / RECORD).is_file() and _SLUG.fullmatch(path.name)]
    return [PREFIX + path.name for path in sorted(found, key=lambda path: (-(files.modified(path) or 0), path.name))]


def identity(checkpoint: Checkpoint) -> str:
    """A checkpoint's fingerprint and its head's bytes: products of one encoder answer differently by their heads."""
    head = (checkpoint.home or checkpoint.folder) / HEAD
    return digest(checkpoint.fingerprint, file_sha256(head) if head.is_file() and checkpoint.random_seed is None else "")


def read_record(spec: str, store: Path) -> dict[str, Any]:
    """The lineage of `lab:NAME` (see lineage.py) without looking at its weights. Raises BadInput where there is none."""
    path = existing_folder(spec, store) / RECORD
    refuse_leading_out(path, [Path(os.path.realpath(path.parent))])
    return record.read_record(path)


def refuse_changed(folder: Path, name: str) -> None:
    """Raise BadInput where a file of a product is not as it was saved. Of one saved before there was a list of its files nothing is known."""
    recorded = (made.listed(folder) or {}).get(name)
    if recorded is not None and file_sha256(folder / name) != recorded:
        raise BadInput(f"{folder / name} is not as it was saved: it was changed or damaged, so make the checkpoint anew.")


def standing_on(spec: str, store: Path) -> list[str]:
    """The products that are kept as changes of `spec` and cannot be had without it."""
    found = [name for name in listed(store) if (folder_of(name, store) / DELTA).is_file()]
    return [name for name in found if read_record(name, store).get("parent") == spec]


def refuse_needed(going: Sequence[str], store: Path) -> None:
    """Raise BadInput for a product of `going` without which one that stays could not be had."""
    for spec in going:
        if above := [name for name in standing_on(spec, store) if name not in going]:
            are = "is" if len(above) == 1 else "are"
            raise BadInput(f"{spec} is what {', '.join(above)} {are} a change of: remove {above[0]} first.")


def remove(spec: str, store: Path) -> int:
    """Remove a product; returns its bytes. What was measured on it stays. Raises BadInput where there is none, and where others stand on it."""
    folder = existing_folder(spec, store)
    refuse_needed([spec], store)
    count = files.size(folder)
    files.remove(folder)
    return count
