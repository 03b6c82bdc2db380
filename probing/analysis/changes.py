"""The largest differences of checkpoints from their base over all tasks, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from probing.analysis.differences import COLUMNS, LEVEL, place, together


def tested(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows of `differences.differences` of each checkpoint by name, with its name in `checkpoint`, adjusted over all of them together."""
    found = [frame.assign(checkpoint=name) for name, frame in frames.items() if len(frame)]
    return together(found) if found else pd.DataFrame(columns=[*COLUMNS, "checkpoint"])


def largest(found: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of `tested` those that are significant: for each checkpoint and task the layer that differs most, largest first."""
    sure = found[found["adjusted"] <= LEVEL]
    sure = sure.assign(size=sure["difference"].abs()).sort_values("size", ascending=False, kind="stable")
    return sure.drop_duplicates(["checkpoint", "task"]).drop(columns="size").reset_index(drop=True)


def sentence(row: Mapping[Any, Any], base: str) -> str:
    """One row of `largest` in words; of accuracy."""
    points = [f"{100 * float(row[name]):+.1f}" for name in ("difference", "lower", "upper")]
    return (
        f"{row['checkpoint']} reads {row['task']} {'better' if float(points[0]) > 0 else 'worse'} than {base} at {place(row, base)}: "
        f"{points[0]} points of accuracy [{points[1]}, {points[2]}]"
    )


def headline(found: pd.DataFrame, base: str, corpus: str) -> str:
    """The finding above all curves. `found` are the rows of `tested`."""
    if not found["adjusted"].notna().any():
        return f"Nothing can be tested against {base} on {corpus}: probe a second checkpoint on the same tasks."
    sure = largest(found)
    if sure.empty:
        return f"No checkpoint differs significantly from {base} on {corpus} (5 % after Benjamini–Hochberg)."
    return f"Largest change: {sentence(sure.iloc[0].to_dict(), base)}."
