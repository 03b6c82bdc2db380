"""All checkpoints and tasks as small multiples: a panel a task, a line a checkpoint. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from probing.figures.marks import Mark, marks

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
    """`table`: task, checkpoint, layer, value, the measure of each task in its panel's title (`titles`). The base is the thickest line.

    A point brings task, checkpoint and layer. The legend has each checkpoint once.
    """
    wide = min(COLUMNS, max(1, len(tasks)))
    rows = max(1, -(-len(tasks) // wide))
    figure = make_subplots(
        rows,
        wide,
        subplot_titles=[titles.get(task, task) for task in tasks],
        horizontal_spacing=0.05,
        vertical_spacing=0.32 / rows,
    )
    look = marks(checkpoints, (), known)
    named: set[str] = set()
    for place, task in enumerate(tasks):
        for name in checkpoints:
            own = table[(table["task"] == task) & (table["checkpoint"] == name)].sort_values("layer")
            if own.empty:
                continue
            layers = own["layer"].to_numpy(int)
            figure.add_scatter(
                x=layers,
                y=own["value"].to_numpy(float),
                name=name,
                legendgroup=name,
                showlegend=name not in named,
                mode="lines+markers",
                line={"color": look[name].colour, "dash": look[name].dash, "width": 3 if name == base else 1.8},
                marker={"symbol": look[name].symbol, "size": 6},
                customdata=np.array([[task, name, str(layer)] for layer in layers], dtype=object),
                hovertemplate=f"{name}<br>layer %{{x}}: %{{y:.3f}}<extra></extra>",
                row=place // wide + 1,
                col=place % wide + 1,
            )
            named.add(name)
    figure.update_xaxes(dtick=max(1, int(table["layer"].max() / 6)) if len(table) else 1, zeroline=False)
    figure.update_annotations(font={"size": 12})
    figure.update_layout(
        height=max(LEAST, FRAME + PANEL * rows),
        margin={"l": 10, "r": 10, "t": 24, "b": 10},
        legend={"orientation": "h", "yanchor": "top", "y": -0.22 / rows, "x": 0},
        hovermode="closest",
    )
    return figure
