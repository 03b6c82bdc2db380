"""Items of train that each layer needs, with the items that one has as a line across. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from probing.analysis.rows import LayerQuestion
from probing.figures import lines
from probing.figures.layer_curves import over_floor
from probing.figures.marks import Mark


def data_needed(
    question: LayerQuestion,
    checkpoints: Sequence[str],
    baselines: Sequence[str],
    n: float,
    most: float,
    depths: dict[str, int] | None = None,
    known: Mapping[str, Mark] | None = None,
) -> go.Figure:
    """`question` of `analysis.data_needed.by_layer`. A hollow triangle at `most`, all of train, is a layer that needs more; `n` is the line."""
    figure = over_floor(question, checkpoints, baselines, depths, known=known)
    lines.level(figure, most, f"all of train, {most:,.0f}", above=True)
    figure.layout["annotations"][-1]["x"] = 0.9  # at the very end stand the names of lines
    if n < most:
        lines.level(figure, n, f"n = {n:,.0f}", "dash", above=True)
    figure.update_yaxes(title="items of train needed, log scale", **items_axis(most))
    return figure.checked()


def items_axis(most: float) -> dict[str, object]:
    """Ticks of a log axis of items up to `most`: 1, 2, 5, 10 …"""
    ticks = [step * 10**power for power in range(int(np.log10(most)) + 1) for step in (1, 2, 5)]
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:,}" for tick in ticks]}
