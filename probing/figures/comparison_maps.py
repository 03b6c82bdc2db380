"""Two checkpoints compared, as maps: differences by layer and task, similarity layer × layer, drift by kind and layer. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from probing.analysis.differences import LEVEL
from probing.analysis.similarity import grid, nearest
from probing.figures.drawing import Drawing
from probing.figures.marks import DIVERGING
from probing.measures import MEASURES, menu

TITLES = menu("similarity")
TRIANGLE = {"symbol": "triangle-up", "size": 7, "color": "#D55E00", "line": {"width": 1.5, "color": "#FFFFFF"}}
RING = {"symbol": "circle-open", "size": 27, "color": "#D55E00", "line": {"width": 2.5}}
SQUARE = {"symbol": "square-open", "size": 30, "color": "#D55E00", "line": {"width": 2.5}}
PALE = [[0.0, "#D5E4EE"], [0.5, "#F6F6F6"], [1.0, "#F3E1D5"]]  # of what is not significant: the same two hues, nearly white
OUTLYING = 3.0  # times the median of all rows: where the colours of a map end


def difference_map(frame: pd.DataFrame, tasks: Sequence[str], metric: str, unit: str, most: float = 0.0) -> go.Figure:
    """Layer × task of an adjusted frame of `differences`; a cell that does not differ at 5 %, and one without a p, is pale.

    Colours are symmetric about 0: vermilion is the second higher, blue the first. They end at the largest difference, or at `most` where that is
    larger, so that maps beside each other compare. Without `most`, tasks far beyond the others do not stretch the scale.
    """
    layers = sorted({int(layer) for layer in frame["layer"]})
    cells = {(str(row["task"]), int(row["layer"])): row for row in frame.to_dict("records")}
    value = np.array([[float(cells[t, i]["difference"]) if (t, i) in cells else np.nan for i in layers] for t in tasks])
    # As NaN is no number below the level, an unknown p is pale too.
    sure = np.array([[(t, i) in cells and cells[t, i]["adjusted"] <= LEVEL for i in layers] for t in tasks])
    scale = 100 if unit == "points" else 1
    rows = [float(np.nanmax(np.abs(row), initial=0.0)) for row in value * scale]
    end = max(rows, default=0.0)
    end = max(end, most * scale) if most else min(end, OUTLYING * float(np.median(rows)) or end)
    end = end or 1.0
    hover = [[_hover(cells.get((task, layer)), unit) for layer in layers] for task in tasks]
    figure = Drawing()
    for which, name, colours, bar in ((sure, "significant", DIVERGING, True), (~sure, "not significant", PALE, False)):
        figure.add_heatmap(
            z=np.where(which, value * scale, np.nan),
            x=layers,
            y=list(tasks),
            name=name,
            zmin=-end,
            zmax=end,
            colorscale=colours,
            showscale=bar,
            text=[
                ["" if np.isnan(v) or not w else _short(v, unit) for v, w in zip(*row, strict=True)]
                for row in zip(value, which, strict=True)
            ],
            texttemplate="%{text}",
            customdata=hover,
            hovertemplate="%{y}, layer %{x}<br>%{customdata}<extra></extra>",
            hoverongaps=False,
            colorbar={"title": {"text": f"Δ {metric}, {unit}", "side": "right"}, "thickness": 12},
            xgap=2,
            ygap=2,
        )
    figure.update_layout(
        height=120 + 34 * len(tasks),
        xaxis={"title": "layer of the second (0 = embeddings)", "type": "category", "showgrid": False},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
    )
    return figure.checked()


def _short(value: float, unit: str) -> str:
    return f"{100 * value:+.1f}" if unit == "points" else f"{value:+.3g}"


def _hover(row: dict | None, unit: str) -> str:
    if row is None:
        return "not measured"
    ends = f"[{_short(row['lower'], unit)}, {_short(row['upper'], unit)}]"
    sure = "" if row["adjusted"] <= LEVEL else "; not significant"
    p = f"adjusted p {row['adjusted']:.2g}" if row["adjusted"] == row["adjusted"] else "p not known"
    kind = "paired" if row["paired"] else "unpaired"
    beside = f", against layer {row['first_layer']} of the first" if row["first_layer"] != row["layer"] else ""
    return f"{_short(row['difference'], unit)} {ends} {unit}, {kind}; {p}{sure}{beside}"


def similarity_map(
    rows: pd.DataFrame,
    metric: str,
    first: str,
    second: str,
    apart: Sequence[tuple[int, int]] = (),
    declared: Sequence[tuple[int, int]] = (),
) -> go.Figure:
    """Layer × layer. Triangles mark the nearest layer, rings `apart`, joined squares the pairs (first's layer, second's) `declared` by a lineage."""
    values = grid(rows, metric)
    own = rows[rows["metric"] == metric].set_index(["layer", "other"])
    hover = [[_interval(own.loc[(i, j)]) for j in values.columns] for i in values.index]
    low, high = MEASURES.get(metric).ends or (None, None)
    figure = go.Figure(
        go.Heatmap(
            z=values.to_numpy(float),
            x=list(values.columns),
            y=list(values.index),
            zmin=low,
            zmax=high,
            colorscale="Cividis",
            reversescale=MEASURES.get(metric).better == "less",
            text=[["" if np.isnan(v) else f"{v:.2f}" for v in row] for row in values.to_numpy(float)]
            if values.size <= 200
            else None,
            texttemplate="%{text}" if values.size <= 200 else None,
            customdata=hover,
            hovertemplate=f"{first} layer %{{y}}, {second} layer %{{x}}: %{{customdata}}<extra></extra>",
            colorbar={"thickness": 10},
            xgap=1,
            ygap=1,
        )
    )
    shown = {(int(i), int(j)) for i in values.index for j in values.columns}
    for name, pairs, mark, mode, below in (
        ("nearest layer", [(i, j) for j, i in nearest(rows, metric).items()], TRIANGLE, "markers", 0.34),  # under the number
        ("CKA and RSA disagree", apart, RING, "markers", 0.0),
        ("declared layer map", declared, SQUARE, "lines+markers", 0.0),
    ):
        present = [pair for pair in pairs if pair in shown]
        if present:
            figure.add_scatter(
                x=[j for _, j in present],
                y=[i - below for i, _ in present],
                mode=mode,
                name=name,
                marker=mark,
                line={"color": "#D55E00", "width": 2, "dash": "dot"},
                hoverinfo="skip",
            )
    figure.update_layout(
        title={"text": html.escape(f"{TITLES[metric]}: {first} and {second}"), "font": {"size": 14}, "x": 0},
        height=370,
        xaxis={"title": f"layer of {second}", "dtick": max(1, len(values.columns) // 12), "showgrid": False, "zeroline": False},
        yaxis={"title": f"layer of {first}", "dtick": max(1, len(values.index) // 12), "showgrid": False, "zeroline": False},
        legend={"orientation": "h", "yanchor": "top", "y": -0.38, "x": 0},
        showlegend=True,
        margin={"l": 10, "r": 10, "t": 34, "b": 10},
    )
    return figure


def _interval(row: pd.Series) -> str:
    ends = f" [{row['lower']:.3f}, {row['upper']:.3f}]" if pd.notna(row["lower"]) else ", no interval"
    return f"{row['value']:.3f}{ends}, {int(row['n']):,} items"


def drift_map(values: pd.DataFrame, title: str) -> go.Figure:
    """Kind × layer of `drift_rows`, on a log scale of colour, of parameters inside layers; the layer as a whole is the last row."""
    layers = [int(layer) for layer in values.columns if int(layer) >= 1]
    inside = values[layers].dropna(how="all")
    kinds = [*(kind for kind in inside.index if kind), ""]
    inside = inside.reindex(kinds)
    number = inside.to_numpy(float)
    shade = np.log10(np.where(number > 0, number, np.nan))
    figure = go.Figure(
        go.Heatmap(
            z=shade,
            x=layers,
            y=[kind or "whole layer" for kind in kinds],
            colorscale="Cividis",
            text=[["" if np.isnan(v) else f"{v:.2g}" for v in row] for row in number],
            texttemplate="%{text}",
            hovertemplate="%{y}, layer %{x}: %{text}<extra></extra>",
            xgap=2,
            ygap=2,
            colorbar={"title": {"text": f"log10 of {title}", "side": "right"}, "thickness": 12},
        )
    )
    figure.update_layout(
        height=130 + 26 * len(kinds),
        xaxis={"title": "layer", "dtick": 1, "zeroline": False, "showgrid": False},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": False},
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
    )
    return figure
