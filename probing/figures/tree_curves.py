"""Tidy table → the measures of tree probes by layer and by rank, beside their baselines. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.analysis.rows import LayerQuestion, ranks_of, rows_over_seeds
from probing.figures import lines
from probing.figures.drawing import Drawing
from probing.figures.layer_curves import LAYER, layer_axis, over_floor
from probing.figures.marks import Mark, faded
from probing.measures import axis

RANDOM_ORDER = '{"baseline":"random order"}'
CONSTANT = '{"baseline":"constant"}'
GREY = lines.GREY


def tree_curves(
    question: LayerQuestion,
    checkpoints: Sequence[str],
    baselines: Sequence[str],
    depths: dict[str, int] | None = None,
    known: Mapping[str, Mark] | None = None,
) -> go.Figure:
    """`over_floor`; the place between the bounds with what a random order of the depths would have."""
    figure = over_floor(question, checkpoints, baselines, depths, known=known)
    expected = (
        rows_over_seeds(*question, RANDOM_ORDER)["value"].dropna() if question.metric == "place" else pd.Series(dtype=float)
    )
    if len(expected):
        lines.level(figure, float(expected.mean()), f"random order {expected.mean():.3f}", "dashdot")
    return figure.checked()


@lru_cache(maxsize=1)
def published() -> pd.DataFrame:
    """BERT-large uncased by layer, from the released logs of Li, Yin & Lin 2023 (arXiv 2310.12454): sp, ssp and essp as published."""
    return pd.read_csv(Path(__file__).with_name("published_topology.csv"))


def topology(question: LayerQuestion, checkpoint: str, layers: int, mark: Mark, beside: bool) -> go.Figure:
    """sp of one checkpoint, in its colour, between its bounds, on a log axis over depth l/L; with `beside` the published curves of BERT-large.

    `question` may be of any measure."""

    def rows(metric: str) -> pd.DataFrame:
        found = rows_over_seeds(*question._replace(metric=metric))
        return found[(found["checkpoint"] == checkpoint) & (found["layer"] >= 0)]

    figure = Drawing()
    upper, ordered, lower = (rows(name) for name in ("essp_upper", "sp_sorted", "ssp_lower"))
    x = upper["layer"].to_numpy(float) / layers
    for low, colour, name in (
        (lower, faded(GREY, 0.16), "between ssp_lower and essp_upper: any tree"),
        (ordered, faded(mark.colour, 0.18), "between sp_sorted and essp_upper: the true depths in any order"),
    ):
        figure.add_scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([upper["value"].to_numpy(float), low["value"].to_numpy(float)[::-1]]),
            fill="toself",
            fillcolor=colour,
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
            name=name,
        )
    for metric, name, colour, dash, symbol in (
        ("essp_upper", "essp_upper: worst order", mark.colour, "dot", "triangle-down"),
        ("sp", "sp: the true depths", mark.colour, "solid", "circle"),
        ("sp_sorted", "sp_sorted: best order", mark.colour, "dot", "triangle-up"),
        ("ssp_lower", "ssp_lower: any tree, same probe", GREY, "dot", "triangle-up-open"),
        ("ssp", "ssp: a probe of its own", mark.colour, "dash", "x"),
    ):
        own = rows(metric)
        figure.add_scatter(
            x=own["layer"].to_numpy(float) / layers,
            y=own["value"].to_numpy(float),
            name=name,
            mode="lines+markers",
            line={"color": colour, "dash": dash, "width": 2.5 if metric == "sp" else 1.6},
            marker={"symbol": symbol, "size": 8},
            customdata=own[["lower", "upper", "layer"]].to_numpy(float),
            hovertemplate=f"{metric}, layer %{{customdata[2]:.0f}}: %{{y:.3f}} [%{{customdata[0]:.3f}}, %{{customdata[1]:.3f}}]<extra></extra>",
        )
    if beside:
        _published(figure)
    figure.update_layout(
        height=470,
        xaxis=layer_axis(checkpoint, layers) | ({} if beside else {"title": LAYER}),
        yaxis={"title": "mean squared error, depth² (log scale)", "type": "log"},
        legend={"orientation": "h", "yanchor": "top", "y": -0.16, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    for value in rows_over_seeds(*question._replace(metric="sp"), CONSTANT).query("checkpoint == @checkpoint")["value"]:
        lines.level(figure, float(value), f"constant depth {value:.2f}", "dashdot", above=True)
    return figure.checked()


def _published(figure: Drawing) -> None:
    known = published()
    depth = known["layer"].to_numpy(float) / known["layer"].max()
    for column, name, dash in (("sp_test", "sp", "solid"), ("ssp_val", "ssp", "dash"), ("essp_val", "essp", "dot")):
        figure.add_scatter(
            x=depth,
            y=known[column].to_numpy(float),
            name=f"BERT-large as published: {name}",
            mode="lines",
            line={"color": GREY, "dash": dash, "width": 1.4},
            hovertemplate=f"BERT-large, {name} as published: %{{y:.3f}}<extra></extra>",
        )


def rank_sweep(question: LayerQuestion, checkpoint: str, mark: Mark) -> go.Figure:
    """The measure by rank on a log axis, a line a layer, in the checkpoint's colour from pale (low) to full (high)."""
    known = ranks_of(question.table, question.task, question.probe)
    found = pd.concat([rows_over_seeds(*question, text).assign(rank=rank) for rank, text in known.items()])
    found = found[(found["checkpoint"] == checkpoint) & (found["layer"] >= 0)]
    layers = sorted(found["layer"].unique())
    figure = Drawing()
    colours = [faded(mark.colour, 0.3 + 0.7 * place / max(1, len(layers) - 1)) for place in range(len(layers))]
    for layer, colour in zip(layers, colours, strict=True):
        own = found[found["layer"] == layer].sort_values("rank")
        figure.add_scatter(
            x=own["rank"].to_numpy(float),
            y=own["value"].to_numpy(float),
            name=f"layer {layer}",
            mode="lines+markers+text",
            text=[""] * (len(own) - 1) + [str(layer)],
            textposition="middle right",
            line={"color": colour, "width": 2},
            error_y={
                "type": "data",
                "array": (own["upper"] - own["value"]).to_numpy(float),
                "arrayminus": (own["value"] - own["lower"]).to_numpy(float),
                "thickness": 1,
                "width": 3,
            },
            hovertemplate=f"layer {layer}, rank %{{x}}: %{{y:.4f}}<extra></extra>",
        )
    figure.update_layout(
        height=400,
        xaxis={
            "title": "rank of the probe, log scale",
            "type": "log",
            "tickvals": list(known),
            "ticktext": [str(rank) for rank in known],
        },
        yaxis={"title": axis(question.metric), "zeroline": False},
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()
