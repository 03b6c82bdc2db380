"""Layer × task → heat map with an invisible marker on every cell, since a click on a Plotly heat map selects nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from probing.figures.drawing import Drawing
from probing.figures.marks import DIVERGING
from probing.figures.targets import add_targets
from probing.measures import MEASURES, axis


def layer_by_task(
    values: np.ndarray,
    tasks: Sequence[str],
    layers: Sequence[int],
    metric: str,
    opened: tuple[str, int] | None = None,
    groups: Sequence[str] = (),
    marked: Sequence[float] = (),
    shades: np.ndarray | None = None,
) -> go.Figure:
    """`values` [tasks, layers]. A point of the selection carries customdata [task, layer]. `opened` is framed.

    `shades` [tasks, layers] from 0 to 1 colour the cells in place of the values, whose numbers stand in them. Values of both signs have diverging
    colours around 0.

    `marked` is each task's centre, drawn as a diamond on its row. `groups` names the group of each task, in the same order: tasks of
    one group stand together, under a rule and its name.
    """
    height = 140 + 34 * len(tasks)
    signed = shades is None and bool((values < 0).any() and (values > 0).any())
    title = axis(metric) if shades is None else "in its row"  # short: beside a single row there is no room for more
    figure = Drawing()
    figure.add_heatmap(
        z=values if shades is None else shades,
        x=list(layers),
        y=list(tasks),
        colorscale=DIVERGING if signed else "Cividis",
        zmid=0 if signed else None,
        reversescale=MEASURES.get(metric).better == "less",
        text=[["" if np.isnan(v) else f"{v:.3f}" for v in row] for row in values],
        texttemplate="%{text}",
        xgap=2,
        ygap=2,
        hoverinfo="skip",
        colorbar={"title": {"text": title, "side": "right"}, "thickness": 12},
    )
    known = [
        (layer, task, [task, layer])
        for i, task in enumerate(tasks)
        for j, layer in enumerate(layers)
        if not np.isnan(values[i, j])
    ]
    for task, centre in zip(tasks, marked, strict=False):
        if not np.isnan(centre):
            # At the foot of its row, beneath the numbers.
            font = {"size": 13, "color": "#D55E00"}
            figure.add_annotation(x=float(centre), y=task, yshift=-11, text="◆", showarrow=False, font=font)
    add_targets(figure, known, 30, "%{y}, layer %{x}: click to open")
    if opened and opened[0] in tasks and opened[1] in layers:
        row, column = list(tasks).index(opened[0]), list(layers).index(opened[1])
        figure.add_shape(
            type="rect",
            x0=layers[column] - 0.5,
            x1=layers[column] + 0.5,
            y0=row - 0.5,
            y1=row + 0.5,
            line={"color": "#D55E00", "width": 3},
        )
    for row, group in enumerate(groups):
        if row and group == groups[row - 1]:
            continue
        if row:
            figure.add_shape(
                type="line",
                xref="paper",
                x0=0,
                x1=1,
                y0=row - 0.5,
                y1=row - 0.5,
                line={"color": "#8A8A8A", "width": 2},
            )
        figure.add_annotation(
            text=group,
            xref="paper",
            x=0,
            xshift=-6,
            xanchor="right",
            y=row,
            yshift=20,
            yanchor="middle",
            showarrow=False,
            font={"size": 11, "color": "#8A8A8A"},
        )
    figure.update_layout(
        height=height,
        # Else the signs that take clicks would widen it.
        xaxis={"title": "layer (0 = embeddings)", "dtick": 1, "zeroline": False, "showgrid": False, "range": _ends(layers)},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
    )
    return figure.checked()


def _ends(layers: Sequence[int]) -> list[float] | None:
    return [min(layers) - 0.5, max(layers) + 0.5] if len(layers) else None
