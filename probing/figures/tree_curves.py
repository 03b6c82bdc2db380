"""Tidy table → the measures of tree probes by layer and by rank, beside their baselines. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from probing.analysis.rows import LayerQuestion, ranks_of, rows_over_seeds
from probing.figures.layer_curves import layer_curves
from probing.figures.marks import MARKS, faded
from probing.measures import axis

BASELINES = {
    **dict.fromkeys(("uuas", "dspr", "root_accuracy", "nspr"), ("linear chain", '{"baseline":"chain"}')),
    "sp": ("constant depth", '{"baseline":"constant"}'),
}
RANDOM_ORDER = '{"baseline":"random order"}'
GREY = "#8A8A8A"


def tree_curves(
    table: pd.DataFrame,
    metric: str,
    split: str,
    task: str,
    probe: str,
    checkpoints: Sequence[str],
    baselines: Sequence[str],
    depths: dict[str, int] | None = None,
) -> go.Figure:
    """`layer_curves` with the baseline that needs no vector."""
    figure = layer_curves(LayerQuestion(table, metric, split, task, probe), checkpoints, baselines, depths)
    if metric in BASELINES:
        name, setting = BASELINES[metric]
        for value in np.unique(rows_over_seeds(table, metric, split, task, probe, setting)["value"].dropna().round(4)):
            _level(figure, float(value), f"{name} {value:.3f}")
    if metric == "place":
        expected = rows_over_seeds(table, metric, split, task, probe, RANDOM_ORDER)["value"].dropna()
        if len(expected):
            _level(figure, float(expected.mean()), f"random order {expected.mean():.3f}")
    return figure


def _level(figure: go.Figure, y: float, text: str) -> None:
    figure.add_hline(
        y=y,
        line={"color": GREY, "dash": "dashdot", "width": 1.5},
        annotation={"text": text, "font": {"size": 12, "color": GREY}},
        annotation_position="bottom right",
    )


@lru_cache(maxsize=1)
def published() -> pd.DataFrame:
    """BERT-large uncased by layer, from the released logs of Li, Yin & Lin 2023 (arXiv 2310.12454): sp, ssp and essp as published."""
    return pd.read_csv(Path(__file__).with_name("published_topology.csv"))


def topology(table: pd.DataFrame, split: str, task: str, probe: str, checkpoint: str, layers: int, beside: bool) -> go.Figure:
    """sp of one checkpoint between its bounds, on a log axis over depth l/L; with `beside` the published curves of BERT-large."""

    def rows(metric: str) -> pd.DataFrame:
        found = rows_over_seeds(table, metric, split, task, probe)
        return found[(found["checkpoint"] == checkpoint) & (found["layer"] >= 0)]

    figure = go.Figure()
    blue, orange, green = (MARKS[index].colour for index in range(3))
    upper, ordered, lower = (rows(name) for name in ("essp_upper", "sp_sorted", "ssp_lower"))
    x = upper["layer"].to_numpy(float) / layers
    for low, colour, name in (
        (lower, faded(GREY, 0.16), "between ssp_lower and essp_upper: any tree"),
        (ordered, faded(blue, 0.18), "between sp_sorted and essp_upper: the true depths in any order"),
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
        ("essp_upper", "essp_upper: worst order", orange, "dot", "triangle-down"),
        ("sp", "sp: the true depths", blue, "solid", "circle"),
        ("sp_sorted", "sp_sorted: best order", green, "dot", "triangle-up"),
        ("ssp_lower", "ssp_lower: any tree, same probe", GREY, "dot", "triangle-up-open"),
        ("ssp", "ssp: a probe of its own", MARKS[3].colour, "dash", "x"),
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
    for value in rows_over_seeds(table, "sp", split, task, probe, BASELINES["sp"][1]).query("checkpoint == @checkpoint")["value"]:
        # A shape is placed by the value itself even on a log axis; its label by the logarithm.
        figure.add_hline(y=float(value), line={"color": GREY, "dash": "dashdot", "width": 1.5})
        figure.add_annotation(
            x=1, xref="paper", y=np.log10(value), text=f"constant depth {value:.2f}", showarrow=False, yshift=9, xanchor="right",
            font={"size": 12, "color": GREY},
        )  # fmt: skip
    if beside:
        _published(figure)
    figure.update_layout(
        height=470,
        xaxis={"title": "depth (layer / layers)", "zeroline": False},
        yaxis={"title": "mean squared error, depth² (log scale)", "type": "log"},
        legend={"orientation": "h", "yanchor": "top", "y": -0.16, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure


def _published(figure: go.Figure) -> None:
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


def rank_sweep(table: pd.DataFrame, metric: str, split: str, task: str, probe: str, checkpoint: str) -> go.Figure:
    """The measure by rank on a log axis, a line a layer from dark (low) to bright (high)."""
    known = ranks_of(table, task, probe)
    found = pd.concat(
        [rows_over_seeds(table, metric, split, task, probe, text).assign(rank=rank) for rank, text in known.items()]
    )
    found = found[(found["checkpoint"] == checkpoint) & (found["layer"] >= 0)]
    layers = sorted(found["layer"].unique())
    figure = go.Figure()
    colours = sample_colorscale("Viridis", [0.05 + 0.8 * i / max(1, len(layers) - 1) for i in range(len(layers))])
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
        yaxis={"title": axis(metric), "zeroline": False},
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure
