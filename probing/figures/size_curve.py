"""Scores against training size: a line a method through the mean of seeds, its band, each seed as a sign, and what went wrong as a cross. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.analysis.size_curves import DIVERGED
from probing.figures import lines
from probing.figures.drawing import Drawing
from probing.figures.marks import Mark, band, faded, of_methods
from probing.measures import axis

WRONG = "x-thin"  # the sign of a training that collapsed or diverged


def size_curve(
    scored: pd.DataFrame,
    middle: pd.DataFrame,
    methods: Sequence[str],
    metric: str,
    majority: float | None = None,
    available: int | None = None,
) -> go.Figure:
    """`scored` and `middle` are the points and means of `analysis.size_curves`. `majority` is a dotted line, or a word where it lies below all lines;
    `available` is the size that is all of train. A training without a score stands as a cross at the foot of the chart.
    """
    figure, look = Drawing(), of_methods(methods)
    low, high = _range(scored, middle)
    for name in methods:
        own, line = scored[scored["method"] == name], middle[(middle["method"] == name) & middle["value"].notna()]
        if len(line):
            _line(figure, line, name, look[name])
        sound = own[own["state"] == ""]
        if len(sound):
            _signs(figure, sound, sound["value"], name, look[name], look[name].symbol, 7)
        wrong = own[own["state"] != ""]
        if len(wrong):
            _signs(figure, wrong, wrong["value"].fillna(low), name, look[name], WRONG, 12)
    if majority is not None:
        _majority(figure, majority, low)
    sizes = sorted(scored["n"].unique().tolist())
    figure.update_layout(
        height=430,
        xaxis={
            "title": "train sentences, log scale",
            "type": "log",
            "tickvals": np.array(sizes, dtype=float),
            "ticktext": [f"all: {size:,}" if size == available else f"{size:,}" for size in sizes],
        },
        yaxis={"title": axis(metric), "range": [low - 0.02 * (high - low), high]},
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()


def _range(scored: pd.DataFrame, middle: pd.DataFrame) -> tuple[float, float]:
    """What holds every score and interval, and a little more: lines near each other would be one on an axis from the majority up."""
    low, high = min(middle["lower"].min(), scored["value"].min()), max(middle["upper"].max(), scored["value"].max())
    if np.isnan(low + high):
        return 0.0, 1.0
    room = 0.1 * max(high - low, 0.01)
    least = 0 if scored["value"].min() >= 0 else -1  # intervals over few seeds reach beyond what a score can be
    return float(max(low - room, least)), float(min(high, 1) + room)


def _majority(figure: Drawing, majority: float, low: float) -> None:
    """A dotted line, or a word at the foot where it lies below what is drawn."""
    font = {"size": 12, "color": lines.GREY}
    if majority >= low:
        lines.level(figure, majority, f"majority {majority:.3f}")
    else:
        text = f"majority {majority:.3f}, below the chart"
        place = {"x": 1, "xref": "paper", "y": 0, "yref": "paper", "xanchor": "right", "yanchor": "bottom", "yshift": 8}
        figure.add_annotation(text=text, showarrow=False, font=font, **place)


def _line(figure: Drawing, line: pd.DataFrame, name: str, mark: Mark) -> None:
    x = line["n"].to_numpy(float)
    band(figure, x, line, mark.colour, 0.15, name)
    figure.add_scatter(
        x=x,
        y=line["value"].to_numpy(float),
        name=name,
        legendgroup=name,
        mode="lines+markers",
        line={"color": mark.colour, "dash": mark.dash, "width": 2.5},
        marker={"symbol": mark.symbol, "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": line["upper"].to_numpy(float) - line["value"].to_numpy(float),
            "arrayminus": line["value"].to_numpy(float) - line["lower"].to_numpy(float),
            "thickness": 1.2,
            "width": 4,
        },
        customdata=line[["lower", "upper", "seeds"]].to_numpy(float),
        hovertemplate=f"{name}<br>%{{x:,}} sentences: %{{y:.4f}} [%{{customdata[0]:.4f}}, %{{customdata[1]:.4f}}], "
        "mean of %{customdata[2]} seeds<extra></extra>",
    )


def _signs(figure: Drawing, some: pd.DataFrame, y: pd.Series, name: str, mark: Mark, symbol: str, size: int) -> None:
    hover = []
    for seed, value, state in zip(some["seed"].tolist(), some["value"].tolist(), some["state"].tolist(), strict=True):
        hover.append(f"seed {seed}: no score, {state}" if state == DIVERGED else f"seed {seed}: {value:.4f} {state}".strip())
    figure.add_scatter(
        x=some["n"].to_numpy(float),
        y=y.to_numpy(float),
        legendgroup=name,
        showlegend=False,
        mode="markers",
        marker={
            "symbol": symbol,
            "size": size,
            "color": faded(mark.colour, 0.55),
            "line": {"width": 3 if symbol == WRONG else 0, "color": mark.colour},
        },
        customdata=np.array(hover, dtype=object),
        hovertemplate=f"{name}<br>%{{x:,}} sentences, %{{customdata}}<extra></extra>",
    )
