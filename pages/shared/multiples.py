"""Small multiples of all checkpoints and tasks of a corpus, and what differs from a base: read, tested and drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from cache.store import Store
from pages.shared import chart, choices, facts, frame, names, results
from probing import measures, probes
from probing.analysis import changes, differences
from probing.analysis.rows import rows_over_seeds
from probing.errors import BadInput
from probing.figures.overview import other_depths, small_multiples
from probing.records.overview import Answer, ids

METRIC = "accuracy"  # of which items say whether a difference is significant


def metric_of(answer: Answer) -> str:
    """The first measure of the probe's kind."""
    return next(iter(measures.menu(probes.FAMILIES.get(answer.cell.probe).kind)))


@st.cache_data(max_entries=16, show_spinner="Reading the curves …")
def curves(root: Path, cells: tuple[str, ...], _answers: Sequence[Answer]) -> pd.DataFrame:  # noqa: ARG001
    """Task, checkpoint, layer, value, measure and split of each answer by layer, and the depth of its checkpoint; cached by the cells."""
    found = []
    for record, cell in _answers:
        table = results.table(root, record.run)
        table = table[table["checkpoint"] == cell.checkpoint]
        metric = metric_of(Answer(record, cell))
        splits = choices.scored(table["split"])
        if splits:
            rows = rows_over_seeds(table, metric, splits[0], cell.task, cell.probe)
            rows = rows[rows["layer"] >= 0][["layer", "value", "lower", "upper"]].astype({"layer": int})
            depth = next(entry.layers for entry in record.checkpoints if entry.name == cell.checkpoint)
            found.append(rows.assign(task=cell.task, checkpoint=cell.checkpoint, measure=metric, split=splits[0], depth=depth))
    columns = ["task", "checkpoint", "layer", "value", "lower", "upper", "measure", "split", "depth"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


@st.cache_data(max_entries=16, show_spinner="Pairing items …")
def tested(root: Path, cells: tuple[str, ...], base: str, _answers: Sequence[Answer]) -> pd.DataFrame:  # noqa: ARG001
    """The differences of all checkpoints from the base, adjusted together; cached by the cells. Of tasks that the two answered on other items
    there is no row."""
    by_place = {(answer.cell.checkpoint, answer.cell.task): answer for answer in _answers if metric_of(answer) == METRIC}
    frames: dict[str, list[pd.DataFrame]] = {}
    for (name, task), answer in by_place.items():
        own = by_place.get((base, task))
        if name == base or own is None or own.cell.probe != answer.cell.probe:
            continue
        table = pd.concat(
            [
                part[(part["checkpoint"] == one.cell.checkpoint) & (part["task"] == task)]
                for one in (own, answer)
                for part in [results.table(root, one.record.run)]
            ],
            ignore_index=True,
        )
        splits = choices.scored(table["split"])
        sides = [
            differences.ComparedCheckpoint(
                one.cell.checkpoint,
                next(entry.layers for entry in one.record.checkpoints if entry.name == one.cell.checkpoint),
                results.items(root, one.cell.id),
            )
            for one in (own, answer)
        ]
        with contextlib.suppress(BadInput):  # Compare says why two cannot be paired
            frames.setdefault(name, []).append(
                differences.differences(table, METRIC, splits[0], task, answer.cell.probe, sides[0], sides[1])
            )
    return changes.tested({name: pd.concat(every, ignore_index=True) for name, every in frames.items()})


def changes_as_shown(store: Store, base: str, answers: Sequence[Answer], called: Mapping[str, str]) -> pd.DataFrame:
    """`tested` with the names that are shown."""
    found = tested(store.root, ids(answers), base, answers)
    return found.assign(checkpoint=found["checkpoint"].map(lambda name: called.get(name, name)))


def draw(
    store: Store,
    corpus: str,
    base: str,
    table: pd.DataFrame,
    found: pd.DataFrame,
    tasks: Sequence[str],
    called: Mapping[str, str],
) -> None:
    """The finding and the curves of some tasks. `base` and `found` have the names that are shown, `called` has them by the checkpoints' own."""
    measure = {task: str(table.loc[table["task"] == task, "measure"].iloc[0]) for task in tasks}
    titles = {task: task if measure[task] == METRIC else f"{task} ({measures.axis(measure[task])})" for task in tasks}
    own = table[table["task"].isin(tasks)]
    own = own.assign(checkpoint=own["checkpoint"].map(lambda name: called.get(name, name)))
    look = names.marks_as_shown(store)
    own_names = {called.get(name, name): name for name in dict.fromkeys(table["checkpoint"])}
    facts.remember(
        checkpoints=facts.in_full(dict.fromkeys(own["checkpoint"]), own_names),
        corpus=corpus,
        split=", ".join(dict.fromkeys(own["split"])),
        interval=None,  # the panels draw none
    )
    chart.show(
        small_multiples(own, tasks, list(dict.fromkeys(own["checkpoint"])), look, base, titles),
        f"overview-{corpus}",
        "overview",
        f"Accuracy by layer on {corpus}, or the measure in the title: a panel per task, a line per checkpoint."
        f"{other_depths(own, base)} Click a panel to open its task.",
        chart.Help(
            "Each panel has its own scale. The thick line is the base. A line is the newest stored run of its checkpoint and task.",
            "Panels have different scales, so compare within a panel. Lines may be of runs under other settings: Layers says so.",
            dict.fromkeys(measure.values()),
        ),
        changes.headline(found, base, corpus),
        select=True,
    )


def take_click(corpus: str, base: str) -> None:
    """A click on a panel leads to its task on Layers."""
    event: Any = st.session_state.get("overview")
    points = event["selection"]["points"] if event else []
    if points and "customdata" in points[0]:
        del st.session_state["overview"]
        frame.open_page("pages/layers.py", {"base": base, "corpus": corpus, "task": str(points[0]["customdata"][0])})
