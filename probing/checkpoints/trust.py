"""Whether a checkpoint can be read correctly: its stored self-check, or a new one. Imports no torch."""

from __future__ import annotations

import contextlib
from pathlib import Path

from cache import files
from cache.errors import StoreError
from probing.checkpoints.resolve import Checkpoint
from probing.checkpoints.selfcheck import SelfCheck, path, stored_check
from probing.errors import BadInput


def self_check(checkpoint: Checkpoint, root: Path | None, device: str = "cpu") -> SelfCheck:
    """The stored check, or a new one, which is then stored in `root` (None: nowhere).

    The first takes a load and some ten short passes. Raises BadInput for what cannot be loaded or does not read a sentence.
    """
    found = stored_check(checkpoint, root)
    if found is None:
        from probing.checkpoints.examination import examine  # imports torch

        found = examine(checkpoint, device)
        if root is not None:
            with contextlib.suppress(OSError, StoreError):  # a check that cannot be kept costs time, never an answer
                place = path(checkpoint, root)
                place.parent.mkdir(parents=True, exist_ok=True)
                files.write_text(place, files.sealed(found.model_dump(mode="json")), "the self-check")
    return found


def trusted(checkpoint: Checkpoint, root: Path | None, device: str = "cpu") -> SelfCheck:
    """`self_check` of a checkpoint whose vectors are to be read. Raises BadInput where it cannot be read rightly."""
    found = self_check(checkpoint, root, device)
    if found.refused:
        raise BadInput(found.refused)
    return found
