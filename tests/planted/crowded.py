"""Figures with more on them than can be read: what frames leave out, and what they do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from probing.figures import heatmap, layer_curves
from tests.planted.named_rows import LAYERS, RANDOM, question


def many_lines() -> go.Figure:
    """Two hundred lines on one chart."""
    lines = [
        {"type": "scatter", "name": f"checkpoint-{number:03}", "x": list(LAYERS), "y": [number + layer for layer in LAYERS]}
        for number in range(200)
    ]
    layout = {"height": 430, "legend": {"orientation": "h", "y": -0.18}, "xaxis": {"title": {"text": "layer"}}}
    return go.Figure(data=lines, layout=layout)


def many_ends() -> go.Figure:
    """Forty checkpoints whose lines end at one place."""
    names = [f"checkpoint-{number:03}" for number in range(40)]
    return layer_curves.over_floor(question(names=names), names, [RANDOM])


def many_tasks() -> go.Figure:
    """A map of thirty tasks by twenty-five layers."""
    tasks = [f"feats:Feature{number:02}" for number in range(30)]
    values = np.linspace(0.4, 1, 30 * 25).reshape(30, 25)
    return heatmap.layer_by_task(values, tasks, range(25), "accuracy", ("feats:Feature03", 4), ["syntax"] * 30)


CROWDED: dict[str, Callable[[], go.Figure]] = {
    "two hundred lines": many_lines,
    "forty ends": many_ends,
    "thirty tasks": many_tasks,
}
