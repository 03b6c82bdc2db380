"""A small sweep, and its carrying out in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cache.store import Store
from probing.execution import lab
from probing.settings import Settings
from probing.sweeps import Sweep, SweepSpec, plan


def sweep(model: Path, data: Path, **more: Any) -> Sweep:
    usual = {"task": "classification", "methods": ("full", "bitfit"), "sizes": (8, 16), "seeds": 2, "steps": 3, "batch": 4}
    return plan(SweepSpec.parse({"checkpoint": str(model), "data": str(data)} | usual | more), Settings.read())


def carry_out(asked: Sweep, store: Store) -> list[tuple[str, int, int]]:
    told: list[tuple[str, int, int]] = []
    lab.sweep(asked, store, lambda stage, n, total: told.append((stage, n, total)), Settings.read())
    return told
