"""Products of the lab: `lab:NAME`, a folder of the store's lab, and how each was made, from strata.json beside its weights. Imports no torch."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from cache import files
from cache.keys import digest, file_sha256
from probing import permissions
from probing.checkpoints import made
from probing.checkpoints.json_file import read_json
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
RECORDED = (
    *("how", "method", "task", "columns", "steps", "batch", "seed", "parent", "parent_fingerprint"),
    *("learning_rate", "weight", "init_probe"),
)


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
    return digest(checkpoint.fingerprint, head_sha256(checkpoint))


def head_sha256(checkpoint: Checkpoint) -> str:
    """The hash of its head's bytes, also of a checkpoint that is only described; empty without a head."""
    if HEAD in dict(checkpoint.files):
        return dict(checkpoint.files)[HEAD]
    head = (checkpoint.home or checkpoint.folder) / HEAD
    return file_sha256(head) if head.is_file() and checkpoint.random_seed is None else ""


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


def record_of(spec: str, store: Path) -> dict[str, Any]:
    """The record of `lab:NAME` without looking at its weights. Raises BadInput where there is none."""
    path = existing_folder(spec, store) / RECORD
    refuse_leading_out(path, [Path(os.path.realpath(path.parent))])
    return read_record(path)


def record(checkpoint: Checkpoint) -> dict[str, Any]:
    """The whole of strata.json; empty for a checkpoint without one and for random weights. Raises BadInput where it is damaged."""
    if checkpoint.random_seed is not None:
        return {}
    path = (checkpoint.home or checkpoint.folder) / RECORD
    return read_record(path) if path.is_file() else {}


def lineage(checkpoint: Checkpoint) -> dict[str, Any] | None:
    """How a product was made: RECORDED, `data` (a name), `data_hash`, `train` (sentences), of a distillation `layer_map`. None for no product.

    Raises BadInput as `record` does.
    """
    saved = record(checkpoint)
    if not saved.get("how"):
        return None
    data = saved["data"] if isinstance(saved.get("data"), dict) else {}
    found = {name: saved.get(name) for name in RECORDED}
    found |= {"data": data.get("name"), "data_hash": data.get("hash"), "train": data.get("train")}
    return found | ({"layer_map": saved["layer_map"]} if "layer_map" in saved else {})


def refuse_changed(folder: Path, name: str) -> None:
    """Raise BadInput where a file of a product is not as it was saved. Of one saved before there was a list of its files nothing is known."""
    recorded = (made.listed(folder) or {}).get(name)
    if recorded is not None and file_sha256(folder / name) != recorded:
        raise BadInput(f"{folder / name} is not as it was saved: it was changed or damaged, so make the checkpoint anew.")


def standing_on(spec: str, store: Path) -> list[str]:
    """The products that are kept as changes of `spec` and cannot be had without it."""
    found = [name for name in listed(store) if (folder_of(name, store) / DELTA).is_file()]
    return [name for name in found if record_of(name, store).get("parent") == spec]


def refuse_needed(going: Sequence[str], store: Path) -> None:
    """Raise BadInput for a product of `going` without which one that stays could not be had."""
    for spec in going:
        if above := [name for name in standing_on(spec, store) if name not in going]:
            are = "is" if len(above) == 1 else "are"
            raise BadInput(f"{spec} is what {', '.join(above)} {are} a change of: remove {above[0]} first.")


def remove(spec: str, store: Path) -> int:
    """Remove a product; returns its bytes, 0 where it stays for its other owners. What was measured on it stays. Raises BadInput where there is none,
    it is another user's, and where others stand on it."""
    folder = existing_folder(spec, store)
    refuse_needed([spec], store)
    if not permissions.last(store, "delete", thing(spec)):
        return 0
    count = files.size(folder)
    files.remove(folder)
    permissions.gone(store, thing(spec))
    return count


def thing(spec: str) -> str:
    """What a product is called in the list of owners."""
    return f"product/{spec.removeprefix(PREFIX)}"
