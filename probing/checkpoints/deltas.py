"""Checkpoints that are stored as changes to a parent: delta.safetensors and the name of the parent. The whole weights are made from files,
without torch, because a page may be the first to need them.

Tensors of the file are `whole/NAME` (stands in NAME's place), `index/NAME` and `value/NAME` (single values of NAME, flattened), or
`left/NAME` and `right/NAME` (their product is added to NAME). NAME is that of the encoder transformers loads.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from cache import files
from cache.eviction import COPY
from cache.keys import file_sha256
from probing.checkpoints import made, weights
from probing.checkpoints.json_file import read_json
from probing.checkpoints.names import tensors as names_of
from probing.checkpoints.products import DELTA, PREFIX, RECORD, folder_of
from probing.checkpoints.tokenizer_file import tokenizer_files
from probing.errors import BadInput
from probing.files import regular
from probing.settings import inside_roots

if TYPE_CHECKING:
    from probing.checkpoints.resolve import Checkpoint

MOST_CHANGES = 64  # deltas whose parents are deltas


def is_delta(folder: Path) -> bool:
    return regular(folder / DELTA)


def parent_of(folder: Path) -> tuple[str, str]:
    """The parent's name and fingerprint. Raises BadInput where the record does not say."""
    record = read_json(folder / RECORD) if (folder / RECORD).is_file() else {}
    parent, fingerprint = record.get("parent"), record.get("parent_fingerprint")
    if not isinstance(parent, str) or not isinstance(fingerprint, str):
        raise BadInput(f"{folder} holds a change of weights and no {RECORD} that names its parent: copy the folder whole.")
    return parent, fingerprint


def lineage(folder: Path, store: Path | None, roots: tuple[Path, ...] | None = None) -> list[Path]:
    """The folders that this one stands on, itself first: of a change its parent's too, down to whole weights.

    Raises BadInput where they lead back to one that was met, to more than MOST_CHANGES, or out of the folders `roots` (None: anywhere).
    """
    found = [folder]
    while is_delta(found[-1]):
        spec, _ = parent_of(found[-1])
        parent = folder_of(spec, store) if spec.startswith(PREFIX) else Path(spec)
        if parent in found:
            raise BadInput(
                f"{folder} is a change of {parent}, which is a change of itself by way of its parents: tune one of them anew."
            )
        if len(found) > MOST_CHANGES:
            raise BadInput(f"{folder} stands on more than {MOST_CHANGES} changes of changes: save one of them whole.")
        if is_delta(parent) and not spec.startswith(PREFIX):
            parent = inside_roots(spec, roots)
        found.append(parent)
    return found


def places(parent: Checkpoint, names: Collection[str]) -> dict[str, weights.Place] | None:
    """Where the parent's files keep these tensors of its encoder, whatever stands before their names (`bert.`).

    None where one is in no file by its name: random weights, and architectures whose tensors transformers puts together as it loads them.
    """
    if parent.random_seed is not None:
        return None
    held = {names_of.modern(tensor.name): (file, tensor) for file, tensor in weights.stored(parent.folder)}
    some = next(iter(names), "")
    beginnings = sorted({name.removesuffix(some) for name in held if name == some or name.endswith(f".{some}")}, key=len)
    for beginning in beginnings if names else ("",):
        if all(beginning + name in held for name in names):
            return {name: held[beginning + name] for name in names}
    return None


def changed(changes: Collection[str]) -> list[str]:
    """The names of the tensors that these keys of a change are of."""
    return list(dict.fromkeys(key.partition("/")[2] for key in changes))


def apply(changes: Mapping[str, np.ndarray], parameters: Mapping[str, np.ndarray], where: str) -> None:
    """Change `parameters` in place. Raises BadInput for changes that are not of these parameters."""
    for key, change in changes.items():
        form, _, name = key.partition("/")
        if form in ("value", "right"):
            continue  # read with index and left
        target = parameters.get(name)
        partner = changes.get({"index": f"value/{name}", "left": f"right/{name}"}.get(form, key))
        if target is None or partner is None or form not in ("whole", "index", "left"):
            raise BadInput(f"{where} changes {name!r}, which its parent does not have: copy the folder anew.")
        try:
            if form == "whole":
                target[...] = change.reshape(target.shape)
            elif form == "index":
                target.flat[change] = partner.reshape(change.shape)
            else:
                target += (change @ partner).reshape(target.shape)
        except (ValueError, IndexError) as error:
            raise BadInput(f"{where} changes {name!r} in a shape that its parent does not have: copy the folder anew.") from error


def whole(folder: Path, parent: Checkpoint, store: Path | None, key: str, sha256: Callable[[Path], str] = file_sha256) -> Path:
    """The folder in the store's models that holds the whole weights; made where it is missing, and anew where its files are not as they were
    made. `sha256` tells a file's digest. Raises BadInput, StoreError."""
    if store is None:
        raise BadInput(
            f"{folder.name} is kept as a change of {parent.name} and needs a store to be made whole in: name one with --store."
        )
    target = store / "models" / f"{COPY}{key}"
    if target.is_dir():
        if not made.damaged(target, sha256):
            return target
        files.remove(target)
    changes = _load(folder / DELTA)
    names = changed(changes)
    found = places(parent, names)
    if found is None:
        raise BadInput(
            f"{folder} changes tensors that the files of its parent {parent.name} do not have ({names[0]} …): tune it anew."
        )
    # Others than floats are buffers that transformers makes anew.
    full = {t.name: _read(file, t) for file, t in weights.stored(parent.folder) if t.dtype in weights.EXPONENT}
    apply(changes, {name: full[tensor.name] for name, (_, tensor) in found.items()}, str(folder))
    _write(target, full, parent)
    return target


def _load(file: Path) -> dict[str, np.ndarray]:
    try:
        return load_file(file)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise BadInput(f"{file} holds no change of weights that can be read: copy the folder anew.") from error


def _read(file: Path, tensor: weights.Tensor) -> np.ndarray:
    """In fp32, in which the lab trains."""
    parts = [part.astype(np.float32) for part in weights.values(file, tensor)]
    return np.concatenate([np.empty(0, np.float32), *parts]).reshape(tensor.shape)


def _write(target: Path, tensors: Mapping[str, np.ndarray], parent: Checkpoint) -> None:
    """Weights beside the configuration and the tokenizer of `parent`, as a folder that is whole or not there. Raises StoreError where the disk
    is full."""
    scratch = files.temporary(target.parent, target.name)
    with files.writing("the checkpoint", scratch):
        scratch.mkdir(parents=True)
        save_file(dict(tensors), scratch / weights.SINGLE, metadata={"format": "pt"})
        for file in (parent.folder / "config.json", *tokenizer_files(parent.folder)):
            shutil.copyfile(file, scratch / file.name)
        made.record(scratch)
        files.publish(scratch, target, "config.json")
