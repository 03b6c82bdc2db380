"""Tidy rows and scored items of edge probes → F1 by label with support, and what the mixes of layers say. Pure."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from probing.figures.drawing import Drawing
from probing.figures.marks import BASELINE, Mark

MOST = 25  # labels drawn


def label_bars(labels: pd.DataFrame, mark: Mark) -> go.Figure:
    """`labels` of `by_label`: a bar of F1 a label, in the colour of the checkpoint, its support beside its name; the `MOST` commonest."""
    shown = labels[labels["support"] > 0].head(MOST)
    names = [f"{name} ({support:,})" for name, support in zip(shown["class"], shown["support"], strict=True)]
    figure = go.Figure(
        go.Bar(
            x=shown["f1"].to_numpy(float),
            y=names,
            orientation="h",
            marker={"color": mark.colour},
            text=[f"{f1:.2f}" for f1 in shown["f1"]],
            textposition="auto",
            customdata=shown[["precision", "recall", "support"]].to_numpy(float),
            hovertemplate="%{y}: F1 %{x:.3f}, precision %{customdata[0]:.3f}, recall %{customdata[1]:.3f}<extra></extra>",
        )
    )
    figure.update_layout(
        height=110 + 22 * len(names),
        xaxis={"title": "F1", "range": [0, 1]},
        yaxis={"title": "label (support)", "type": "category", "autorange": "reversed"},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
    )
    return figure


def mix_curve(mixes: pd.DataFrame, gains: pd.DataFrame, alone: pd.DataFrame, mark: Mark) -> go.Figure:
    """Micro F1 of the mixes 0..l as a line with its intervals, each layer alone beside it, and what each layer adds as bars below, all in
    the colour of the checkpoint."""
    figure = Drawing()
    for rows, name, end in ((mixes, "mix of the layers up to here", ""), (alone, "the layer alone", "-open")):
        figure.add_scatter(
            x=rows["layer"],
            y=rows["value"].to_numpy(float),
            name=name,
            mode="lines+markers",
            line={"color": mark.colour, "dash": "solid" if rows is mixes else "dot"},
            marker={"symbol": mark.symbol.removesuffix("-open") + end, "size": 8},
            error_y=_interval(rows),
            hovertemplate=f"{name}<br>layer %{{x}}: %{{y:.3f}}<extra></extra>",
        )
    figure.add_bar(
        x=gains["layer"],
        y=gains["value"].to_numpy(float),
        name="what the layer adds",
        yaxis="y2",
        marker={"color": mark.colour, "pattern": {"shape": "/"}},
        error_y=_interval(gains),
        hovertemplate="layer %{x} adds %{y:+.4f}<extra></extra>",
    )
    figure.update_layout(
        height=460,
        xaxis={"title": "layer (0 = embeddings)", "dtick": 1, "zeroline": False, "anchor": "y2"},
        yaxis={"title": "micro F1", "domain": [0.4, 1]},
        yaxis2={"title": "added", "domain": [0, 0.3], "zeroline": True},
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
    )
    return figure.checked()


def _interval(rows: pd.DataFrame) -> dict[str, object]:
    value = rows["value"].to_numpy(float)
    return {
        "type": "data",
        "symmetric": False,
        "array": rows["upper"].to_numpy(float) - value,
        "arrayminus": value - rows["lower"].to_numpy(float),
        "thickness": 1,
        "width": 3,
    }


def mix_shares(shares: pd.DataFrame, centre: float | None, mark: Mark) -> go.Figure:
    """A bar a layer: what the mix of all gives it; a line marks the centre of gravity."""
    figure = go.Figure(
        go.Bar(
            x=shares["layer"],
            y=shares["value"].to_numpy(float),
            marker={"color": mark.colour},
            error_y=_interval(shares),
            hovertemplate="layer %{x}: %{y:.1%}<extra></extra>",
        )
    )
    if centre is not None:
        figure.add_vline(
            x=centre,
            line={"color": BASELINE.colour, "dash": "dash", "width": 2},
            annotation={"text": f"centre of gravity {centre:.2f}"},
            annotation_position="top",
        )
    figure.update_layout(
        height=300,
        xaxis={"title": "layer (0 = embeddings)", "dtick": 1, "zeroline": False},
        yaxis={"title": "share in the mix", "tickformat": ".0%", "rangemode": "tozero"},
        margin={"l": 10, "r": 20, "t": 30, "b": 10},
        showlegend=False,
    )
    return figure
