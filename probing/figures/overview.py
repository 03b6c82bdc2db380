"""All checkpoints and tasks as small multiples: a panel a task, a line a checkpoint. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from probing.figures.marks import Mark, marks
from probing.figures.panels import TITLE, domains, number

COLUMNS, PANEL, FRAME, LEAST = (
    4,
    140,
    70,
    290,
)  # panels beside each other; pixels of a panel, of what stands around them, and of all


def small_multiples(
    table: pd.DataFrame,
    tasks: Sequence[str],
    checkpoints: Sequence[str],
    known: Mapping[str, Mark],
    base: str,
    titles: Mapping[str, str],
) -> go.Figure:
    """`table`: task, checkpoint, layer, value, depth; the measure of each task in its panel's title (`titles`). The base is the thickest line, and
    the axis has its layers: those of a checkpoint of another depth stand at the same share of it.

    A point brings task, checkpoint and layer. The legend has each checkpoint once.
    """
    wide = min(COLUMNS, max(1, len(tasks)))
    rows = max(1, -(-len(tasks) // wide))
    look = marks(checkpoints, (), known)
    across, down = domains(wide, 0.05), domains(rows, 0.32 / rows)[::-1]
    depths = table.groupby("checkpoint", observed=True)["depth"].first()
    most = int(depths.get(base, depths.max())) if len(depths) else 1
    ticks = {"dtick": max(1, most // 6), "zeroline": False}
    layout: dict[str, Any] = {
        "height": max(LEAST, FRAME + PANEL * rows),
        "margin": {"l": 10, "r": 10, "t": 24, "b": 10},
        "legend": {"orientation": "h", "yanchor": "top", "y": -0.22 / rows, "x": 0},
        "hovermode": "closest",
        "annotations": [],
    }
    traces: list[dict[str, Any]] = []
    lines = {key: own.sort_values("layer") for key, own in table.groupby(["task", "checkpoint"], observed=True)}
    named: set[str] = set()
    for place, task in enumerate(tasks):
        axis = number(place)
        layout[f"xaxis{axis}"] = ticks | {"domain": across[place % wide], "anchor": f"y{axis}"}
        layout[f"yaxis{axis}"] = {"domain": down[place // wide], "anchor": f"x{axis}"}
        above = {"xref": f"x{axis} domain", "x": 0.5, "yref": f"y{axis} domain", "y": 1, "yanchor": "bottom"}
        layout["annotations"].append(TITLE | above | {"text": titles.get(task, task)})
        for name in checkpoints:
            own = lines.get((task, name))
            if own is None:
                continue
            layers = own["layer"].to_numpy(int)
            traces.append(
                {
                    "type": "scatter",
                    "x": layers * (most / depths[name]),
                    "y": own["value"].to_numpy(float),
                    "xaxis": f"x{axis}",
                    "yaxis": f"y{axis}",
                    "name": name,
                    "legendgroup": name,
                    "showlegend": name not in named,
                    "mode": "lines+markers",
                    "line": {"color": look[name].colour, "dash": look[name].dash, "width": 3 if name == base else 1.8},
                    "marker": {"symbol": look[name].symbol, "size": 6},
                    "customdata": [[task, name, str(layer)] for layer in layers],
                    "hovertemplate": f"{name}<br>layer %{{customdata[2]}}: %{{y:.3f}}<extra></extra>",
                }
            )
            named.add(name)
    return go.Figure(traces, layout)


def other_depths(table: pd.DataFrame, base: str) -> str:
    """The sentence for a table of `small_multiples` that has checkpoints of another depth than the base's; empty where it has none."""
    depths = table.groupby("checkpoint", observed=True)["depth"].first()
    same = depths.empty or (depths == depths.get(base, depths.iloc[0])).all()
    return "" if same else " Checkpoints of another depth than the base's stand at the same share of it."
