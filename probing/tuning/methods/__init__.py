"""Methods of fine-tuning: one file each, which registers itself in METHODS with its card."""

from __future__ import annotations

from probing.registry import discover

discover(__name__, __path__)
