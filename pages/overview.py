"""Overview: all checkpoints and tasks of a corpus as small multiples, the largest changes from the base, and what is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import chart, choices, export, frame, names, results, sections, selection
from pages.shared.view import FirstStep, RunsView, choose_runs
from pages.shared.wording import escape, many
from probing import measures, probes
from probing.analysis import changes, differences
from probing.analysis.rows import rows_over_seeds
from probing.errors import BadInput
from probing.figures.overview import small_multiples
from probing.records import overview, stored
from probing.records.overview import Answer

PANELS, TOLD = 8, 8  # tasks at once, and changes in words
METRIC = "accuracy"  # of which items say whether a difference is significant


def metric_of(answer: Answer) -> str:
    """The first measure of the probe's kind."""
    return next(iter(measures.menu(probes.FAMILIES.get(answer.cell.probe).kind)))


@st.cache_data(max_entries=16, show_spinner="Reading the curves …")
def curves(root: Path, cells: tuple[str, ...], _answers: Sequence[Answer]) -> pd.DataFrame:  # noqa: ARG001
    """Task, checkpoint, layer, value, measure and split of each answer by layer; cached by the cells."""
    found = []
    for record, cell in _answers:
        table = results.table(root, record.run)
        table = table[table["checkpoint"] == cell.checkpoint]
        metric = metric_of(Answer(record, cell))
        splits = choices.scored(table["split"])
        if splits:
            rows = rows_over_seeds(table, metric, splits[0], cell.task, cell.probe)
            rows = rows[rows["layer"] >= 0][["layer", "value", "lower", "upper"]].astype({"layer": int})
            found.append(rows.assign(task=cell.task, checkpoint=cell.checkpoint, measure=metric, split=splits[0]))
    columns = ["task", "checkpoint", "layer", "value", "lower", "upper", "measure", "split"]
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


def take_click(corpus: str, base: str) -> None:
    """A click on a panel leads to its task on Layers."""
    event: Any = st.session_state.get("overview")
    points = event["selection"]["points"] if event else []
    if points and "customdata" in points[0]:
        del st.session_state["overview"]
        st.switch_page("pages/layers.py", query_params={"base": base, "corpus": corpus, "task": str(points[0]["customdata"][0])})


def panels(view: RunsView, table: pd.DataFrame, found: pd.DataFrame, called: dict[str, str], base: str) -> None:
    """The finding and the curves; below them a link to each task on Layers."""
    every = list(dict.fromkeys(table["task"]))
    order = [name for name in choices.ordered_tasks(view.records) if name in every]
    tasks = [*order, *(name for name in every if name not in order)]
    shown = tasks[choices.turn(view.more, len(tasks), "task", PANELS)] if len(tasks) > PANELS else tasks
    measure = {task: str(table.loc[table["task"] == task, "measure"].iloc[0]) for task in shown}
    titles = {task: task if measure[task] == METRIC else f"{task} ({measures.axis(measure[task])})" for task in shown}
    own = table.assign(checkpoint=table["checkpoint"].map(lambda name: called.get(name, name)))
    own = own[own["task"].isin(shown)]
    look = names.marks_as_shown(view.store)
    corpus = view.records[0].corpus.name
    chart.show(
        small_multiples(own, shown, list(dict.fromkeys(own["checkpoint"])), look, called.get(base, base), titles),
        f"overview-{corpus}",
        "overview",
        f"Accuracy by layer on {corpus}, or the measure in the title: a panel per task, a line per checkpoint. Click a panel to open its task.",
        chart.Help(
            "Each panel has its own scale. The thick line is the base. A line is the newest stored run of its checkpoint and task.",
            "Panels have different scales, so compare within a panel. Lines may be of runs under other settings: Layers says so.",
            dict.fromkeys(measure.values()),
        ),
        changes.headline(found, called.get(base, base), corpus),
        select=True,
    )
    with st.container(horizontal=True, gap="small"):
        for task in shown:
            query = {"base": base, "corpus": view.selection.corpus or "", "task": task}
            st.page_link("pages/layers.py", label=f"Open {task}", query_params=query)


def told(found: pd.DataFrame, base: str) -> None:
    """The largest changes in words, and all of them as a table."""
    sure = changes.largest(found)
    if sure.empty:
        st.caption(f"No significant change from {escape(base)}.")
    for row in sure.head(TOLD).to_dict("records"):
        st.markdown(f"- {escape(changes.sentence(row, base))}.")
    if len(sure) > TOLD:
        st.caption(f"And {many(len(sure) - TOLD, 'smaller change')}: see the table.")
    st.caption(
        "Per checkpoint and task the layer with the largest difference; intervals are paired by sentence where both answered the same items; "
        "significant at 5 % after Benjamini–Hochberg over all layers, tasks and checkpoints."
    )
    if len(found):
        export.numbers(found, "changes", "changes", "All differences from the base", "All differences")


def absent(answers: Sequence[Answer], corpus: str, called: dict[str, str]) -> None:
    """Checkpoints that lack a task of the corpus, each with a link to the run that fills it."""
    lacking = overview.missing(answers)
    if not lacking:
        st.caption("Nothing is missing: every checkpoint has every task of this corpus.")
    for one in lacking:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{escape(called.get(one.checkpoint, one.checkpoint))} lacks {escape(', '.join(one.tasks))}.", width="content"
            )
            if one.spec is not None:
                query: dict[str, Any] = {"checkpoint": [one.spec], "corpus": corpus, "task": list(one.tasks)}
                st.page_link("pages/new_run.py", label="Set up this run", icon=":material/play_circle:", query_params=query)


def main() -> None:
    frame.title("Overview", "All checkpoints and tasks of a corpus, and the largest changes from the base.")
    store = frame.store()
    records = stored.runs(store)
    view = choose_runs(
        store,
        records,
        "**No runs yet.** This page shows the curves of all checkpoints and tasks side by side, and the largest changes from the base.",
        FirstStep("Start with the example", page="pages/home.py"),
        FirstStep("Set up your own run", icon=":material/tune:"),
    )
    corpus = view.selection.corpus or ""
    base = selection.own_name(view.base)
    take_click(corpus, base)
    answers = overview.newest(records, corpus)
    cells = tuple(answer.cell.id for answer in answers)
    table = curves(store.root, cells, answers)
    if table.empty:
        st.caption("These runs have no measure by layer: choose another corpus above.")
        return
    called = names.nicknames(store)
    found = tested(store.root, cells, base, answers)
    found = found.assign(checkpoint=found["checkpoint"].map(lambda name: called.get(name, name)))
    panels(view, table, found, called, base)
    sections.show(
        {
            "Largest changes": lambda: told(found, called.get(base, base)),
            "What is missing": lambda: absent(answers, corpus, called),
        }
    )


with frame.forgiving():
    main()
