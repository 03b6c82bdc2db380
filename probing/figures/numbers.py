"""Scored numbers → predicted against gold, and the items that are furthest off. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.figures.drawing import Drawing
from probing.figures.marks import BASELINE, METHODS

MOST = 3000  # points drawn; more hide each other and make the page slow


def scatter(items: pd.DataFrame) -> go.Figure:
    """`items` of one layer and split: gold, predicted. Points are drawn at random where there are more than 3,000; the line is exact."""
    shown = items.sample(MOST, random_state=0) if len(items) > MOST else items
    gold, predicted = shown["gold"].to_numpy(float), shown["predicted"].to_numpy(float)
    # Whole numbers stand in columns; a little to the side their points are seen.
    aside = np.random.default_rng(0).uniform(-0.15, 0.15, len(gold)) if (gold == gold.round()).all() else np.zeros(len(gold))
    figure = Drawing()
    figure.add_scatter(
        x=gold + aside,
        y=predicted,
        mode="markers",
        marker={"color": BASELINE.colour, "size": 5, "opacity": 0.35},
        customdata=gold,
        hovertemplate="gold %{customdata:g}, predicted %{y:.2f}<extra></extra>",
        showlegend=False,
    )
    means = items.groupby("gold")["predicted"].agg(["mean", "size"])
    common = means[means["size"] >= 5]
    if len(common) <= 60:
        figure.add_scatter(
            x=common.index.to_numpy(float),
            y=common["mean"].to_numpy(float),
            mode="markers",
            name="mean predicted",
            marker={"color": METHODS[0].colour, "symbol": "diamond", "size": 10, "line": {"width": 1, "color": "#FFFFFF"}},
            customdata=common["size"].to_numpy(),
            hovertemplate="gold %{x:g}: %{y:.2f} on average, %{customdata:,} items<extra></extra>",
        )
    ends = [float(gold.min()), float(gold.max())] if len(gold) else [0.0, 1.0]
    figure.add_scatter(
        x=ends, y=ends, mode="lines", name="exact", line={"color": "#8A8A8A", "dash": "dash", "width": 1.5}, hoverinfo="skip"
    )
    figure.update_layout(
        height=400,
        xaxis={"title": "gold", "zeroline": False},
        yaxis={"title": "predicted", "zeroline": False},
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
    )
    return figure.checked()
