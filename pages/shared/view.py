"""The choices at the top of Decodability and Trees: the runs with their rows, a task, a probe, a split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import streamlit as st

from pages.shared import choices
from pages.shared.results import ShownRun
from probing.analysis.rows import rows_over_seeds
from probing.records.run import RecordedCheckpoint


class TaskView(NamedTuple):
    """`entries`: the checkpoints by name, as their runs record them."""

    root: Path
    records: Sequence[ShownRun]
    table: pd.DataFrame
    entries: dict[str, RecordedCheckpoint]
    task: str
    probe: str
    split: str

    @property
    def requested(self) -> list[str]:
        return [name for name, entry in self.entries.items() if entry.requested]

    @property
    def baselines(self) -> list[str]:
        return [name for name, entry in self.entries.items() if not entry.requested]

    @property
    def classes(self) -> list[str]:
        return next(list(task.classes) for record in self.records for task in record.tasks if task.name == self.task)

    def number(self, metric: str, split: str) -> float | None:
        """A number that belongs to no layer, the same for all requested checkpoints; None where it was not measured."""
        rows = rows_over_seeds(self.table, metric, split, self.task, self.probe)
        rows = rows[(rows["layer"] == -1) & rows["checkpoint"].isin(self.requested)]
        return float(rows["value"].iloc[0]) if len(rows) else None


def choose_view(root: Path, records: Sequence[ShownRun], table: pd.DataFrame) -> TaskView:
    first, second, third = st.columns([2, 1, 2])
    task = choices.menu(first, "Task", choices.ordered_tasks(records), "task")
    families = list(dict.fromkeys(name for record in records for name in record.probes))
    probe = choices.menu(second, "Probe", families, "probe")
    splits = [split for split in dict.fromkeys(table["split"]) if split not in ("train", "dev")]
    split = choices.menu(third, "Scored on", splits, "split", help="The split of V-information, accuracy and examples.")
    return TaskView(root, records, table, choices.entries(records), task, probe, split)
