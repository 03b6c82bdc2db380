"""How the shape of attention changed between two checkpoints: drift by layer, by head, and what the graphs of both look like. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from probing.analysis.attention_topology import GRAPHS, METRIC, by_layer
from probing.figures.drawing import Drawing
from probing.figures.marks import Mark, band, marks
from probing.measures import axis

BAND = 0.15  # opacity of an interval


def drift_curve(
    sides: Mapping[str, pd.DataFrame], baselines: Mapping[str, pd.DataFrame], known: Mapping[str, Mark] | None = None
) -> go.Figure:
    """Drift by layer with its 95 % band: `sides` are drawn in colour, `baselines` (random weights) grey; each name → `topology_rows`."""
    look = marks(list(sides), list(baselines), known)
    figure = Drawing()
    for name, rows in {**sides, **baselines}.items():
        part = by_layer(rows)
        layers = part.index.to_numpy(int)
        band(figure, layers, part, look[name].colour, BAND, name)
        figure.add_scatter(
            x=layers,
            y=part["value"].to_numpy(float),
            name=name,
            legendgroup=name,
            mode="lines+markers",
            line={"color": look[name].colour, "dash": look[name].dash, "width": 2.5 if name in sides else 2},
            marker={"symbol": look[name].symbol, "size": 8},
            customdata=part[["lower", "upper", "n"]].to_numpy(float),
            hovertemplate=f"{name}<br>layer %{{x}}: %{{y:.4f}} [%{{customdata[0]:.4f}}, %{{customdata[1]:.4f}}], "
            "%{customdata[2]:,} sentences<extra></extra>",
        )
    figure.update_layout(
        height=370,
        xaxis={"title": "layer", "dtick": 1, "showgrid": False},
        yaxis={"title": axis(METRIC), "rangemode": "tozero"},
        legend={"orientation": "h", "yanchor": "top", "y": -0.24, "x": 0},
        margin={"l": 10, "r": 10, "t": 14, "b": 10},
    )
    return figure.checked()


def head_map(rows: pd.DataFrame) -> go.Figure:
    """Head × layer of the drift of `topology_rows`."""
    wide = (
        rows[(rows["metric"] == METRIC) & rows["head"].notna()].pivot(index="head", columns="layer", values="value").sort_index()
    )
    values = wide.to_numpy(float)
    written = values.size <= 200
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[int(layer) for layer in wide.columns],
            y=[int(head) for head in wide.index],
            zmin=0,
            colorscale="Cividis",
            text=[[f"{value:.2f}" for value in row] for row in values] if written else None,
            texttemplate="%{text}" if written else None,
            hovertemplate="head %{y}, layer %{x}: %{z:.4f}<extra></extra>",
            colorbar={"thickness": 10},
            xgap=1,
            ygap=1,
        )
    )
    figure.update_layout(
        height=370,
        xaxis={"title": "layer", "dtick": 1, "showgrid": False, "zeroline": False},
        yaxis={"title": "head", "dtick": max(1, len(wide) // 12), "showgrid": False, "zeroline": False, "autorange": "reversed"},
        margin={"l": 10, "r": 10, "t": 14, "b": 10},
    )
    return figure


def shape_curves(
    rows: pd.DataFrame, threshold: float, first: str, second: str, known: Mapping[str, Mark] | None = None
) -> go.Figure:
    """Components (solid) and cycles (dotted) for each token by layer, of the graphs of both at a `threshold`; of `topology_rows`."""
    look = marks([first, second], [], known)
    figure = Drawing()
    for of, name in (("first", first), ("second", second)):
        for metric, dash in (("attention_components", "solid"), ("attention_cycles", "dot")):
            chosen = (rows["metric"] == metric) & (rows["of"] == of) & (rows["threshold"] == threshold)
            part = rows[chosen].sort_values("layer")
            figure.add_scatter(
                x=part["layer"].to_numpy(int),
                y=part["value"].to_numpy(float),
                name=f"{name}: {GRAPHS[metric]}",
                mode="lines+markers",
                line={"color": look[name].colour, "dash": dash, "width": 2},
                marker={"symbol": look[name].symbol, "size": 7},
                hovertemplate=f"{name}, {GRAPHS[metric]}<br>layer %{{x}}: %{{y:.3f}}<extra></extra>",
            )
    figure.update_layout(
        height=340,
        xaxis={"title": "layer", "dtick": 1, "showgrid": False},
        yaxis={"title": f"for each token, cut at {threshold:g}", "rangemode": "tozero"},
        legend={"orientation": "h", "yanchor": "top", "y": -0.24, "x": 0},
        margin={"l": 10, "r": 10, "t": 14, "b": 10},
    )
    return figure.checked()
