"""One drill's report: how often it was tried, what broke, the longest a try took."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Report:
    """`name` and `holds` stand in the table: what is broken, and what has to hold. `broke` has a line for each try in which it did not.

    `slow` has a line for each goal of time that was missed: it is told and breaks nothing, since what else runs on the machine decides it too.
    """

    name: str
    holds: str
    tries: int = 0
    broke: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    worst: float = 0.0  # seconds of the longest try
    note: str = ""  # what a reader of the table has to know: how it was done on this machine

    @contextlib.contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """One try; an assertion that fails in it is one that broke."""
        self.tries += 1
        began = time.monotonic()
        try:
            yield
        except AssertionError as error:
            self.broke.append(f"{what}: {' '.join(str(error).split())[:600]}")
        finally:
            self.worst = max(self.worst, time.monotonic() - began)


# A drill: a folder of its own and a seed → what came of it.
Drill = Callable[[Path, int], list[Report]]


def table(reports: list[Report]) -> str:
    """The Markdown table of docs/validation.md."""
    lines = ["| drill | tries | what has to hold | held | longest try |", "|---|---|---|---|---|"]
    for one in reports:
        held = "always" if not one.broke else f"{one.tries - len(one.broke):,} of {one.tries:,}"
        if one.slow:
            held += f"; goal of time missed ({'; '.join(one.slow)})"
        note = f" ({one.note})" if one.note else ""
        lines.append(f"| {one.name} | {one.tries:,} | {one.holds}{note} | {held} | {one.worst:.1f} s |")
    return "\n".join(lines)
