"""The choices at the top of Decodability and Trees: the runs with their rows, a task, a probe, a split."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from pages.shared import choices
from probing.analysis.rows import rows_over_seeds


class TaskView(NamedTuple):
    """`entries`: the checkpoints by name, as their runs record them."""

    root: Path
    records: list[dict[str, Any]]
    table: pd.DataFrame
    entries: dict[str, dict[str, Any]]
    task: str
    probe: str
    split: str

    @property
    def requested(self) -> list[str]:
        return [name for name, entry in self.entries.items() if entry["role"] == "asked"]

    @property
    def baselines(self) -> list[str]:
        return [name for name, entry in self.entries.items() if entry["role"] == "baseline"]

    @property
    def classes(self) -> list[str]:
        return next(task["classes"] for record in self.records for task in record["tasks"] if task["name"] == self.task)

    def number(self, metric: str, split: str) -> float | None:
        """A number that belongs to no layer, the same for all requested checkpoints; None where it was not measured."""
        rows = rows_over_seeds(self.table, metric, split, self.task, self.probe)
        rows = rows[(rows["layer"] == -1) & rows["checkpoint"].isin(self.requested)]
        return float(rows["value"].iloc[0]) if len(rows) else None


def choose_view(root: Path, records: list[dict[str, Any]], table: pd.DataFrame) -> TaskView:
    first, second, third = st.columns([2, 1, 2])
    task = choices.menu(first, "Task", choices.ordered_tasks(records), "task")
    families = list(dict.fromkeys(name for record in records for name in record["probes"]))
    probe = choices.menu(second, "Probe", families, "probe")
    splits = [split for split in dict.fromkeys(table["split"]) if split not in ("train", "dev")]
    split = choices.menu(third, "Scored on", splits, "split", help="The split of V-information, accuracy and examples.")
    return TaskView(root, records, table, choices.entries(records), task, probe, split)
