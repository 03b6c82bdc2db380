"""Equal accuracy, different effort: accuracy against εSC, with lines between pairs that differ in effort alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from probing.analysis.equal_accuracy import EqualAccuracy
from probing.figures.data_needed import items_axis
from probing.figures.drawing import Drawing
from probing.figures.marks import Mark

MOST_PAIRS = 12  # pairs that the chart joins: more would be a thicket


def scatter(found: EqualAccuracy, marks: Mapping[str, Mark], split: str) -> go.Figure:
    """A sign a layer. A layer that does not reach ε is drawn hollow at all of train."""
    keys, accuracy, bounds, of, most, apart = found
    figure = Drawing()
    x = np.minimum(of.esc, most)
    for pair in apart[:MOST_PAIRS]:
        ends = [pair.easy, pair.hard]
        figure.add_scatter(
            x=x[ends],
            y=accuracy[ends],
            mode="lines",
            line={"color": "#8A8A8A", "width": 1.5, "dash": "solid" if pair.ratio_lower > 1 else "dot"},
            opacity=0.6,
            hoverinfo="skip",
            showlegend=False,
        )
    for name in dict.fromkeys(name for name, _ in keys):
        own = np.array([place for place, key in enumerate(keys) if key[0] == name])
        reached = np.isfinite(of.esc[own])
        left, right = (
            x[own] - np.minimum(of.esc_lower[own], x[own]),
            np.clip(np.minimum(of.esc_upper[own], most) - x[own], 0, None),
        )
        needed = [f"{x[place]:,.0f}" if np.isfinite(of.esc[place]) else f"more than {most:,.0f}" for place in own]
        colour = marks[name].colour
        figure.add_scatter(
            x=x[own],
            y=accuracy[own],
            name=name,
            mode="markers+text",
            marker={
                "size": 20,
                "symbol": "circle",
                "color": [colour if ok else "rgba(0,0,0,0)" for ok in reached],
                "line": {"color": colour, "width": 2},
            },
            text=[str(keys[place][1]) for place in own],
            textfont={"size": 11, "color": ["white" if ok else colour for ok in reached]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": right,
                "arrayminus": left,
                "thickness": 1,
                "width": 0,
                "color": colour,
            },
            error_y={
                "type": "data",
                "symmetric": False,
                "array": bounds[own, 1] - accuracy[own],
                "arrayminus": accuracy[own] - bounds[own, 0],
                "thickness": 1,
                "width": 0,
                "color": colour,
            },
            customdata=np.array([[keys[place][1], text] for place, text in zip(own, needed, strict=True)], dtype=object),
            hovertemplate=f"{name}, layer %{{customdata[0]}}<br>accuracy %{{y:.3f}}, εSC %{{customdata[1]}} items<extra></extra>",
        )
    figure.update_layout(
        height=430,
        xaxis={
            "title": "εSC: items of train needed, log scale (hollow: more than all of train)",
            **items_axis(most),
        },
        yaxis={"title": f"accuracy on {split}"},
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()
