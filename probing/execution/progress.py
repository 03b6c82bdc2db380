"""How long work tells where it stands: a stage, and how much of it is done."""

from __future__ import annotations

import sys
import time
from typing import Protocol


class Progress(Protocol):
    """Called as work goes on; may raise to stop it."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


class Terminal:
    """Progress for people at a terminal: one line on standard error, a line a second at most."""

    def __init__(self) -> None:
        self._stage = ""
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self._stage and done < total and now - self._last < 1:
            return
        self._stage, self._last = stage, now
        print(f"{stage}: {done:,} of {total:,}", file=sys.stderr, flush=True)
