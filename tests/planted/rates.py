"""The speed of this machine as a short measurement would keep it: of two usual cores."""

from __future__ import annotations

from cache.store import Store
from probing.calibration import Rates, machine


def measured(store: Store) -> None:
    Rates(machine=machine(), cores=2, forward={"fp32": 3e10, "bf16": 3e10}, fit=4e9).write(store.root, "cpu")
