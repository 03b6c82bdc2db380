"""Processes that outlive whoever started them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cache.store import Store

PROJECT = Path(__file__).resolve().parents[2]


def detached(
    module: str, store: Store, device: str, log: Path | None = None, more: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start `python -m MODULE --store DIR --device DEVICE`, and `more`, in a session of its own; `log` gets what it says."""
    command = [sys.executable, "-m", module, "--store", str(store.root), "--device", device, *more]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in (str(PROJECT), os.environ.get("PYTHONPATH")) if p)}
    with open(log or os.devnull, "ab") as said:
        return subprocess.Popen(
            command, start_new_session=True, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
