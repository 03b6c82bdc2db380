"""Products: checkpoints with a head and a lineage, written whole, and read again before they count. Imports torch at its top."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from cache import files
from probing.checkpoints import Checkpoint, deltas, made, products, resolve
from probing.checkpoints.foreign import quiet
from probing.checkpoints.products import HEAD, RECORD, read_record
from probing.checkpoints.selfcheck import SelfCheck
from probing.checkpoints.tokenizer import Tokenizer
from probing.checkpoints.tokenizer_file import tokenizer_files
from probing.errors import BadInput
from probing.settings import inside_roots
from probing.tuning.model import EncoderWithHead, build

Sample = Callable[[EncoderWithHead], list[Tensor]]  # logits of a few sentences


def destination(text: str, roots: tuple[Path, ...] | None, store: Path, *sources: Checkpoint) -> Path:
    """The folder to write: lab:NAME, or a path. Raises BadInput for one that holds anything but a product, that a source stands on, or that
    cannot be written."""
    out = products.folder_of(text, store) if text.startswith(products.PREFIX) else inside_roots(text, roots)
    if out.parent == store / products.FOLDER:
        products.refuse_needed([products.PREFIX + out.name], store)
    for source in sources:
        own = {folder.resolve() for folder in (source.folder, *deltas.lineage(source.home or source.folder, store))}
        if any(out == path or out in path.parents for path in own):
            raise BadInput(f"{out} holds {source.name}, from which the new checkpoint is made: name another --out.")
    if out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: name a new folder for --out.")
    _refuse_others(out)
    try:  # the training may take hours: whether its end can be written is tried before
        scratch = files.temporary(out.parent, out.name)
        scratch.mkdir(parents=True)
        scratch.rmdir()
    except OSError as error:
        raise BadInput(f"{out} cannot be written ({error.strerror}): name a folder for --out where you may write.") from error
    return out


def _refuse_others(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()) and not (out / RECORD).is_file():
        raise BadInput(f"{out} holds files that are no product of fine-tuning: name a new folder for --out.")


def product_folder(checkpoint: Checkpoint) -> Path | None:
    """Where the head and the record of a product lie; None for a checkpoint that is none."""
    folder = checkpoint.home or checkpoint.folder
    return folder if (folder / RECORD).is_file() and (folder / HEAD).is_file() else None


def load_product(checkpoint: Checkpoint, device: str, check: SelfCheck) -> tuple[EncoderWithHead, Tokenizer, dict[str, Any]]:
    """A product's model with its head, read as `check` says, its tokenizer and its record. Raises BadInput for a checkpoint without a head."""
    folder = product_folder(checkpoint)
    if folder is None:
        raise BadInput(
            f"{checkpoint.name} has no head of its own: fine-tune it on the task first, and name the folder that came of it."
        )
    record = read_record(folder / RECORD)
    products.refuse_changed(folder, HEAD)
    model, tokenizer = build(checkpoint, len(record.get("classes", [])), len(record.get("tags", [])), 0, device, check)
    saved = load_file(folder / HEAD)
    if {name: tuple(value.shape) for name, value in saved.items()} != {n: tuple(p.shape) for n, p in model.head.items()}:
        raise BadInput(f"{folder / HEAD} does not fit {RECORD} beside it: make the checkpoint anew.")
    with torch.no_grad():
        for name, parameter in model.head.items():
            parameter.copy_(saved[name])
    return model, tokenizer, record


def save(
    out: Path,
    model: EncoderWithHead,
    changes: dict[str, Tensor] | None,
    record: dict[str, Any],
    parent: Checkpoint,
    store: Path,
    sample: Sample,
) -> None:
    """Write a product and put it at `out` once it gives the same logits as `model`. What was at `out` stays whole until then.

    `changes` are of `parent` (None: the encoder is saved whole), whose tokenizer it uses; where no file of the parent's has what they change,
    the encoder is saved whole as well. Raises BadInput where other files came to `out` meanwhile, StoreError where the disk is full,
    RuntimeError where what was saved gives other logits.
    """
    if changes is not None and deltas.places(parent, deltas.changed(changes)) is None:
        changes = None
    scratch = files.temporary(out.parent, out.name)
    with files.writing("the checkpoint", scratch):
        scratch.mkdir(parents=True)
        if changes is None:
            with quiet():
                model.encoder.save_pretrained(scratch)
        else:
            save_file({name: value.detach().cpu().contiguous() for name, value in changes.items()}, scratch / products.DELTA)
        # Transformers writes what the parent's configuration leaves unsaid: in the parent's own words both have one twin of random weights.
        same = [parent.folder / "config.json"] if record["how"] == "finetune" else []
        for file in (*same, *tokenizer_files(parent.folder)):
            shutil.copyfile(file, scratch / file.name)
        save_file({name: value.detach().cpu().contiguous() for name, value in model.head.items()}, scratch / HEAD)
        (scratch / RECORD).write_text(json.dumps(record, indent=1, allow_nan=False), encoding="utf-8")
        made.record(scratch)
        _compare(scratch, store, model.check, sample(model), sample)
        _install(scratch, out)
    files.clean(out.parent)  # what earlier ones left that were killed while they wrote


def _compare(folder: Path, store: Path, check: SelfCheck, wanted: list[Tensor], sample: Sample) -> None:
    found = sample(load_product(resolve(str(folder), store), str(wanted[0].device), check)[0])
    for one, other in zip(wanted, found, strict=True):
        if not torch.allclose(one, other, rtol=1e-4, atol=1e-5):
            raise RuntimeError(
                f"the saved checkpoint gives other logits (by {float((one - other).abs().max()):.2g}) and was not kept"
            )


def _install(scratch: Path, out: Path) -> None:
    """Put `scratch` at `out`; in one step where the system can swap two names."""
    _refuse_others(out)
    if not out.exists():
        os.rename(scratch, out)
        return
    if files.exchange(scratch, out):
        away = scratch
    else:
        away = files.temporary(out.parent, out.name)
        os.rename(out, away)
        try:
            os.rename(scratch, out)
        except BaseException:
            os.rename(away, out)
            raise
    files.remove(away)
