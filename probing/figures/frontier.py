"""The complexity frontier of chosen layers: accuracy against complexity as a staircase, the control's under it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.analysis.loss_curves import Key, title
from probing.figures import lines
from probing.figures.drawing import Drawing
from probing.figures.marks import Mark
from probing.measures import axis

AXES = {"nuclear_norm": "nuclear norm of the weights", "rank": "rank of the map", "width": "hidden units"}


def frontiers(rows: pd.DataFrame, metric: str, marks: Mapping[Key, Mark], trivial: Mapping[str, float]) -> go.Figure:
    """`rows` of `with_frontier`; `trivial`: what is read without any vector, by labels: the majority, or 0 bits."""
    figure = Drawing()
    for key, mark in marks.items():
        for labels in ("task", "control"):
            own = rows[(rows["checkpoint"] == key[0]) & (rows["layer"] == key[1]) & (rows["labels"] == labels)]
            if own.empty:
                continue
            control = labels == "control"
            x, y = own["complexity"].to_numpy(float), own["value"].to_numpy(float)
            figure.add_scatter(
                x=x,
                y=own["frontier"].to_numpy(float),
                name=title(key) + (": control task" if control else ""),
                legendgroup=title(key),
                showlegend=not control,
                mode="lines",
                line={
                    "color": mark.colour,
                    "shape": "hv",
                    "width": 1.5 if control else 2.5,
                    "dash": "dash" if control else mark.dash,
                },
                hoverinfo="skip",
            )
            figure.add_scatter(
                x=x,
                y=y,
                legendgroup=title(key),
                showlegend=False,
                mode="markers",
                marker={
                    "color": mark.colour,
                    "symbol": mark.symbol.removesuffix("-open") + ("-open" if control else ""),
                    "size": 8,
                },
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": own["upper"].to_numpy(float) - y,
                    "arrayminus": y - own["lower"].to_numpy(float),
                    "thickness": 1,
                    "width": 0,
                    "color": mark.colour,
                },
                hovertemplate=f"{title(key)}, {labels}<br>%{{x:.4g}}: %{{y:.3f}}<extra></extra>",
            )
    if metric == "accuracy" and "task" in trivial:
        lines.level(figure, trivial["task"], f"majority {trivial['task']:.3f}", "dashdot")
    kind = str(rows["kind"].iloc[0]) if len(rows) else "rank"
    values = rows["value"].dropna()
    low = min([float(values.min()), *trivial.values()]) if len(values) else 0.0
    figure.update_layout(
        height=400,
        xaxis={
            "title": f"{AXES[kind]}, log scale (dashed: control task)",
            "type": "log",
            "dtick": 1 if kind == "nuclear_norm" else float(np.log10(2)),
        },
        yaxis={"title": f"{axis(metric)} (dev)", "range": [low - 0.05, float(values.max()) + 0.05] if len(values) else None},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()
