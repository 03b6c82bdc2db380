"""Checkpoints kept as what a method changed: delta.safetensors beside the name of the parent. No torch at import.

Tensors of the file are `whole/NAME` (stands in NAME's place), `index/NAME` and `value/NAME` (single values of NAME, flattened), or
`left/NAME` and `right/NAME` (their product is added to NAME). NAME is that of the encoder transformers loads.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache import files
from probing.checkpoints.facts import read_json, tokenizer_files
from probing.checkpoints.loading import load, quiet
from probing.checkpoints.products import RECORD
from probing.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

    from probing.checkpoints.resolve import Checkpoint

DELTA = "delta.safetensors"


def is_delta(folder: Path) -> bool:
    return (folder / DELTA).is_file()


def parent_of(folder: Path) -> tuple[str, str]:
    """The parent's name and fingerprint. Raises BadInput where the record does not say."""
    record = read_json(folder / RECORD) if (folder / RECORD).is_file() else {}
    parent, fingerprint = record.get("parent"), record.get("parent_fingerprint")
    if not isinstance(parent, str) or not isinstance(fingerprint, str):
        raise BadInput(f"{folder} holds a change of weights and no {RECORD} that names its parent: copy the folder whole.")
    return parent, fingerprint


def apply(changes: Mapping[str, Tensor], parameters: Mapping[str, Tensor], where: str) -> None:
    """Change `parameters` in place. Raises BadInput for changes that are not of these parameters."""
    import torch

    with torch.no_grad():
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
                    target.copy_(change.view(target.shape))
                elif form == "index":
                    target.view(-1)[change.to(target.device)] = partner.to(target)
                else:
                    target.add_((change @ partner).to(target))
            except (RuntimeError, IndexError) as error:
                raise BadInput(
                    f"{where} changes {name!r} in a shape that its parent does not have: copy the folder anew."
                ) from error


def rebuilt(folder: Path, parent: Checkpoint, store: Path | None, key: str) -> Path:
    """The folder in the store's models that holds the whole weights; made where it is missing. Raises BadInput, StoreError."""
    if store is None:
        raise BadInput(
            f"{folder.name} is kept as a change of {parent.name} and needs a store to be made whole in: name one with --store."
        )
    target = store / "models" / f"delta-{key}"
    if (target / "config.json").is_file():
        return target
    from safetensors.torch import load_file

    model, _ = load(parent)
    apply(load_file(folder / DELTA), dict(model.named_parameters()), str(folder))
    write(target, model, parent)
    return target


def write(target: Path, model: Any, tokens: Checkpoint) -> None:
    """A transformers model and the tokenizer of `tokens` as a folder, whole or not at all. Raises StoreError where the disk is full."""
    scratch = files.temporary(target.parent, target.name)
    with files.writing("the checkpoint", scratch):
        scratch.mkdir(parents=True)
        with quiet():
            model.save_pretrained(scratch)
        for file in tokenizer_files(tokens.folder):
            shutil.copyfile(file, scratch / file.name)
        try:
            os.rename(scratch, target)
        except OSError:
            if not (target / "config.json").is_file():
                raise
            with contextlib.suppress(OSError):  # another process made the same first: its copy is as good
                files.remove(scratch)
