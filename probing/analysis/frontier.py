"""Tidy rows of probes at each complexity, with the frontier that they reach. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from probing.analysis.rows import matching, settings
from probing.measures.frontier import frontier

COMPLEXITIES = ("nuclear_norm", "rank", "width")


def points(table: pd.DataFrame, task: str, probe: str, metric: str) -> pd.DataFrame:
    """Rows of `metric` at each complexity, with `kind` (one of COMPLEXITIES), `complexity` and `labels`; empty where none was swept."""
    rows = matching(table[table["layer"] >= 0], split="dev", metric=metric, task=task, probe=probe)
    found = settings(rows)
    kinds = [next((name for name in COMPLEXITIES if name in one), None) for one in found]
    rows = rows.assign(
        kind=pd.Series(kinds, rows.index, dtype=object),
        complexity=[float(one[kind]) if kind else np.nan for one, kind in zip(found, kinds, strict=True)],
        labels=[one.get("labels", "task") for one in found],
    )
    return rows[rows["kind"].notna()].astype({"checkpoint": str}).sort_values("complexity", ignore_index=True)


def with_frontier(rows: pd.DataFrame, trivial: Mapping[str, float]) -> pd.DataFrame:
    """`rows` of `points` with `frontier`: the best of at most that complexity, of each checkpoint, layer and labels, and never below `trivial`:
    what is read without any vector, by labels (the majority, or 0 bits)."""
    found = rows.assign(frontier=np.nan)
    for (_, _, labels), own in rows.groupby(["checkpoint", "layer", "labels"], observed=True):
        least = trivial.get(str(labels), 0.0)
        best = frontier(own["complexity"].to_numpy(float), own["value"].to_numpy(float) - least) + least
        found.loc[own.index, "frontier"] = best
    return found
