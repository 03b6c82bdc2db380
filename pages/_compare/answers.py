"""Differences in what probes read, on Compare: of every checkpoint and the base, over all tasks, on the text shown or on another."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from pages._compare import texts
from pages.shared import chart, choices, curves, export, facts, frame, results
from pages.shared.view import RunsView
from pages.shared.wording import escape
from probing import measures
from probing.analysis import differences, domains
from probing.figures.comparison_maps import difference_map
from probing.records.run import RunRecord


@st.cache_data(max_entries=32, show_spinner="Pairing items …")
def frames(
    root: Path,
    runs: tuple[str, ...],  # noqa: ARG001
    metric: str,
    split: str,
    probe: str,
    base: str,
    other: str,
    _view: tuple[Any, ...],
) -> pd.DataFrame:
    """The differences of every task, adjusted over all of them; cached by the runs' ids and the names shown."""
    records, table, entries, tasks = _view
    cells = {(cell.checkpoint, cell.task): cell.id for record in records for cell in record.cells if cell.probe == probe}
    found = []
    for task in tasks:
        if (base, task) not in cells or (other, task) not in cells:
            continue
        sides = []
        for name in (base, other):
            items = results.items(root, cells[name, task]) if metric in differences.RATIOS else None
            replicates = curves.stored(root, cells[name, task]) if metric in differences.REPLICATED else {}
            sides.append(differences.ComparedCheckpoint(name, entries[name].layers, items, replicates))
        found.append(differences.differences(table, metric, split, task, probe, *sides))
    return differences.together(found)


class DifferenceQuestion(NamedTuple):
    """What is compared: a measure of a probe family on a split, of all `tasks` that have it."""

    view: RunsView
    metric: str
    probe: str
    split: str
    tasks: list[str]

    @property
    def label(self) -> str:
        return measures.menu("compare")[self.metric]

    @property
    def unit(self) -> str:
        return measures.MEASURES.get(self.metric).difference

    @property
    def scored(self) -> str | None:
        """The split whose items are looked at, where the measure is of train or dev itself."""
        own = self.view.table
        splits = choices.scored(own.loc[(own["metric"] == "accuracy") & (own["probe"] == self.probe), "split"])
        return self.split if self.split in splits else splits[0] if splits else None

    @property
    def baselines(self) -> list[str]:
        """Random weights of the base."""
        base = self.view.base
        return [name for name, entry in self.view.entries.items() if base in entry.baseline_of and name != base]

    def differences(self, other: str, base: str | None = None, split: str | None = None) -> pd.DataFrame:
        """Of one checkpoint and the base. Raises BadInput where they do not compare."""
        view = self.view
        parts = (view.records, view.table, view.entries, self.tasks)
        return frames(view.store.root, view.runs, self.metric, split or self.split, self.probe, base or view.base, other, parts)


def choose(view: RunsView) -> DifferenceQuestion | None:
    """The measure, the probe and the split; None where nothing that can be compared was measured."""
    records: list[RunRecord] = [*view.records]
    offered = measures.menu("compare")
    here = [name for name in offered if (view.table["metric"] == name).any()]
    if not here:
        return None
    metric = choices.choose_measure("Measure", offered, here, "by")
    own = view.table[view.table["metric"] == metric]
    probe = choices.menu(view.more, "Probe", [p for p in dict.fromkeys(own["probe"]) if pd.notna(p)], "probe")
    # Codelengths and εSC are of train and dev.
    splits = choices.scored(own.loc[own["probe"] == probe, "split"])
    split = choices.menu(view.more, "Scored on", splits or list(dict.fromkeys(own["split"])), "split")
    tasks = [task for task in choices.ordered_tasks(records) if (own["task"] == task).any()]
    facts.remember(probe=probe, split=split)
    return DifferenceQuestion(view, metric, probe, split, tasks)


def every_task(question: DifferenceQuestion) -> None:
    """The map of one checkpoint over all tasks, with its table."""
    first, _ = st.columns([2, 3])
    names = [*question.view.compared, *question.baselines]
    if not names:
        st.caption("There is no second checkpoint to compare with: choose one above.")
        return
    name = choices.menu(first, "Checkpoint", names, choices.SECOND)
    with frame.forgiving():
        _map(question, question.differences(name), question.view.base, name)


def other_text(question: DifferenceQuestion) -> None:
    """Maps of the text shown and of another beside each other, and in how many cells they differ."""
    view = question.view
    offered = {text.title: text for text in others(question)}
    beside = offered[choices.menu(st.columns([2, 3])[0], "Compare with the text", list(offered), "beside")]
    for name in [*view.compared, *question.baselines]:
        with frame.forgiving():
            found = question.differences(name)
            named = beside.names(view.records, view.entries, view.base, name)
            again = question.differences(named[1], named[0], beside.split) if named else None
            if found.empty or again is None or again.empty:
                st.caption(f"{escape(name)}: no task was measured for both checkpoints on both texts.")
                continue
            most = differences.largest([found, again])
            here, there = st.columns(2)
            with here:
                st.caption(f"On {escape(question.split)}")
                _map(question, found, view.base, name, most)
            assert named is not None, "there is an answer"
            with there:
                st.caption(f"On {escape(beside.title)}")
                _map(question, again, named[0], named[1], most, beside.title)
            scale = 100.0 if question.unit == "points" else 1.0
            apart = domains.apart(found, again)
            st.markdown(escape(domains.summary(apart, question.split, beside.title, scale, question.unit)))


def others(question: DifferenceQuestion) -> list[texts.OtherText]:
    """Splits and corpora on which the same checkpoints were probed too."""
    view = question.view
    own = view.table[(view.table["metric"] == question.metric) & (view.table["probe"] == question.probe)]
    return texts.others(view.records, view.base, question.split, choices.scored(own["split"]))


def _map(question: DifferenceQuestion, found: pd.DataFrame, base: str, name: str, most: float = 0.0, where: str = "") -> None:
    """One map with its sentence and its table; its colours end at `most` or beyond; `where` names the text if it is another."""
    if found.empty:
        st.caption("No task was measured for both checkpoints in this way.")
        return
    shown = [task for task in question.tasks if (found["task"] == task).any()]
    title = f"difference-{question.metric}-{name}" + (f"-{where}" if where else "")
    chart.show(
        difference_map(found, shown, question.label, question.unit, most),
        title,
        f"map-{name}{where}",
        f"{question.label} of {name} minus {base} by layer and task; pale cells are not significant.",
        about(question),
        differences.summary(found, base, name, question.metric),
    )
    export.numbers(found, title, f"table-{name}{where}", "The differences behind the map")


def about(question: DifferenceQuestion) -> chart.Help:
    """How differences are read."""
    return chart.Help(
        f"{question.label} of the checkpoint minus that of the base at the same layer (at the same relative depth where the depths differ). "
        f"Above 0: {measures.MEASURES.get(question.metric).higher}. Pale: not significant at 5 % after Benjamini–Hochberg over all layers and "
        "tasks of the checkpoint. Bands are 95 % intervals. A checkpoint or task far beyond the others does not stretch the common scale.",
        "A difference that is not significant may still exist: read the smallest detectable difference. A significant difference means that a probe "
        "reads the task more easily, not that the model uses it. Compare a fine-tuned model with its parent under the same pooling.",
        [question.metric],
        question.probe,
    )
