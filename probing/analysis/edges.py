"""Tidy rows and scored items of edge probes: F1 by label, the rows of mixes of layers, the expected layer in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from probing.analysis.confusion import by_class, confusion
from probing.analysis.rows import matching, rows_over_seeds, settings


def by_label(items: pd.DataFrame) -> pd.DataFrame:
    """class, support, precision, recall, f1 of one layer's items, the commonest gold label first; labels only said come last."""
    found = by_class(confusion(items))
    return found.sort_values("support", ascending=False, kind="stable").reset_index(drop=True)


def mixed_rows(table: pd.DataFrame, split: str, task: str, probe: str, checkpoint: str) -> pd.DataFrame:
    """Micro F1 of the mixes up to each layer, over all seeds; empty where there are none."""
    own = matching(table[table["seed"].isna()], metric="micro_f1", split=split, task=task, probe=probe, checkpoint=checkpoint)
    return own[np.array([set(one) == {"mix"} for one in settings(own)], dtype=bool)].sort_values("layer")


def layer_rows(table: pd.DataFrame, metric: str, split: str, task: str, probe: str, checkpoint: str) -> pd.DataFrame:
    """Rows of a measure of one checkpoint, over all seeds, by layer."""
    rows = rows_over_seeds(table, metric, split, task, probe)
    return rows[rows["checkpoint"] == checkpoint].sort_values("layer")


def expected_layer_summary(rows: pd.DataFrame, notes: Sequence[str], checkpoint: str, task: str, split: str) -> str:
    """A sentence of plain text: the expected layer with its interval, or why there is none."""
    if rows.empty:
        return "There is no expected layer: it needs a mix of several layers."
    row = rows.iloc[0]
    if pd.notna(row["value"]):
        return f"Expected layer {row['value']:.2f} (95 % interval {row['lower']:.2f} to {row['upper']:.2f}) of the items scored."
    start = f"{checkpoint}, {task}, {split}: no expected layer, "
    reason = next((note.removeprefix(start) for note in notes if note.startswith(start)), "since what layers add is noise.")
    return f"No expected layer, {reason}"
