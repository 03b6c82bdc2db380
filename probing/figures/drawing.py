"""A figure while it is drawn: plain dictionaries, which plotly checks once, when the figure is done. Pure.

Plotly checks every call of a method that changes a figure: for a chart of thirty lines that takes longer than all that is computed for it. The
methods have plotly's names and take what plotly's take, but a nested property is written as a dictionary (`line={"width": 2}`, not `line_width`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import plotly.graph_objects as go


class Drawing:
    """`traces` and `layout` as plotly's own JSON has them, with arrays as they are."""

    def __init__(self) -> None:
        self.traces: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {}

    def add_traces(self, traces: Iterable[dict[str, Any]]) -> None:
        """Traces that name their `type`."""
        self.traces += traces

    def add_scatter(self, **properties: Any) -> None:
        self.traces.append({"type": "scatter", **properties})

    def add_heatmap(self, **properties: Any) -> None:
        self.traces.append({"type": "heatmap", **properties})

    def add_bar(self, **properties: Any) -> None:
        self.traces.append({"type": "bar", **properties})

    def add_annotation(self, **properties: Any) -> None:
        self.layout.setdefault("annotations", []).append(properties)

    def add_shape(self, **properties: Any) -> None:
        self.layout.setdefault("shapes", []).append(properties)

    def update_layout(self, **properties: Any) -> None:
        """A dictionary is merged with what was there, all else replaces it."""
        _merge(self.layout, properties)

    def update_xaxes(self, **properties: Any) -> None:
        self.update_layout(xaxis=properties)

    def update_yaxes(self, **properties: Any) -> None:
        self.update_layout(yaxis=properties)

    def log(self, axis: str) -> bool:
        """Whether the axis, `x` or `y`, is a log axis so far."""
        return bool(self.layout.get(f"{axis}axis", {}).get("type") == "log")

    def checked(self) -> go.Figure:
        """The figure. Raises ValueError for a property that plotly does not know, or a value that it cannot have."""
        return go.Figure({"data": self.traces, "layout": self.layout})


def _merge(old: dict[str, Any], new: Mapping[str, Any]) -> None:
    for name, value in new.items():
        if isinstance(value, Mapping) and isinstance(old.get(name), dict):
            _merge(old[name], value)
        else:
            old[name] = dict(value) if isinstance(value, Mapping) else value
