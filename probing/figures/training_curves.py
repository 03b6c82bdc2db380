"""Trainings in progress: the score on dev at each look, a line a training; the present one is bold. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from probing.figures.drawing import Drawing
from probing.figures.marks import faded, of_methods

Points = Sequence[tuple[int, float]]


def training_curves(trainings: Sequence[tuple[str, int, Points]]) -> go.Figure:
    """`trainings` are (label, steps in all, (step, score) …), the last of them the present one."""
    figure, look = Drawing(), of_methods([label for label, *_ in trainings])
    for place, (label, steps, points) in enumerate(trainings):
        present, mark = place == len(trainings) - 1, look[label]
        told = f"{points[-1][0]:,} of {steps:,} steps" if points else f"0 of {steps:,} steps"
        figure.add_scatter(
            x=np.array([float(step) for step, _ in points] or [np.nan]),
            y=np.array([score for _, score in points] or [np.nan]),
            name=f"{label} ({told})" if present else label,
            mode="lines+markers",
            line={
                "color": mark.colour if present else faded(mark.colour, 0.5),
                "width": 3 if present else 1.5,
                "dash": mark.dash,
            },
            marker={"symbol": mark.symbol, "size": 8 if present else 5},
            hovertemplate=f"{label}<br>step %{{x:,}}: %{{y:.4f}}<extra></extra>",
        )
    figure.update_layout(
        height=340,
        xaxis={"title": "steps", "range": [0, max((steps for _, steps, _ in trainings), default=1) * 1.02]},
        yaxis={"title": "score on dev"},
        showlegend=True,
        legend={"orientation": "h", "yanchor": "top", "y": -0.2, "x": 0},
        margin={"l": 10, "r": 20, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()
