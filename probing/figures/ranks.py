"""Who is easiest, under four measures at one budget: ranks joined by lines, and the table behind them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from probing.analysis.ranks import COLUMNS
from probing.figures.drawing import Drawing
from probing.figures.marks import Mark


def rank_lines(table: pd.DataFrame, marks: Mapping[str, Mark]) -> go.Figure:
    """`table` of `rank_table`. A sign carries its layer's number; equals are drawn beside each other's place, one below the next."""
    titles = [title for title, _ in COLUMNS.values()]
    # Drawn places differ even where ranks are equal, so that no sign hides another.
    order = pd.DataFrame({title: table[f"rank, {title}"].rank(method="first").astype(int) for title in titles})
    figure = Drawing()
    shown: set[str] = set()
    for row, places in zip(table.to_dict("records"), order.to_numpy(), strict=True):
        name, layer = str(row["checkpoint"]), int(row["layer"])
        mark = marks[name]
        hover = [f"{title}: rank {row[f'rank, {title}']} of {len(table)}" for title in titles]
        figure.add_scatter(
            x=titles,
            y=places,
            name=name,
            legendgroup=name,
            legendrank=list(marks).index(name),
            showlegend=name not in shown,
            mode="lines+markers+text",
            line={"color": mark.colour, "dash": mark.dash, "width": 1.5},
            marker={"symbol": "circle", "size": 21, "color": mark.colour},
            text=[str(layer)] * len(titles),
            textfont={"color": "white", "size": 11},
            customdata=hover,
            hovertemplate=f"{name}, layer {layer}<br>%{{customdata}}<extra></extra>",
        )
        shown.add(name)
    figure.update_layout(
        height=max(260, 70 + 27 * len(table)),
        xaxis={"side": "top", "showgrid": False, "fixedrange": True, "range": [-0.35, len(titles) - 0.65]},
        yaxis={"title": "easiest at the top", "range": [len(table) + 0.6, 0.4], "dtick": 1, "zeroline": False, "showgrid": False},
        legend={"orientation": "h", "yanchor": "top", "y": -0.03, "x": 0},
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        hovermode="closest",
    )
    return figure.checked()
