"""One row of an answer, and its value."""

from __future__ import annotations

import json
from typing import Any

from probing.cells.work import CellResult


def row(
    found: CellResult, metric: str, layer: int, split: str = "test", seed: int | None = None, **setting: Any
) -> dict[str, Any]:
    """The row of this metric, layer, split, seed and setting; an error where there is none, or more than one."""
    wanted = (metric, layer, split, seed, setting)
    (one,) = (
        row
        for row in found.rows
        if (row["metric"], row["layer"], row["split"], row["seed"], json.loads(row["setting"])) == wanted
    )
    return one


def value(found: CellResult, metric: str, layer: int, split: str = "test", seed: int | None = None, **setting: Any) -> float:
    return float(row(found, metric, layer, split, seed, **setting)["value"])
