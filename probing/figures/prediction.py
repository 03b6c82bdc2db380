"""Predictions of fine-tuning scores → figures: measured against predicted, residuals, choices, k, penalties. Pure functions.

`rows` is a frame with the columns of `Prediction.rows()`. Families have a colour and a sign, the same on every chart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.figures import lines
from probing.figures.drawing import Drawing
from probing.figures.marks import MARKS, Mark, faded

GREY = lines.GREY
MOST = 15  # features named in a chart; the table beside it has them all


def family_marks(families: Sequence[str]) -> dict[str, Mark]:
    """A mark for each family, in order of appearance. Beyond six, another sign in the same colours."""
    signs = ("", "-open")
    looks = [mark._replace(symbol=mark.symbol + sign) for sign, mark in product(signs, MARKS)]
    return {family: looks[index % len(looks)] for index, family in enumerate(dict.fromkeys(families))}


def measured_against_predicted(rows: pd.DataFrame, target: str) -> go.Figure:
    """A point a checkpoint, predicted without it, with its interval; on the dotted line the two agree."""
    figure = Drawing()
    ends = rows[["measured", "predicted"]].to_numpy(float)
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    figure.add_scatter(
        x=[low, high], y=[low, high], mode="lines", line={"color": GREY, "dash": "dot"}, hoverinfo="skip", showlegend=False
    )
    for family, mark in family_marks(list(rows["family"])).items():
        part = rows[rows["family"] == family]
        predicted = part["predicted"].to_numpy(float)
        figure.add_scatter(
            x=part["measured"].to_numpy(float),
            y=predicted,
            name=family,
            mode="markers",
            marker={"color": mark.colour, "symbol": mark.symbol, "size": 10},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": part["upper"].to_numpy(float) - predicted,
                "arrayminus": predicted - part["lower"].to_numpy(float),
                "color": faded(mark.colour, 0.35),
                "thickness": 1.5,
                "width": 0,
            },
            customdata=part[["checkpoint", "lower", "upper"]].to_numpy(object),
            hovertemplate="%{customdata[0]}<br>measured %{x:.4f}, predicted %{y:.4f} "
            "[%{customdata[1]:.4f}, %{customdata[2]:.4f}]<extra></extra>",
        )
    figure.update_layout(
        height=430,
        xaxis={"title": f"{target}, measured", "zeroline": False},
        yaxis={"title": f"{target}, predicted without the checkpoint", "zeroline": False},
        **_frame(),
    )
    return figure.checked()


def residuals_by_family(rows: pd.DataFrame, target: str) -> go.Figure:
    """Measured minus predicted, a line a family: filled without the checkpoint, open without its whole family."""
    figure = Drawing()
    looks = family_marks(list(rows["family"]))
    for place, (family, mark) in enumerate(looks.items()):
        part = rows[rows["family"] == family]
        measured = part["measured"].to_numpy(float)
        spread = place + (np.arange(len(part)) - (len(part) - 1) / 2) * min(0.1, 0.7 / max(1, len(part)))
        filled, hollow = mark.symbol.removesuffix("-open"), mark.symbol.removesuffix("-open") + "-open"
        for kind, predicted, symbol in (
            ("the checkpoint", part["predicted"].to_numpy(float), filled),
            ("its whole family", part["family_out"].to_numpy(float), hollow),
        ):
            figure.add_scatter(
                x=measured - predicted,
                y=spread,
                name=f"{family}, without {kind}",
                mode="markers",
                marker={"color": mark.colour, "symbol": symbol, "size": 9},
                customdata=part["checkpoint"].to_numpy(object),
                hovertemplate=f"%{{customdata}}<br>%{{x:+.4f}} without {kind}<extra></extra>",
            )
    lines.upright(figure, 0)
    figure.update_layout(
        height=max(430, 120 + 50 * len(looks)),
        showlegend=False,
        xaxis={"title": f"{target}: measured − predicted", "zeroline": False},
        yaxis={
            "tickvals": list(range(len(looks))),
            "ticktext": list(looks),
            "range": [len(looks) - 0.4, -0.6],
            "zeroline": False,
            "automargin": True,
        },
        **_frame(),
    )
    return figure.checked()


def choices(chosen: Mapping[str, float], final: Sequence[str]) -> go.Figure:
    """The share of folds that chose each feature, most first; those of the model on all rows are filled."""
    shown = list(chosen.items())[:MOST]
    own = [name in final for name, _ in shown]
    figure = go.Figure(
        go.Bar(
            x=np.array([share for _, share in shown]),
            y=[name for name, _ in shown],
            orientation="h",
            marker={
                "color": [MARKS[0].colour if mine else faded(MARKS[0].colour, 0.15) for mine in own],
                "line": {"color": MARKS[0].colour, "width": 1.5},
            },
            hovertemplate="%{y}: chosen in %{x:.0%} of the folds<extra></extra>",
        )
    )
    figure.update_layout(
        height=90 + 26 * len(shown),
        xaxis={"title": "share of leave-one-out folds", "range": [0, 1.02], "tickformat": ".0%"},
        yaxis={"autorange": "reversed", "type": "category", "dtick": 1},
        margin={"l": 10, "r": 10, "t": 10, "b": 45},
    )
    return figure


def errors_by_k(sweep: pd.DataFrame, baselines: Mapping[str, float], target: str) -> go.Figure:
    """Rows (k, in_sample, honest) → both errors by the number of features; baselines as lines with their names."""
    figure = Drawing()
    for column, name, mark in (("in_sample", "in sample (paper mode)", MARKS[1]), ("honest", "leave one out (honest)", MARKS[0])):
        figure.add_scatter(
            x=sweep["k"].to_numpy(),
            y=sweep[column].to_numpy(float),
            name=name,
            mode="lines+markers",
            line={"color": mark.colour, "dash": "dash" if column == "in_sample" else "solid", "width": 2.5},
            marker={"symbol": mark.symbol, "size": 9},
            hovertemplate=f"{name}, %{{x}} features: %{{y:.4f}}<extra></extra>",
        )
    dashes = ("dot", "dashdot", "longdash", "longdashdot")
    for (name, value), dash in zip(baselines.items(), dashes * math.ceil(len(baselines) / len(dashes)), strict=False):
        figure.add_scatter(
            x=[float(sweep["k"].min()) - 0.3, float(sweep["k"].max()) + 0.3],
            y=[value, value],
            name=name,
            mode="lines",
            line={"color": GREY, "dash": dash, "width": 1.5},
            hovertemplate=f"{name}: {value:.4f}<extra></extra>",
        )
    figure.update_layout(
        height=400,
        xaxis={"title": "features chosen", "dtick": 1, "zeroline": False},
        yaxis={"title": f"{target}: RMSE", "rangemode": "tozero"},
        **_frame(),
    )
    return figure.checked()


def penalty_path(penalties: np.ndarray, coefficients: np.ndarray, features: Sequence[str], chosen: float) -> go.Figure:
    """penalties (A,), coefficients (A, p): the features that weigh most at the chosen penalty in colour, the others grey."""
    at = int(np.abs(np.log(penalties / chosen)).argmin())
    order = np.argsort(-np.abs(coefficients[at]))
    named = [int(column) for column in order[: len(MARKS)] if coefficients[at, column]]
    figure = Drawing()
    rest = [column for column in range(len(features)) if column not in named and np.any(coefficients[:, column])]
    if rest:  # one trace with holes: eighty of their own would be slow
        hole = np.full((1, len(rest)), np.nan)
        figure.add_scatter(
            x=np.tile(np.append(penalties, np.nan), len(rest)),
            y=np.concatenate([coefficients[:, rest], hole]).T.ravel(),
            name="the others",
            mode="lines",
            line={"color": GREY, "width": 0.7},
            opacity=0.5,
            hoverinfo="skip",
        )
    for column, mark in zip(named, MARKS, strict=False):
        figure.add_scatter(
            x=penalties,
            y=coefficients[:, column],
            name=features[column],
            mode="lines",
            line={
                "color": mark.colour,
                "dash": ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")[named.index(column)],
            },
            hovertemplate=f"{features[column]}: %{{y:.4g}}<extra></extra>",
        )
    lines.upright(figure, chosen)
    figure.update_layout(
        height=400,
        xaxis={"title": "penalty (stronger to the right)", "type": "log", "exponentformat": "power"},
        yaxis={"title": "change in the score for one deviation of the feature", "zeroline": True},
        **_frame(),
    )
    return figure.checked()


def _frame() -> dict[str, Any]:
    return {
        "legend": {"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        "margin": {"l": 10, "r": 20, "t": 20, "b": 10},
        "hovermode": "closest",
    }
