"""What fine-tuned checkpoints hold of a task by training size, beside the frozen base. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.analysis.exposure import VERDICTS, FrozenBase
from probing.figures import lines
from probing.figures.drawing import Drawing
from probing.figures.marks import BASELINE, faded, of_methods

GAIN = "margin of a learned gain"


def exposure_chart(frame: pd.DataFrame, base: FrozenBase) -> go.Figure:
    """V-information against training sentences on a log scale: a line a method (a mean over seeds), a point a product, the base as a band.

    Methods that were tuned on several data or with several numbers of steps have a line for each.
    """
    series = _series(frame)
    look = of_methods(list(dict.fromkeys(series)))
    figure = Drawing()
    for name, mark in look.items():
        own = frame[np.array(series) == name]
        means = own.groupby("train")["value"].mean()
        figure.add_scatter(
            x=means.index.to_numpy(float),
            y=means.to_numpy(float),
            mode="lines",
            legendgroup=name,
            showlegend=False,
            line={"color": mark.colour, "dash": mark.dash, "width": 2},
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=own["train"].to_numpy(float),
            y=own["value"].to_numpy(float),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": (own["upper"] - own["value"]).to_numpy(float),
                "arrayminus": (own["value"] - own["lower"]).to_numpy(float),
                "width": 3,
                "thickness": 1,
            },
            mode="markers",
            name=name,
            legendgroup=name,
            marker={"color": mark.colour, "symbol": mark.symbol, "size": 9},
            customdata=[_hover(row) for row in own.to_dict("records")],
            hovertemplate="%{customdata}<extra></extra>",
        )
    grey = "#6E6E6E"
    if base.value.bounded:
        across = {"xref": "paper", "x0": 0, "x1": 1, "y0": base.value.lower, "y1": base.value.upper}
        figure.add_shape(type="rect", fillcolor=faded(grey, 0.18), line={"width": 0}, **across)
    levels: Sequence[tuple[float, str, str]] = (  # height, what it says, dash
        (base.value.value, f"{base.name}, layer {base.layer}", "solid"),
        (base.value.value + base.margin, GAIN, "dash"),
        (base.entropy, "H(Y), all there is", "dashdot"),
        *(((base.random.value, "random weights", BASELINE.dash),) if base.random is not None else ()),
    )
    for y, said, dash in levels:
        lines.level(figure, y, f"{said} {y:.3f}", dash, right=said != GAIN)
    sizes = sorted({int(n) for n in frame["train"]})
    figure.update_layout(
        height=430,
        xaxis={"title": "training sentences, log scale", "type": "log", "tickvals": sizes, "ticktext": [f"{n:,}" for n in sizes]},
        yaxis={"title": "V-information, bits an item", "zeroline": True},
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()


def _hover(row: Mapping[str, Any]) -> str:
    return (
        f"{row['checkpoint']}, seed {row['seed']}<br>layer {row['layer']}: {row['value']:.3f} [{row['lower']:.3f}, {row['upper']:.3f}] bits<br>"
        f"difference from the base {row['difference']:+.3f} [{row['difference_lower']:+.3f}, {row['difference_upper']:+.3f}]<br>"
        f"{VERDICTS[row['verdict']]}"
    )


def _series(frame: pd.DataFrame) -> list[str]:
    more = [column for column in ("tuned_on", "steps") if frame[column].nunique() > 1]
    return [
        ", ".join([str(row["method"]), *(f"{row['steps']} steps" if column == "steps" else str(row[column]) for column in more)])
        for row in frame.to_dict("records")
    ]
