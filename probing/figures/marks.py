"""How series are distinguished: by colour (Okabe and Ito), sign and dash at once, and the same for a name on every chart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from probing.figures.drawing import Drawing


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
# Of methods, mixes and whatever else is no checkpoint: other colours, signs and dashes, since both may stand on one screen.
METHODS = (
    Mark("#8A4FBE", "cross", "solid"),
    Mark("#7D7D00", "hourglass", "dash"),
    Mark("#5F8A8B", "bowtie", "dot"),
    Mark("#C04040", "star-diamond", "longdash"),
    Mark("#8C6D31", "diamond-tall", "dashdot"),
)
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "triangle-down", "pentagon", "hexagon", "star")
DASHES = ("solid", "dash", "longdash", "dashdot", "longdashdot")
DIVERGING = [[0.0, "#0072B2"], [0.5, "#F2F2F2"], [1.0, "#D55E00"]]  # below and above 0: Okabe and Ito's blue and vermilion
BASELINE = Mark("#8A8A8A", "circle-open", "dot")


def marks(names: Sequence[str], baselines: Sequence[str] = (), known: Mapping[str, Mark] | None = None) -> dict[str, Mark]:
    """A mark for each name; random-weights baselines are all grey and dotted, distinguished by their sign. `known` names keep their mark."""
    named = [name for name in names if name not in baselines]
    found = {name: MARKS[index % len(MARKS)] for index, name in enumerate(named)}
    signs = ("circle-open", "diamond-open", "square-open", "x-open")
    for index, name in enumerate(baselines):
        found[name] = BASELINE._replace(symbol=signs[index % len(signs)])
    return found | {name: known[name] for name in found if known and name in known}


def of_checkpoints(families: Mapping[str, str], random: Collection[str] = ()) -> dict[str, Mark]:
    """A mark for each checkpoint of `families` (name → the name of its family), no two the same; those of `random` weights are grey.

    A family has one symbol, and its members differ by colour. Where there are more members than colours, the dash tells them apart. A checkpoint
    that is added at the end changes no mark of the others.
    """
    symbols: dict[str, str] = {}
    found: dict[str, Mark] = {}
    for name, family in families.items():
        symbol = symbols.setdefault(family, SYMBOLS[len(symbols) % len(SYMBOLS)])
        used = set(found.values())
        if name in random:
            offered = [BASELINE._replace(symbol=f"{symbol}-open", dash=dash) for dash in (BASELINE.dash, *DASHES[1:])]
        else:
            here = [found[one].colour for one in found if families[one] == family]
            everywhere = [mark.colour for mark in found.values()]
            colours = sorted((mark.colour for mark in MARKS), key=lambda one: (here.count(one), everywhere.count(one)))
            offered = [Mark(colour, symbol, dash) for dash in DASHES for colour in colours]
        found[name] = next((mark for mark in offered if mark not in used), offered[len(used) % len(offered)])
    return found


def of_methods(names: Sequence[str]) -> dict[str, Mark]:
    """A mark for each method, in none of the colours of checkpoints."""
    return {name: METHODS[place % len(METHODS)] for place, name in enumerate(names)}


def of_layers(keys: Sequence[tuple[str, int]], look: Mapping[str, Mark]) -> dict[tuple[str, int], Mark]:
    """A mark for each (checkpoint, layer): the checkpoint's colour, and a sign and a dash of its own among the layers of the checkpoint. No dash is
    that of a control task."""
    dashes, found = ("solid", "dot", "dashdot", "longdashdot"), dict[tuple[str, int], Mark]()
    for key in keys:
        place = sum(other[0] == key[0] for other in found)
        own = look[key[0]]
        end = "-open" if own.symbol.endswith("-open") else ""
        found[key] = Mark(own.colour, SYMBOLS[place % len(SYMBOLS)] + end, dashes[place % len(dashes)])
    return found


def faded(colour: str, opacity: float) -> str:
    """`#RRGGBB` as an rgba() of that opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def band(figure: Drawing, x: np.ndarray, rows: pd.DataFrame, colour: str, opacity: float, group: str) -> None:
    """The intervals of `rows` (`lower`, `upper`) as `bands` of the figure."""
    figure.add_traces(bands(x, rows["lower"].to_numpy(float), rows["upper"].to_numpy(float), colour, opacity, group))


def bands(x: np.ndarray, lower: np.ndarray, upper: np.ndarray, colour: str, opacity: float, group: str) -> list[dict[str, Any]]:
    """The intervals from `lower` to `upper` over `x`, behind the line of the same legend `group`: one polygon for each stretch that has an
    interval, so that it never spans a hole."""
    known = np.flatnonzero(~(np.isnan(lower) | np.isnan(upper)))
    return [
        {
            "type": "scatter",
            "x": np.concatenate([x[stretch], x[stretch][::-1]]),
            "y": np.concatenate([upper[stretch], lower[stretch][::-1]]),
            "fill": "toself",
            "fillcolor": faded(colour, opacity),
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
            "legendgroup": group,
            "mode": "lines",
        }
        for stretch in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)
        if len(stretch)
    ]
