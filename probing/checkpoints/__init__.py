"""Checkpoints: what a user may name, what its files say, and the frozen model behind it. No torch at import."""

from __future__ import annotations

from probing.checkpoints.described import find
from probing.checkpoints.facts import Facts
from probing.checkpoints.known import CHECKPOINTS, KnownCheckpoint
from probing.checkpoints.loading import load
from probing.checkpoints.resolve import Checkpoint, resolve

__all__ = ["CHECKPOINTS", "Checkpoint", "Facts", "KnownCheckpoint", "find", "load", "resolve"]
