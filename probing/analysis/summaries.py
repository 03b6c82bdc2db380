"""What the numbers of one task say, in sentences made from them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from probing.analysis.rows import known_values
from probing.measures.measure import Score


def best_layer(table: pd.DataFrame, checkpoint: str, task: str, probe: str) -> int | None:
    """The layer with the lowest dev loss: chosen on dev, never on test. None where dev was not scored."""
    found = {
        layer: value for (name, layer), value in known_values(table, "loss", "dev", task, probe).items() if name == checkpoint
    }
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
    accuracy = known_values(table, "accuracy", split, task, probe)
    selectivity = known_values(table, "selectivity", split, task, probe)
    majority = known_values(table, "majority", split, task, probe)
    sentences = []
    for name in checkpoints:
        layer = best_layer(table, name, task, probe)
        if layer is None or (name, layer) not in accuracy:
            continue
        best = accuracy[name, layer]
        parts = [f"{name}: layer {layer} has the lowest dev loss, and reads {task} on {split} with accuracy {best}"]
        beside = []
        if layer and (name, 0) in accuracy:
            beside.append(_against(best, accuracy[name, 0], "layer 0"))
        for random in (random for random, of in random_baselines.items() if name in of and (random, layer) in accuracy):
            beside.append(_against(best, accuracy[random, layer], "random weights"))
        if (name, -1) in majority:  # its own: runs on other test sentences have another majority
            beside.append(f"{100 * (best.value - majority[name, -1].value):+.1f} points against the majority class")
        if beside:
            parts.append(", ".join(beside))
        if (name, layer) in selectivity:
            parts.append(f"selectivity {selectivity[name, layer]}")
        sentences.append("; ".join(parts) + ".")
    return sentences


def _against(one: Score, other: Score, what: str) -> str:
    """The difference in points, and whether the intervals let it stand."""
    if not (one.bounded and other.bounded):
        note = " (no interval)"
    else:
        note = " (unpaired intervals overlap)" if one.lower <= other.upper and other.lower <= one.upper else ""
    return f"{100 * (one.value - other.value):+.1f} points against {what}{note}"
