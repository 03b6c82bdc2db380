"""Scored items → confusion counts, and precision, recall and F1 of each class. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd


def confusion(items: pd.DataFrame) -> pd.DataFrame:
    """Counts, gold in rows and predicted in columns, both in the order of how often gold has them."""
    counts = pd.crosstab(items["gold"], items["predicted"])
    order = list(items["gold"].value_counts().index)
    order += [name for name in counts.columns if name not in order]
    return counts.reindex(index=order, columns=order, fill_value=0)


def by_class(counts: pd.DataFrame) -> pd.DataFrame:
    """class, support, precision, recall, f1 (fractions; null where nothing was predicted or is there)."""
    matrix = counts.to_numpy(float)
    right, gold, predicted = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = {"precision": right / predicted, "recall": right / gold, "f1": 2 * right / (gold + predicted)}
    return pd.DataFrame({"class": counts.index, "support": gold.astype(int), **shares})
