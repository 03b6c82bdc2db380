"""Tidy table → a measure by layer: every checkpoint with its 95 % band, its control, its random baseline, the majority. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.analysis.rows import control_rows, rows_over_seeds
from probing.figures.marks import Mark, band, marks
from probing.measures import MEASURES, axis

WITHOUT_VECTORS = ("bag of words", "length", "position")


def layer_curves(
    table: pd.DataFrame,
    metric: str,
    split: str,
    task: str,
    probe: str,
    checkpoints: Sequence[str],
    baselines: Sequence[str] = (),
    depths: dict[str, int] | None = None,
) -> go.Figure:
    """One line a checkpoint. `baselines` are random baselines, in grey. With `depths` (layers a checkpoint) the axis is
    l/L, so that models of other depth compare. A layer that was probed but lacks the measure leaves a hole."""
    rows = rows_over_seeds(table, metric, split, task, probe)
    control = control_rows(table, metric, split, task, probe)
    look = marks(checkpoints, baselines)
    figure = go.Figure()
    probed = table[(table["task"] == task) & (table["probe"] == probe) & (table["layer"] >= 0)]
    for name in [*checkpoints, *baselines]:
        part = rows[(rows["checkpoint"] == name) & (rows["layer"] >= 0)]
        if part.empty:
            continue
        layers = np.sort(probed.loc[probed["checkpoint"] == name, "layer"].unique())
        part = part.set_index("layer").reindex(layers).rename_axis("layer").reset_index()
        x = part["layer"].to_numpy(float) / (depths[name] if depths else 1)
        band(figure, x, part, look[name].colour, 0.18, name)
        figure.add_scatter(
            x=x,
            y=part["value"].to_numpy(float),
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": look[name].colour, "dash": look[name].dash, "width": 2.5 if name in checkpoints else 2},
            marker={"symbol": look[name].symbol, "size": 8},
            customdata=part[["lower", "upper", "n", "layer"]].to_numpy(float),
            hovertemplate=f"{name}<br>layer %{{customdata[3]:.0f}}: %{{y:.4f}} [%{{customdata[0]:.4f}}, %{{customdata[1]:.4f}}], "
            "%{customdata[2]:,} items<extra></extra>",
        )
        _at_least(figure, x, part, look[name], name)
        own = control[(control["checkpoint"] == name) & (control["layer"] >= 0)]
        if name in checkpoints and not own.empty:
            figure.add_scatter(
                x=own["layer"].to_numpy(float) / (depths[name] if depths else 1),
                y=own["value"].to_numpy(float),
                name=f"{name}: control task",
                legendgroup=name,
                mode="lines+markers",
                line={"color": look[name].colour, "dash": "dash", "width": 1.5},
                marker={"symbol": look[name].symbol + "-open", "size": 6},
                customdata=own[["lower", "upper", "n", "layer"]].to_numpy(float),
                hovertemplate="control task<br>layer %{customdata[3]:.0f}: %{y:.4f} "
                "[%{customdata[0]:.4f}, %{customdata[1]:.4f}], "
                "%{customdata[2]:,} items<extra></extra>",
            )
    if metric == "accuracy":
        _trivial_baseline(figure, rows_over_seeds(table, "majority", split, task, probe), "majority", "dashdot")
    for baseline in WITHOUT_VECTORS:
        rows = rows_over_seeds(table, metric, split, task, probe, f'{{"baseline":"{baseline}"}}')
        _trivial_baseline(figure, rows[rows["layer"] == -1], baseline, "dot")
    figure.add_vline(
        x=0,
        line={"color": "#8A8A8A", "dash": "dot", "width": 1},
        annotation={"text": "embeddings", "font": {"size": 11, "color": "#8A8A8A"}},
        annotation_position="top right",
    )
    figure.update_layout(
        height=430,
        xaxis={
            "title": "depth (layer / layers)" if depths else "layer (0 = embeddings)",
            "dtick": None if depths else 1,
            "zeroline": False,
        },
        yaxis={
            "title": axis(metric),
            "zeroline": MEASURES.get(metric).zero,
            "type": "log" if MEASURES.get(metric).log else "linear",
        },
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure


def _at_least(figure: go.Figure, x: np.ndarray, part: pd.DataFrame, mark: Mark, name: str) -> None:
    """Where only a lower bound is known: a hollow sign that points up."""
    value, lower = part["value"].to_numpy(float), part["lower"].to_numpy(float)
    only = np.isnan(value) & ~np.isnan(lower)
    if only.any():
        figure.add_scatter(
            x=x[only],
            y=lower[only],
            mode="markers",
            marker={"symbol": "triangle-up-open", "size": 12, "color": mark.colour, "line": {"width": 2}},
            legendgroup=name,
            showlegend=False,
            customdata=part["layer"].to_numpy(float)[only],
            hovertemplate=f"{name}<br>layer %{{customdata:.0f}}: more than %{{y:,.0f}}<extra></extra>",
        )


def _trivial_baseline(figure: go.Figure, rows: pd.DataFrame, name: str, dash: str) -> None:
    """What is answered without any vector, a line for each different value: runs on other test sentences have another."""
    for value in np.unique(rows["value"].dropna().to_numpy(float)):
        figure.add_hline(
            y=float(value),
            line={"color": "#8A8A8A", "dash": dash, "width": 1.5},
            annotation={"text": f"{name} {value:.3f}", "font": {"size": 12, "color": "#8A8A8A"}},
            annotation_position="bottom right",
        )
