"""A measure by task and layer, the trivial baseline of each task, and the mean layer above it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from probing.analysis.rows import rows_over_seeds
from probing.measures import MEASURES


def grid(
    table: pd.DataFrame, metric: str, split: str, tasks: Sequence[str], probe: str, checkpoint: str, layers: Sequence[int]
) -> np.ndarray:
    """[tasks, layers] of one checkpoint's values; NaN where the measure is not there."""
    values = np.full((len(tasks), len(layers)), np.nan)
    for row, task in enumerate(tasks):
        found = rows_over_seeds(table, metric, split, task, probe)
        own = found[found["checkpoint"] == checkpoint].set_index("layer")["value"]
        values[row] = own.reindex(list(layers)).to_numpy(float)
    return values


def trivial_baselines(
    table: pd.DataFrame, metric: str, split: str, tasks: Sequence[str], probe: str, checkpoint: str
) -> np.ndarray:
    """[tasks]: what each task gives away without any vector; 0 for measures that begin there, NaN where none is known."""
    if MEASURES.get(metric).zero:
        return np.zeros(len(tasks))
    if metric not in ("accuracy", "micro_f1"):
        return np.full(len(tasks), np.nan)
    found = []
    for task in tasks:
        rows = rows_over_seeds(table, "majority", split, task, probe)
        own = rows.loc[rows["checkpoint"] == checkpoint, "value"]
        found.append(float(own.iloc[0]) if len(own) else np.nan)
    return np.array(found)


def within_rows(values: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """[tasks, layers]: each row between its own floor (0) and its highest value (1); the floor is its `baseline` [tasks], or its lowest value
    where that is unknown or lies above."""
    known = np.isfinite(values).any(1)
    low, high = (np.full(len(values), np.nan) for _ in range(2))
    low[known], high[known] = np.nanmin(values[known], axis=1), np.nanmax(values[known], axis=1)
    low = np.fmin(low, baseline)
    span = np.where(high > low, high - low, 1.0)
    return np.asarray((values - low[:, None]) / span[:, None])


def centres(values: np.ndarray, baseline: np.ndarray, layers: Sequence[int]) -> np.ndarray:
    """[tasks]: the mean layer, each weighted by how far its value lies above the task's `baseline` [tasks]; NaN where none does.

    `values` [tasks, layers]; a layer without a value, or below the baseline, weighs nothing. Tenney et al. 2019 weigh layers by what a
    trained mix gives them: that is the edge probe's `centre_of_gravity`.
    """
    gain = np.nan_to_num(np.maximum(values - baseline[:, None], 0.0))
    total = gain.sum(1)
    return np.divide(gain @ np.asarray(layers, dtype=float), total, out=np.full(len(values), np.nan), where=total > 0)
