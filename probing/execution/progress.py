"""How long work tells where it stands: a stage, how much of it is done, and how much of the whole; and what of it a command puts on standard
error."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import NamedTuple, Protocol

HELD = 60.0  # seconds for which a command that nobody watches holds its lines back: what is refused is refused by then


class Whole(NamedTuple):
    """Of a whole job: the share that is done, 0 to 1, and the seconds that are left."""

    share: float
    left: float


class Progress(Protocol):
    """Called as work goes on; may raise to stop it. `whole` is given where the work knows how large all of it is."""

    def __call__(self, stage: str, done: int, total: int, whole: Whole | None = None, /) -> None: ...


class Parts:
    """The progress of work that has parts of known sizes (seconds, as estimated): one share of all of it, which never falls. A part without a
    size adds nothing.

    The seconds left are the estimate, corrected by how long what is done has taken. The estimate of a tenth of the work counts as if it
    had been observed, so that the first seconds do not decide.
    """

    def __init__(self, progress: Progress, sizes: Mapping[Hashable, float], clock: Callable[[], float] = time.monotonic) -> None:
        self._progress, self._sizes, self._clock = progress, sizes, clock
        self._total = sum(sizes.values()) or 1.0
        self._done: dict[Hashable, float] = {}  # part → its share that is done
        self._began = clock()

    def tell(self, part: Hashable, stage: str, done: int, total: int) -> None:
        """`done` of `total` of the part are done."""
        self.finish(part, done / max(1, total))
        self.say(stage, done, total)

    def say(self, stage: str, done: int, total: int) -> None:
        """A stage that is no part: the share stays as it is."""
        ready = self._ready
        self._progress(stage, done, total, Whole(ready / self._total, (self._total - ready) * self._pace))

    def finish(self, part: Hashable, share: float = 1.0) -> None:
        """The share of a part that is done, without a word."""
        self._done[part] = max(self._done.get(part, 0.0), min(1.0, share))

    def expected(self, part: Hashable) -> float:
        """How many seconds are left of a part, by the pace so far."""
        return self._sizes[part] * (1 - self._done.get(part, 0.0)) * self._pace

    @property
    def _ready(self) -> float:
        """The estimated seconds of what is done."""
        return min(self._total, sum(self._sizes.get(part, 0.0) * share for part, share in self._done.items()))

    @property
    def _pace(self) -> float:
        """How many seconds an estimated one takes."""
        assumed = self._total / 10
        return (self._clock() - self._began + assumed) / (self._ready + assumed)


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

    def __call__(self, stage: str, done: int, total: int, whole: Whole | None = None) -> None:
        now = time.monotonic()
        if stage == self._stage and done < total and now - self._last < 1:
            return
        self._stage, self._last = stage, now
        share = f" ({whole.share:.0%} of the run)" if whole is not None else ""
        SAID.progress(f"{stage}: {done:,} of {total:,}{share}")
