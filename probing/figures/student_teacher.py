"""A student against its teacher: a dot each for every measure and split, joined by a line. Pure."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from probing.figures.drawing import Drawing
from probing.figures.marks import marks
from probing.measures import axis


def student_teacher(scores: pd.DataFrame) -> go.Figure:
    """`scores`: who (student or teacher), metric, split, value, lower, upper. A row of the chart is a measure on a split, the first at the top."""
    figure, look = Drawing(), marks(["student", "teacher"])
    place = scores.assign(
        row=[f"{axis(metric)}, {split}" for metric, split in zip(scores["metric"], scores["split"], strict=True)]
    )
    for row, own in place.groupby("row", sort=False):
        if len(own) > 1:
            line = {"color": "#8A8A8A", "width": 2}
            figure.add_scatter(
                x=own["value"].to_numpy(float), y=[row] * len(own), mode="lines", line=line, showlegend=False, hoverinfo="skip"
            )
    for who in ("teacher", "student"):
        own = place[place["who"] == who]
        if own.empty:
            continue
        value = own["value"].to_numpy(float)
        figure.add_scatter(
            x=value,
            y=own["row"].tolist(),
            name=who,
            mode="markers",
            marker={"color": look[who].colour, "symbol": look[who].symbol, "size": 12},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": own["upper"].to_numpy(float) - value,
                "arrayminus": value - own["lower"].to_numpy(float),
                "thickness": 1.2,
            },
            customdata=own[["lower", "upper"]].to_numpy(float),
            hovertemplate=f"{who}<br>%{{y}}: %{{x:.4f}} [%{{customdata[0]:.4f}}, %{{customdata[1]:.4f}}]<extra></extra>",
        )
    figure.update_layout(
        height=120 + 44 * place["row"].nunique(),
        xaxis={"title": "score"},
        yaxis={"autorange": "reversed", "title": None},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        showlegend=True,
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()
