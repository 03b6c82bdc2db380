"""Differences from a base by layer as small multiples: a row for each checkpoint, a column for each task. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.analysis.differences import LEVEL
from probing.figures.lines import GREY
from probing.figures.marks import Mark, bands, faded
from probing.figures.panels import TITLE, domains, number

OUTLYING = 3.0  # times the median of all rows: a row beyond has a scale of its own
ROW, LEAST, SCREEN, TOP, BOTTOM = (
    120,
    64,
    330,
    46,
    46,
)  # pixels: a row, at least, all rows where they fit the first screen, and around them

VALUES = ("difference", "lower", "upper")


def outlying(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """The rows whose largest difference is so far beyond that of the others that it would flatten them."""
    most = {name: float(frame["difference"].abs().max()) for name, frame in frames.items()}
    typical = float(np.median(list(most.values()))) if most else 0.0
    return [name for name, size in most.items() if len(most) > 1 and size > OUTLYING * typical > 0]


def difference_panels(frames: Mapping[str, pd.DataFrame], tasks: Sequence[str], look: Mapping[str, Mark], unit: str) -> go.Figure:
    """Of adjusted frames of `differences` by checkpoint. A point that does not differ at 5 %, or has no p, is pale and hollow.

    All rows share one scale but those that are `outlying`. A point's customdata begins with (checkpoint, task, layer).
    """
    scale, apart, height = (100.0 if unit == "points" else 1.0), outlying(frames), _height(len(frames))
    deepest = max([1.0, *(float(frame["layer"].max()) for frame in frames.values() if len(frame))])
    ends = _ends([frame for name, frame in frames.items() if name not in apart], scale)
    rows, columns = domains(len(frames), min(0.2, 26 / height))[::-1], domains(len(tasks), 0.012)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"height": TOP + BOTTOM + height, "showlegend": False, "hovermode": "closest"}
    layout |= {"margin": {"l": 10, "r": 10, "t": TOP, "b": BOTTOM}, "annotations": []}
    by_layer = {name: frame.sort_values("layer") for name, frame in frames.items()}
    for (row, (name, frame)), (column, task) in product(enumerate(by_layer.items()), enumerate(tasks)):
        axis, last = number(row * len(tasks) + column), row == len(frames) - 1
        low, high = _ends([frame], scale) if name in apart else ends
        layout[f"xaxis{axis}"] = {
            "domain": columns[column],
            "anchor": f"y{axis}",
            "range": [-0.5, deepest + 0.5],
            "nticks": 5,
            "zeroline": False,
            "showgrid": False,
            "showticklabels": last,
        } | ({"title": "layer"} if last else {})
        layout[f"yaxis{axis}"] = {
            "domain": rows[row],
            "anchor": f"x{axis}",
            "range": [low, high],
            "nticks": 4,
            "zeroline": True,
            "zerolinecolor": GREY,
            "zerolinewidth": 1,
            "showticklabels": column == 0,
        }
        here = (frame["task"] == task).to_numpy()
        if here.any():
            axes = {"xaxis": f"x{axis}", "yaxis": f"y{axis}"}
            own = {column: frame[column].to_numpy(float)[here] for column in ("layer", *VALUES, "adjusted")}
            traces += [trace | axes for trace in _panel(own, name, task, look[name], scale, unit)]
        if column == 0:
            title = f"<b>{html.escape(_short(name))}</b>" + (" (own scale)" if name in apart else "")
            place: dict[str, Any] = {
                "xref": "paper",
                "x": 0,
                "xanchor": "left",
                "yref": f"y{axis} domain",
                "y": 1,
                "yanchor": "bottom",
            }
            layout["annotations"].append(TITLE | place | {"text": title, "hovertext": html.escape(name)})
        if row == 0:
            place = {"xref": f"x{axis} domain", "x": 0.5, "yref": "paper", "y": 1, "yshift": 18, "yanchor": "bottom"}
            layout["annotations"].append(TITLE | place | {"text": html.escape(_short(task)), "hovertext": html.escape(task)})
    return go.Figure(traces, layout)


def _panel(own: Mapping[str, np.ndarray], name: str, task: str, mark: Mark, scale: float, unit: str) -> list[dict[str, Any]]:
    """The traces of one panel."""
    sure, symbol, layers = own["adjusted"] <= LEVEL, mark.symbol.removesuffix("-open"), own["layer"]
    difference, lower, upper = (scale * own[column] for column in VALUES)
    known = "[%{customdata[3]:+.3g}, %{customdata[4]:+.3g}]"
    line = {
        "type": "scatter",
        "x": layers,
        "y": difference,
        "name": name,
        "mode": "lines+markers",
        "line": {"color": faded(mark.colour, 0.45), "width": 1.5},
        "marker": {
            "symbol": [symbol if one else f"{symbol}-open" for one in sure],
            "color": [mark.colour if one else faded(mark.colour, 0.45) for one in sure],
            "size": 9,
        },
        "customdata": [
            [name, task, int(layer), least, most, "" if one else ", not significant"]
            for layer, least, most, one in zip(layers, lower, upper, sure, strict=True)
        ],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}, layer %{x}: %{y:+.3g} "
        f"{known} {unit}%{{customdata[5]}}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }
    return [*bands(layers, lower, upper, mark.colour, 0.16, name), line]


def _ends(frames: Sequence[pd.DataFrame], scale: float) -> tuple[float, float]:
    values = np.concatenate([frame[[*VALUES]].to_numpy(float).ravel() for frame in frames] or [np.zeros(1)])
    values = values[np.isfinite(values)]
    low, high = scale * float(min(0.0, values.min(initial=0.0))), scale * float(max(0.0, values.max(initial=0.0)))
    room = 0.08 * ((high - low) or 1.0)
    return low - room, high + room


def _height(rows: int) -> int:
    """Of all rows together: as high as the first screen has room for, unless rows would be too flat to read."""
    return max(2 * ROW, min(rows * ROW, SCREEN), rows * LEAST)


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:12]}…{name[-11:]}"
