"""The curves of a run in progress: those of the finished run, with what is still to come drawn as such. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from probing.analysis.rows import LayerQuestion
from probing.figures import lines
from probing.figures.layer_curves import layer_curves
from probing.figures.marks import Mark, marks


def live_curves(
    question: LayerQuestion,
    checkpoints: Sequence[str],
    baselines: Sequence[str],
    planned: Mapping[str, Sequence[int]],
    done: Mapping[str, Sequence[int]],
    known: Mapping[str, Mark] | None = None,
) -> go.Figure:
    """`planned` are the layers of each checkpoint, `done` those that have their points. The axis has room for every layer, the legend counts
    them, and the layers that the first unfinished checkpoint lacks are shaded."""
    figure = layer_curves(question, checkpoints, baselines, known=known)
    look = marks(checkpoints, baselines, known)
    names = {name: f"{name} ({len(done[name])} of {len(planned[name])} layers)" for name in planned}
    drawn = {trace.get("name") for trace in figure.traces}
    for trace in figure.traces:
        if trace.get("name") in names:
            trace["name"] = names[trace["name"]]
    for name in (name for name in planned if name not in drawn):
        mark = look[name]
        figure.add_scatter(
            x=[None],
            y=[None],
            name=names[name],
            mode="lines+markers",
            line={"color": mark.colour, "dash": mark.dash},
            marker={"symbol": mark.symbol, "size": 8},
            showlegend=True,
        )
    figure.update_layout(showlegend=True)
    figure.update_xaxes(range=[-0.5, max(max(layers) for layers in planned.values()) + 0.5])
    unfinished = next((name for name in planned if len(done[name]) < len(planned[name])), None)
    if unfinished is not None:
        missing = [layer for layer in planned[unfinished] if layer not in done[unfinished]]
        ends = {"x0": missing[0] - 0.5, "x1": missing[-1] + 0.5, "yref": "paper", "y0": 0, "y1": 1}
        figure.add_shape(type="rect", fillcolor=lines.GREY, opacity=0.12, line={"width": 0}, **ends)
        figure.add_annotation(
            x=missing[-1] + 0.5, y=1, yref="paper", xanchor="right", yanchor="top", showarrow=False,
            text=f"{unfinished}: still to come", font={"size": 11, "color": lines.GREY},
        )  # fmt: skip
    return figure.checked()
