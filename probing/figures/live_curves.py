"""The curves of a run in progress: those of the finished run, with what is still to come drawn as such. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from probing.analysis.rows import LayerQuestion
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
    drawn = {trace.name for trace in figure.data}
    for trace in figure.data:
        trace.name = names.get(trace.name, trace.name)
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
        figure.add_vrect(
            x0=missing[0] - 0.5,
            x1=missing[-1] + 0.5,
            fillcolor="#8A8A8A",
            opacity=0.12,
            line_width=0,
            annotation={"text": f"{unfinished}: still to come", "font": {"size": 11, "color": "#8A8A8A"}},
            annotation_position="top right",
        )
    return figure
