"""What the numbers of one task say, in sentences made from them. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from probing.analysis.rows import rows_over_seeds


class Value(NamedTuple):
    """A result with its 95 % interval; NaN where it has none."""

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.lower:.3f}, {self.upper:.3f}]" if self.bounded else f"{self.value:.3f}"

    @property
    def bounded(self) -> bool:
        return not (math.isnan(self.lower) or math.isnan(self.upper))

    def against(self, other: Value, what: str) -> str:
        """The difference in points, and whether the intervals let it stand."""
        if not (self.bounded and other.bounded):
            note = " (no interval)"
        else:
            note = " (unpaired intervals overlap)" if self.lower <= other.upper and other.lower <= self.upper else ""
        return f"{100 * (self.value - other.value):+.1f} points against {what}{note}"


def best_layer(table: pd.DataFrame, checkpoint: str, task: str, probe: str) -> int | None:
    """The layer with the lowest dev loss: chosen on dev, never on test. None where dev was not scored."""
    found = {layer: value for (name, layer), value in _values(table, "loss", "dev", task, probe).items() if name == checkpoint}
    return min(found, key=lambda layer: found[layer].value) if found else None


def summary(
    table: pd.DataFrame,
    checkpoints: Sequence[str],
    random_baselines: Mapping[str, Sequence[str]],
    split: str,
    task: str,
    probe: str,
) -> list[str]:
    """A sentence a checkpoint. `random_baselines`: random-weights checkpoint → the checkpoints it stands beside."""
    accuracy = _values(table, "accuracy", split, task, probe)
    selectivity = _values(table, "selectivity", split, task, probe)
    majority = _values(table, "majority", split, task, probe)
    sentences = []
    for name in checkpoints:
        layer = best_layer(table, name, task, probe)
        if layer is None or (name, layer) not in accuracy:
            continue
        best = accuracy[name, layer]
        parts = [f"{name}: layer {layer} has the lowest dev loss, and reads {task} on {split} with accuracy {best}"]
        beside = []
        if layer and (name, 0) in accuracy:
            beside.append(best.against(accuracy[name, 0], "layer 0"))
        for random in (random for random, of in random_baselines.items() if name in of and (random, layer) in accuracy):
            beside.append(best.against(accuracy[random, layer], "random weights"))
        if (name, -1) in majority:  # its own: runs on other test sentences have another majority
            beside.append(f"{100 * (best.value - majority[name, -1].value):+.1f} points against the majority class")
        if beside:
            parts.append(", ".join(beside))
        if (name, layer) in selectivity:
            parts.append(f"selectivity {selectivity[name, layer]}")
        sentences.append("; ".join(parts) + ".")
    return sentences


def _values(table: pd.DataFrame, metric: str, split: str, task: str, probe: str) -> dict[tuple[str, int], Value]:
    """(checkpoint, layer) → value; what is null is not there."""
    rows = rows_over_seeds(table, metric, split, task, probe).dropna(subset=["value"])
    numbers = rows[["value", "lower", "upper"]].to_numpy(float)
    keys = zip(rows["checkpoint"].astype(str), rows["layer"], strict=True)
    return {(name, int(layer)): Value(*map(float, row)) for (name, layer), row in zip(keys, numbers, strict=True)}
