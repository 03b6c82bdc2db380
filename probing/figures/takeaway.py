"""What the numbers of one task say, in sentences made from them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from probing.figures.layer_curves import plain_rows


def best_layer(table: pd.DataFrame, checkpoint: str, task: str, probe: str) -> int | None:
    """The layer with the lowest dev loss: chosen on dev, never on test. None where dev was not scored."""
    rows = plain_rows(table, "loss", "dev", task, probe)
    own = rows[rows["checkpoint"] == checkpoint].dropna(subset=["value"])
    return None if own.empty else int(own.loc[own["value"].idxmin(), "layer"])


def takeaway(
    table: pd.DataFrame, checkpoints: Sequence[str], twins: dict[str, str], split: str, task: str, probe: str
) -> list[str]:
    """A sentence a checkpoint. `twins`: random-weights checkpoint → the checkpoint it stands beside."""
    accuracy = plain_rows(table, "accuracy", split, task, probe).set_index(["checkpoint", "layer"])
    selectivity = plain_rows(table, "selectivity", split, task, probe).set_index(["checkpoint", "layer"])
    majority = plain_rows(table, "majority", split, task, probe)
    sentences = []
    for name in checkpoints:
        layer = best_layer(table, name, task, probe)
        if layer is None or (name, layer) not in accuracy.index:
            continue
        row = accuracy.loc[(name, layer)]
        parts = [f"{name}: layer {layer} has the lowest dev loss, and reads {task} on {split} with accuracy {_told(row)}"]
        beside = []
        if layer and (name, 0) in accuracy.index:
            beside.append(_against(row, accuracy.loc[(name, 0)], "layer 0"))
        for twin in (twin for twin, of in twins.items() if of == name and (twin, layer) in accuracy.index):
            beside.append(_against(row, accuracy.loc[(twin, layer)], "random weights"))
        if not majority.empty:
            beside.append(f"{100 * (row['value'] - majority['value'].iloc[0]):+.1f} points against the majority class")
        if beside:
            parts.append(", ".join(beside))
        if (name, layer) in selectivity.index:
            found = selectivity.loc[(name, layer)]
            parts.append(f"selectivity {_told(found)}")
        sentences.append("; ".join(parts) + ".")
    return sentences


def _against(row: pd.Series, other: pd.Series, what: str) -> str:
    if pd.isna([row["lower"], row["upper"], other["lower"], other["upper"]]).any():
        note = " (no interval to judge it by)"
    else:
        overlap = row["lower"] <= other["upper"] and other["lower"] <= row["upper"]
        note = " (intervals overlap)" if overlap else ""
    return f"{100 * (row['value'] - other['value']):+.1f} points against {what}{note}"


def _told(row: pd.Series) -> str:
    if pd.isna(row["lower"]) or pd.isna(row["upper"]):
        return f"{row['value']:.3f}"
    return f"{row['value']:.3f} [{row['lower']:.3f}, {row['upper']:.3f}]"
