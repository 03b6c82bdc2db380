"""Loss-data curves of chosen (checkpoint, layer)s on a log axis, with their bands, the control's, n and ε. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from probing.analysis.loss_curves import Key, title
from probing.figures import lines
from probing.figures.drawing import Drawing
from probing.figures.marks import Mark, band
from probing.measures import axis


def loss_curves(
    rows: pd.DataFrame,
    metric: str,
    marks: Mapping[Key, Mark],
    n: float,
    epsilon: float,
    prior: float | None,
    control: bool,
) -> go.Figure:
    """`rows` of `analysis.rows.curve_rows`; `marks` names what is drawn. A size without a value leaves a hole."""
    figure = Drawing()
    for key, mark in marks.items():
        own = rows[(rows["checkpoint"] == key[0]) & (rows["layer"] == key[1])]
        for labels in ("task", "control") if control else ("task",):
            part = own[own["labels"] == labels]
            if not part.empty:
                _line(figure, part, title(key) + (": control task" if labels == "control" else ""), mark, labels == "control")
    figure.update_layout(
        height=420,
        xaxis={
            "title": "items of train, log scale (dashed: control task)" if control else "items of train, log scale",
            "type": "log",
            "dtick": 1,
        },
        yaxis={"title": axis(metric)},
        legend={"orientation": "h", "yanchor": "top", "y": -0.22, "x": 0},
        margin={"l": 10, "r": 20, "t": 30, "b": 10},
        hovermode="closest",
    )
    if metric == "loss_at_n":
        lines.level(figure, epsilon, f"ε = {epsilon:.2f}", "dash", right=False)
        if prior is not None:
            lines.level(figure, prior, f"without vectors {prior:.2f}", right=False)
    lines.upright(figure, n, f"n = {n:,.0f}", above=True)
    return figure.checked()


def _line(figure: Drawing, part: pd.DataFrame, name: str, mark: Mark, control: bool) -> None:
    x, y = part["n"].to_numpy(float), part["value"].to_numpy(float)
    band(figure, x, part, mark.colour, 0.08 if control else 0.18, name)
    figure.add_scatter(
        x=x,
        y=y,
        name=name,
        legendgroup=name,
        showlegend=not control,
        mode="lines+markers",
        connectgaps=False,
        line={"color": mark.colour, "dash": "dash" if control else mark.dash, "width": 1.5 if control else 2.5},
        marker={"symbol": mark.symbol + ("-open" if control and not mark.symbol.endswith("-open") else ""), "size": 7},
        customdata=part[["lower", "upper"]].to_numpy(float),
        hovertemplate=f"{name}<br>%{{x:,}} items: %{{y:.3f}} [%{{customdata[0]:.3f}}, %{{customdata[1]:.3f}}]<extra></extra>",
    )
