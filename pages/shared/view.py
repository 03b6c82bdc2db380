"""What the pages that explore stored runs show: the chosen runs with their rows, and of those a task, a probe and a split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from cache.store import Store
from pages.shared import choices, results
from pages.shared.results import ShownRun
from pages.shared.wording import escape
from probing.analysis.rows import rows_over_seeds
from probing.records.run import RecordedCheckpoint, RunRecord

SPLITS = {
    "test": "Held-out sentences; their words may be new to the probe.",
    "test_seen": "Held-out sentences with words of train only: the gap to test shows memorised words.",
}


class FirstStep(NamedTuple):
    """A link of an empty page: to the page that starts the run which would fill it."""

    label: str
    query: Mapping[str, Any] = {}
    page: str = "pages/new_run.py"
    icon: str = ":material/play_arrow:"


class RunsView(NamedTuple):
    """The chosen runs, under names of their own where their answers differ: their rows, and their checkpoints by name."""

    store: Store
    records: list[ShownRun]
    table: pd.DataFrame
    entries: dict[str, RecordedCheckpoint]

    @property
    def runs(self) -> tuple[str, ...]:
        """Their ids, by which what follows from their rows is cached."""
        return tuple(record.run for record in self.records)


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

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of the task and the probe, on every split."""
        return self.table[(self.table["task"] == self.task) & (self.table["probe"] == self.probe)]

    def number(self, metric: str, split: str) -> float | None:
        """A number that belongs to no layer, the same for all requested checkpoints; None where it was not measured."""
        rows = rows_over_seeds(self.table, metric, split, self.task, self.probe)
        rows = rows[(rows["layer"] == -1) & rows["checkpoint"].isin(self.requested)]
        return float(rows["value"].iloc[0]) if len(rows) else None

    def depths(self) -> dict[str, int] | None:
        """The layers of each checkpoint, where the charts show depth as layer / layers: a toggle where depths differ; None for layer numbers."""
        depths = {name: entry.layers for name, entry in self.entries.items()}
        if len({depths[name] for name in self.requested}) < 2:
            return None
        return depths if st.toggle("Depth as layer / layers", value=True, key="relative", bind="query-params") else None


def choose_runs(store: Store, records: list[RunRecord], nothing: str, *steps: FirstStep) -> RunsView:
    """The chosen ones of `records`, read. The page ends here without any: with `nothing`, which says what a run would show, and first `steps`."""
    if not records:
        with st.container(border=True):
            st.markdown(nothing)
            for step in steps:
                st.page_link(step.page, label=step.label, icon=step.icon, query_params=step.query or None)
        st.stop()
    chosen = choices.choose_runs(records)
    if not chosen:
        st.caption("No run is chosen: choose one above.")
        st.stop()
    choices.warn_of_corpora(chosen)
    shown = results.apart(chosen)
    return RunsView(store, shown, results.tables(store.root, shown), choices.entries(shown))


def choose_view(view: RunsView) -> TaskView:
    """A task, a probe family and a split that is scored, each bound to the URL."""
    first, second, third = st.columns([2, 1, 2])
    task = choices.menu(first, "Task", choices.ordered_tasks(view.records), "task")
    families = list(dict.fromkeys(name for record in view.records for name in record.probes))
    probe = choices.menu(second, "Probe", families, "probe")
    splits = choices.scored(view.table["split"])
    explained = " ".join(f"{escape(split)}: {SPLITS.get(split, '')}" for split in splits)
    split = choices.menu(
        third, "Scored on", splits, "split", help=f"The split of accuracy, V-information and examples. {explained}"
    )
    if "test_seen" in splits:
        third.caption(SPLITS.get(split) or escape(split))
    return TaskView(view.store.root, view.records, view.table, view.entries, task, probe, split)
