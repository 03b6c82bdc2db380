"""What makes a heat map clickable: Plotly selects nothing on one, so an invisible marker lies on every cell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from probing.figures.drawing import Drawing


def add_targets(figure: Drawing, cells: Sequence[tuple[Any, Any, list[Any]]], size: int, hover: str) -> None:
    """A marker of `size` pixels on each (x, y, customdata); a selected point brings its customdata. `hover` is its template."""
    figure.add_scatter(
        x=[x for x, _, _ in cells],
        y=[y for _, y, _ in cells],
        customdata=[data for _, _, data in cells],
        mode="markers",
        marker={"symbol": "square", "size": size, "color": "rgba(0,0,0,0)"},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=hover + "<extra></extra>",
        showlegend=False,
    )
    # The nearest marker answers, so that the whole cell can be clicked.
    figure.update_layout(hoverdistance=-1, hovermode="closest", clickmode="event+select")
