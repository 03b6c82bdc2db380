"""The words of a sentence in the plane of most variance of a probe's space, joined by the gold tree. Pure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from probing.analysis.predicted_tree import PredictedTree
from probing.figures.drawing import Drawing
from probing.figures.tree_view import AGREE, MISSED, WRONG

SHORT, LONG = 0.5, 1.5  # predicted squared distances of an arc, which should be 1
KINDS = {
    "short": (f"shorter than {SHORT:g}", MISSED, "dot", 1.6),
    "near": ("near 1", AGREE, "solid", 2.4),
    "long": (f"longer than {LONG:g}", WRONG, "dash", 1.6),
}


def plane(places: np.ndarray) -> tuple[np.ndarray, float]:
    """[m, R] → [m, 2], the first two principal components, and the share of variance that they keep."""
    centred = places - places.mean(0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    flat = np.zeros((len(places), 2))
    count = min(2, len(sizes))
    flat[:, :count] = left[:, :count] * sizes[:count]
    total = float((sizes**2).sum())
    return flat, float((sizes[:2] ** 2).sum()) / total if total > 0 else 0.0


def edge_kind(distance: float) -> str:
    """`short`, `near` or `long`."""
    return "short" if distance < SHORT else "long" if distance > LONG else "near"


def tree_plane(reading: PredictedTree) -> go.Figure:
    """Words that have a vector and are no punctuation, and the gold arcs between them; empty where no gold tree is known."""
    words = np.flatnonzero(reading.scored)
    figure = Drawing()
    if len(words) < 2 or reading.tree is None:
        return figure.checked()
    flat, share = plane(reading.places[words])
    at = dict(zip(words.tolist(), flat, strict=True))
    for kind, (name, colour, dash, width) in KINDS.items():
        arcs = [arc for arc in reading.gold if edge_kind(float(reading.distances[arc])) == kind]
        xs = [value for i, j in arcs for value in (at[i][0], at[j][0], None)]
        ys = [value for i, j in arcs for value in (at[i][1], at[j][1], None)]
        if arcs:
            figure.add_scatter(
                x=xs,
                y=ys,
                mode="lines",
                name=f"arc {name}",
                line={"color": colour, "dash": dash, "width": width},
                hoverinfo="skip",
            )
    figure.add_scatter(
        x=flat[:, 0],
        y=flat[:, 1],
        mode="markers+text",
        text=[reading.forms[word] for word in words],
        textposition="top center",
        marker={"size": [13 if reading.heads[word] == 0 else 8 for word in words], "color": "#8A8A8A"},
        customdata=np.stack([reading.depths[words], reading.tree.depths[words]], 1),
        hovertemplate="%{text}: depth %{customdata[0]:.1f} (gold %{customdata[1]:.0f})<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(
        height=420,
        xaxis={
            "title": f"the plane keeps {share:.0%} of the variance",
            "zeroline": False,
            "showticklabels": False,
            "showgrid": False,
        },
        yaxis={"zeroline": False, "showticklabels": False, "showgrid": False, "scaleanchor": "x"},
        legend={"orientation": "h", "yanchor": "top", "y": -0.12, "x": 0},
        margin={"l": 10, "r": 10, "t": 20, "b": 10},
        hovermode="closest",
    )
    return figure.checked()
