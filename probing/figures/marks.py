"""How series are distinguished: by colour (Okabe and Ito), sign and dash at once, and the same for a name on every chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Mark(NamedTuple):
    colour: str
    symbol: str
    dash: str


MARKS = (
    Mark("#0072B2", "circle", "solid"),
    Mark("#E69F00", "diamond", "solid"),
    Mark("#009E73", "square", "solid"),
    Mark("#CC79A7", "x", "solid"),
    Mark("#D55E00", "triangle-up", "solid"),
    Mark("#56B4E9", "triangle-down", "solid"),
)
BASELINE = Mark("#8A8A8A", "circle-open", "dot")


def marks(names: Sequence[str], baselines: Sequence[str] = ()) -> dict[str, Mark]:
    """A mark for each name; random-weights baselines are all grey and dotted, distinguished by their sign."""
    named = [name for name in names if name not in baselines]
    found = {name: MARKS[index % len(MARKS)] for index, name in enumerate(named)}
    signs = ("circle-open", "diamond-open", "square-open", "x-open")
    for index, name in enumerate(baselines):
        found[name] = BASELINE._replace(symbol=signs[index % len(signs)])
    return found


def faded(colour: str, opacity: float) -> str:
    """`#RRGGBB` as an rgba() of that opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
