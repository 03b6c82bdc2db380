"""How long work tells where it stands: a stage, and how much of it is done; and what of it a command puts on standard error."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Protocol

HELD = 60.0  # seconds for which a command that nobody watches holds its lines back: what is refused is refused by then


class Progress(Protocol):
    """Called as work goes on; may raise to stop it."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...


class StandardError:
    """What a process says beside its answer. Lines are printed as they come, until a command begins.

    A command that ends with a refusal says that one line alone. On a terminal, progress is one line that is written over, and goes before the
    sentence. Elsewhere (a file, a pipe) lines are held back for a minute at first, and dropped where the command is refused in it.
    """

    def __init__(self) -> None:
        self._held: list[str] | None = None
        self._began = 0.0
        self._over = False  # whether progress stands on the terminal's last line

    @contextlib.contextmanager
    def command(self) -> Iterator[None]:
        """Inside, what is said is a command's; what was held is printed at the end, unless it was refused."""
        self._held, self._began = (None if sys.stderr.isatty() else []), time.monotonic()
        try:
            yield
        finally:
            self._print()
            self._held = None

    def say(self, text: str) -> None:
        """A line that stays."""
        if self._held is None:
            self._wipe()
            print(text, file=sys.stderr, flush=True)
        else:
            self._held.append(text)
            if time.monotonic() - self._began > HELD:
                self._print()

    def progress(self, text: str) -> None:
        """A line that the next takes the place of, where that can be."""
        if self._held is None and sys.stderr.isatty():
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\x1b[K{text[:width]}", end="", file=sys.stderr, flush=True)
            self._over = True
        else:
            self.say(text)

    def refuse(self, sentence: str) -> None:
        """The sentence alone."""
        if self._held is not None:
            self._held.clear()
        self._wipe()
        print(sentence, file=sys.stderr, flush=True)

    def _print(self) -> None:
        self._wipe()
        for line in self._held or ():
            print(line, file=sys.stderr)
        if self._held is not None:
            self._held.clear()
        sys.stderr.flush()

    def _wipe(self) -> None:
        if self._over:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._over = False


SAID = StandardError()


class Terminal:
    """Progress for people at a terminal: a line a second at most."""

    def __init__(self) -> None:
        self._stage = ""
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage == self._stage and done < total and now - self._last < 1:
            return
        self._stage, self._last = stage, now
        SAID.progress(f"{stage}: {done:,} of {total:,}")
