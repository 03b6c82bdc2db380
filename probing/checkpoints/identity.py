"""Hashes the files of a checkpoint again when its model is loaded, and compares them with its fingerprint. Imports no torch.

A page remembers the hash of weights by their size and time stamp, so that it need not read gigabytes. A file that changed with the same size
and time stamp would give other numbers under the same run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cache.eviction import COPY
from cache.keys import digest, file_sha256
from probing.checkpoints import deltas, weights
from probing.checkpoints.memo import Memo
from probing.checkpoints.tokenizer_file import tokenizer_files
from probing.errors import BadInput

if TYPE_CHECKING:
    from probing.checkpoints.resolve import Checkpoint


def made_from(checkpoint: Checkpoint) -> str:
    """A digest of the files that loading reads, kept beside vectors that they gave. Empty where nothing is known of them."""
    return digest(*(part for file in checkpoint.files for part in file)) if checkpoint.files else ""


def verify(checkpoint: Checkpoint) -> None:
    """Hash every file that loading reads and compare it with what the fingerprint was made of.

    The whole copy of a delta that is damaged is made again. Of any other checkpoint the remembered hash is forgotten, so that the next look at
    it tells the truth, and BadInput says which file is another.
    """
    if not checkpoint.files:
        return
    other = _other(checkpoint)
    if other is not None and checkpoint.parent is not None and checkpoint.home is not None:
        verify(checkpoint.parent)
        deltas.whole(checkpoint.home, checkpoint.parent, checkpoint.store, checkpoint.folder.name.removeprefix(COPY))
        other = _other(checkpoint)
    if other is None:
        return
    path = checkpoint.folder / other
    if path.is_file():
        Memo(checkpoint.store).forget(Memo.file_key(path))
    raise BadInput(
        f"{path} is not the file that the fingerprint of {checkpoint.name} was made of: it was changed or damaged, so fetch it again if that was "
        "not meant, and then start anew."
    )


def _other(checkpoint: Checkpoint) -> str | None:
    """The name of the first file that is another, is gone, or has come since."""
    names = {name for name, _ in checkpoint.files}
    for name, sha in checkpoint.files:
        try:
            if file_sha256(checkpoint.folder / name) != sha:
                return name
        except OSError:
            return name
    now: list[Path] = tokenizer_files(checkpoint.folder)
    if checkpoint.random_seed is None:
        now += weights.weight_files(checkpoint.folder)
    return next((file.name for file in now if file.name not in names), None)
