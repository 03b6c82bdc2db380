"""Layer × task → heat map with an invisible marker on every cell, since a click on a Plotly heat map selects nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.figures.layer_curves import plain_rows
from probing.figures.targets import add_targets
from probing.measures import MEASURES, axis


def grid(
    table: pd.DataFrame,
    metric: str,
    split: str,
    tasks: Sequence[str],
    probe: str,
    checkpoint: str,
    layers: Sequence[int],
) -> np.ndarray:
    """[tasks, layers] of one checkpoint's values; NaN where the measure is not there."""
    values = np.full((len(tasks), len(layers)), np.nan)
    for row, task in enumerate(tasks):
        found = plain_rows(table, metric, split, task, probe)
        own = found[found["checkpoint"] == checkpoint].set_index("layer")["value"]
        values[row] = own.reindex(list(layers)).to_numpy(float)
    return values


def floors(table: pd.DataFrame, metric: str, split: str, tasks: Sequence[str], probe: str, checkpoint: str) -> np.ndarray:
    """[tasks]: what each task gives away without any vector; 0 for measures that begin there, NaN where none is known."""
    if MEASURES.get(metric).zero:
        return np.zeros(len(tasks))
    if metric not in ("accuracy", "micro_f1"):
        return np.full(len(tasks), np.nan)
    found = []
    for task in tasks:
        rows = plain_rows(table, "majority", split, task, probe)
        own = rows.loc[rows["checkpoint"] == checkpoint, "value"]
        found.append(float(own.iloc[0]) if len(own) else np.nan)
    return np.array(found)


def centres(values: np.ndarray, floor: np.ndarray, layers: Sequence[int]) -> np.ndarray:
    """[tasks]: the mean layer, each weighted by how far its value lies above the task's `floor` [tasks]; NaN where none does.

    `values` [tasks, layers]; a layer without a value, or below the floor, weighs nothing. Tenney et al. 2019 weigh layers by what a
    trained mix gives them: that is the edge probe's `centre_of_gravity`.
    """
    gain = np.nan_to_num(np.maximum(values - floor[:, None], 0.0))
    total = gain.sum(1)
    return np.divide(gain @ np.asarray(layers, dtype=float), total, out=np.full(len(values), np.nan), where=total > 0)


def layer_by_task(
    values: np.ndarray,
    tasks: Sequence[str],
    layers: Sequence[int],
    metric: str,
    opened: tuple[str, int] | None = None,
    groups: Sequence[str] = (),
    marked: Sequence[float] = (),
) -> go.Figure:
    """`values` [tasks, layers]. A point of the selection carries customdata [task, layer]. `opened` is framed.

    `marked` is each task's centre, drawn as a diamond on its row. `groups` names the group of each task, in the same order: tasks of
    one group stand together, under a rule and its name.
    """
    height = 140 + 34 * len(tasks)
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(layers),
            y=list(tasks),
            colorscale="Cividis",
            reversescale=MEASURES.get(metric).better == "less",
            text=[["" if np.isnan(v) else f"{v:.3f}" for v in row] for row in values],
            texttemplate="%{text}",
            xgap=2,
            ygap=2,
            hoverinfo="skip",
            colorbar={"title": {"text": axis(metric), "side": "right"}, "thickness": 12},
        )
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
        xaxis={"title": "layer (0 = embeddings)", "dtick": 1, "zeroline": False, "showgrid": False},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
    )
    return figure
