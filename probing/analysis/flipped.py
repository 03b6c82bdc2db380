"""Items whose predicted label differs between two checkpoints, and which of the two is right. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from probing.analysis.differences import PLACES

GAINED, LOST, OTHER = "gained", "lost", "another wrong label"


def flipped(first: pd.DataFrame, second: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """From the items of two checkpoints, each of one layer, split and seed: those that both answered, with another label.

    A row has the place of the item, `gold`, `first` and `second` (the predicted labels) and `kind`: gained where only the second is right, lost
    where only the first is. Also returns how many items both answered with the same gold label.
    """
    keys = [column for column in PLACES if column in first and column in second]
    both = first[[*keys, "gold", "predicted"]].merge(
        second[[*keys, "gold", "predicted"]], on=[*keys, "gold"], suffixes=("", "_second")
    )
    changed = both[both["predicted"] != both["predicted_second"]]
    kind = np.where(
        changed["predicted_second"] == changed["gold"], GAINED, np.where(changed["predicted"] == changed["gold"], LOST, OTHER)
    )
    rows = changed.rename(columns={"predicted": "first", "predicted_second": "second"}).assign(kind=kind)
    return rows.reset_index(drop=True), len(both)


def summary(rows: pd.DataFrame, items: int, first: str, second: str) -> str:
    """How many items flipped, and in which direction."""
    if rows.empty:
        return f"{first} and {second} give every one of {items:,} items the same label."
    counts = rows["kind"].value_counts()
    parts = [f"{int(counts.get(GAINED, 0)):,} are right only with {second}", f"{int(counts.get(LOST, 0)):,} only with {first}"]
    parts.append(f"{int(counts.get(OTHER, 0)):,} are wrong with both")
    return f"{len(rows):,} of {items:,} items get another label: {', '.join(parts)}."
