"""Methods that make checkpoints. None is registered yet, and the list says so."""

from __future__ import annotations

from probing.registry import Carded, Registry

METHODS: Registry[Carded] = Registry("tuning method")
