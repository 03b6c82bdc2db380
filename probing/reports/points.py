"""The points that a figure draws, as a table: what a reader without the picture reads, and what somebody else computes with. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

MOST = 500  # rows


def points(figure: Mapping[str, Any]) -> pd.DataFrame | None:
    """Series, x and y of every point with a name, or x, y and value of the cells of maps; None of a figure that has neither. Bands and what only
    catches the mouse are left out. `figure` is plotly's JSON."""
    rows: list[dict[str, Any]] = []
    for trace in figure.get("data", ()):
        if trace.get("type") == "heatmap":
            rows += _cells(trace)
        elif trace.get("type", "scatter") in ("scatter", "scattergl", "bar") and trace.get("name") and not trace.get("fill"):
            x, y = decoded(trace.get("x")), decoded(trace.get("y"))
            rows += [{"series": str(trace["name"]), "x": one, "y": other} for one, other in zip(x, y, strict=False)]
    known = [row for row in rows if not all(_missing(value) for name, value in row.items() if name in ("y", "value"))]
    return pd.DataFrame(known[:MOST]) if known else None


def _cells(trace: Mapping[str, Any]) -> list[dict[str, Any]]:
    grid = decoded(trace.get("z"))
    x = decoded(trace.get("x")) or list(range(max(map(len, grid), default=0)))
    y = decoded(trace.get("y")) or list(range(len(grid)))
    return [
        {"y": row, "x": column, "value": value}
        for row, values in zip(y, grid, strict=False)
        for column, value in zip(x, values, strict=False)
    ]


def decoded(values: Any) -> list[Any]:
    """Plotly's array, which may be base64, as lists."""
    if isinstance(values, Mapping):
        array = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
        shape = values.get("shape")
        return (array.reshape([int(side) for side in str(shape).split(",")]) if shape else array).tolist()
    return list(values) if values is not None else []


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not np.isfinite(value))
