"""What the pages that explore stored runs show: the chosen runs with their rows, and of those a task, a probe and a split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cache.store import Store
from pages.shared import bundles, choices, facts, jobs, names, results, selection
from pages.shared.results import ShownRun
from pages.shared.wording import escape
from probing.analysis.rows import LayerQuestion, matching, rows_over_seeds
from probing.bundles.example import TITLE
from probing.figures.marks import Mark
from probing.records.run import RecordedCheckpoint, RunRecord
from probing.records.selection import Selection, random_baselines

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
    selection: Selection
    more: DeltaGenerator  # the popover at the end of the bar

    @property
    def base(self) -> str:
        """The checkpoint that the others are compared with."""
        return self.selection.base or ""

    @property
    def compared(self) -> list[str]:
        return list(self.selection.compared or ())

    @property
    def chosen(self) -> dict[str, RecordedCheckpoint]:
        """The base, what is compared with it, and the random baselines that their runs added."""
        names = [self.base, *self.compared]
        found = [*names, *(name for name in random_baselines(self.entries.values(), names) if name not in names)]
        return {name: self.entries[name] for name in found}

    @property
    def look(self) -> dict[str, Mark]:
        """The mark of each checkpoint, the same on every chart of every page."""
        return names.looks(self.store.root, self.records)

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
    selection: Selection

    @property
    def requested(self) -> list[str]:
        """The base and what is compared with it."""
        return [self.selection.base or "", *(self.selection.compared or ())]

    @property
    def baselines(self) -> list[str]:
        return [name for name in self.entries if name not in self.requested]

    @property
    def look(self) -> dict[str, Mark]:
        """The mark of each checkpoint, the same on every chart of every page."""
        return names.looks(self.root, self.records)

    @property
    def classes(self) -> list[str]:
        return next(list(task.classes) for record in self.records for task in record.tasks if task.name == self.task)

    @property
    def rows(self) -> pd.DataFrame:
        """The rows of the task and the probe, on every split."""
        return matching(self.table, task=self.task, probe=self.probe)

    def question(self, metric: str, split: str | None = None) -> LayerQuestion:
        """The measure of the task and the probe, on the split that is shown or on another."""
        return LayerQuestion(self.table, metric, split or self.split, self.task, self.probe)

    def number(self, metric: str, split: str) -> float | None:
        """A number that belongs to no layer, the same for all requested checkpoints; None where it was not measured."""
        rows = rows_over_seeds(*self.question(metric, split))
        rows = rows[(rows["layer"] == -1) & rows["checkpoint"].isin(self.requested)]
        return float(rows["value"].iloc[0]) if len(rows) else None

    def depths(self) -> dict[str, int] | None:
        """The layers of each checkpoint, where layers stand at their share of the depth: a toggle where depths differ; None for layer numbers."""
        depths = {name: entry.layers for name, entry in self.entries.items()}
        if len({depths[name] for name in self.requested}) < 2:
            return None
        told = "A layer stands at its share of its checkpoint's depth, so that first and last layers meet. Off: at its number."
        return depths if st.toggle("Align by depth", value=True, key="relative", bind="query-params", help=told) else None


def choose_runs(store: Store, records: list[RunRecord], nothing: str, *steps: FirstStep) -> RunsView:
    """The chosen ones of `records`, read. The page ends here while a run that the address names is in progress, and draws what it has found;
    and without any: with `nothing`, which says what a run would show, and first `steps`."""
    if jobs.watch(store, {record.run for record in records}):
        st.stop()
    if not records:
        with st.container(border=True):
            st.markdown(nothing)
            for step in steps:
                st.page_link(step.page, label=step.label, icon=step.icon, query_params=step.query or None)
        if waiting := store.jobs.live():  # what is asked may be on its way
            st.header("Running jobs", anchor=False)
            jobs.live_jobs(waiting, store, "waiting")
        st.stop()
    found, more = selection.choose(store, records)
    if any(store.is_below(record.run) for record in found.records):
        st.caption(f"{TITLE}, which comes with Strata: hide it on the page Store.")
    with more:
        bundles.share(store, [record.run for record in found.records], "shared", "share")
    choices.warn_of_corpora(found.records)
    shown = list(found.records)
    facts.remember_runs(shown, [found.selection.base or "", *(found.selection.compared or ())], names.full())
    return RunsView(store, shown, results.tables(store.root, shown), choices.entries(shown), found.selection, more)


def choose_view(view: RunsView) -> TaskView:
    """The task of the selection, with a probe family and a split that is scored, each bound to the URL."""
    task = view.selection.task or ""
    families = list(dict.fromkeys(cell.probe for record in view.records for cell in record.cells if cell.task == task))
    probe = choices.menu(view.more, "Probe", families, "probe")
    splits = choices.scored(view.table["split"])
    explained = " ".join(f"{escape(split)}: {SPLITS.get(split, '')}" for split in splits)
    split = choices.menu(
        view.more, "Scored on", splits, "split", help=f"The split of accuracy, V-information and examples. {explained}"
    )
    if "test_seen" in splits:
        view.more.caption(SPLITS.get(split) or escape(split))
    facts.remember(task=task, probe=probe, split=split, n=_items(view.table, task, probe, split))
    return TaskView(view.store.root, view.records, view.table, view.chosen, task, probe, split, view.selection)


def _items(table: pd.DataFrame, task: str, probe: str, split: str) -> str | None:
    """How many items the scores are of, where rows say it: the most that a layer has."""
    n = matching(table, task=task, probe=probe, split=split)["n"].max()
    return None if pd.isna(n) else f"{int(n):,}"
