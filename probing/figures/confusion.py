"""Scored items → confusion counts, figures and a table of classes. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.figures.drawing import Drawing
from probing.figures.targets import add_targets

MOST = 20  # classes drawn


def confusion_figure(counts: pd.DataFrame, normalised: bool) -> go.Figure:
    """Heat map of the `MOST` commonest classes; `normalised` shows shares of the gold class. A click gives [gold, predicted]."""
    shown = counts.iloc[:MOST, :MOST]
    totals = counts.sum(axis=1).iloc[:MOST].to_numpy(float)[:, None]
    values = shown.to_numpy(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(totals > 0, values / totals, np.nan)
    text = [
        ["" if not n else f"{share:.0%}" if normalised else f"{int(n):,}" for n, share in zip(row, part, strict=True)]
        for row, part in zip(values, shares, strict=True)
    ]
    names = [str(name) for name in shown.index]
    figure = Drawing()
    figure.add_heatmap(
        z=shares,  # by share in both views: counts alone would show little but the commonest class
        x=names,
        y=names,
        text=text,
        texttemplate="%{text}",
        colorscale="Cividis",
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        hoverinfo="skip",
        colorbar={
            "title": {"text": "share of the gold class", "side": "right"},
            "tickformat": ".0%",
            "thickness": 12,
        },
    )
    cells = [
        (predicted, gold, [gold, predicted, int(values[row, column])])
        for row, gold in enumerate(names)
        for column, predicted in enumerate(names)
        if values[row, column]
    ]
    add_targets(figure, cells, 22, "gold %{customdata[0]}, predicted %{customdata[1]}: %{customdata[2]:,}")
    figure.update_layout(
        height=170 + 26 * len(names),
        xaxis={"title": "predicted", "type": "category", "side": "bottom", "tickangle": -45, "showgrid": False},
        yaxis={"title": "gold", "type": "category", "autorange": "reversed", "showgrid": False},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
    )
    return figure.checked()
