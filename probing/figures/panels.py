"""Where the panels of small multiples stand. Pure.

A figure of many panels is built as one dictionary: plotly checks every call of a method that changes a figure, which takes seconds for sixty panels.
"""

from __future__ import annotations

from typing import Any

from probing.figures.lines import GREY

TITLE: dict[str, Any] = {"showarrow": False, "font": {"size": 12, "color": GREY}}  # of a panel, as an annotation


def domains(count: int, gap: float) -> list[list[float]]:
    """Where `count` panels beside each other stand between 0 and 1, with a gap between two."""
    size = (1 - gap * (count - 1)) / max(count, 1)
    return [[place * (size + gap), min(1.0, place * (size + gap) + size)] for place in range(count)]


def number(place: int) -> str:
    """What the axes of a panel are named by after `x` and `y`: nothing for the first."""
    return str(place + 1) if place else ""
