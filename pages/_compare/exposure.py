"""Exposed or learned, on Compare: V-information of fine-tuned checkpoints compared with that of their frozen base."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import chart, choices, curves, export, facts, frame, jobs, results
from pages.shared.results import ShownRun
from pages.shared.wording import escape, many
from probing.analysis import exposure as analysis
from probing.analysis.exposure import ExposureQuestion, FrozenBase
from probing.figures.exposure import exposure_chart
from probing.records.run import Lineage, RecordedCheckpoint


def show(root: Path, records: Sequence[ShownRun], table: pd.DataFrame, entries: dict[str, RecordedCheckpoint], base: str) -> None:
    """The chart, a verdict over all and one on each product; or why there is none."""
    own = {record.corpus.hash for record in records if base in record.shown.values()}
    near = {name for record in records if record.corpus.hash in own for name in record.shown.values()}
    products, others = analysis.products({name: entry for name, entry in entries.items() if name in near}, base, own)
    for note in others:
        st.caption(escape(note))
    if not products and not others:
        st.caption(
            f"No chosen run has a checkpoint that was fine-tuned from {escape(base)}: probe the base and a fine-tuned checkpoint in "
            "one run. Runs of earlier versions do not store how their checkpoints were made."
        )
        return
    if not products:
        return
    measured = table[(table["metric"] == "v_information") & (table["layer"] >= 0) & (table["checkpoint"] == base)]
    if measured.empty:
        st.caption(
            f"{many(len(products), 'checkpoint')} of these runs {'was' if len(products) == 1 else 'were'} fine-tuned from {escape(base)}, but "
            "V-information was not measured: it needs a task with labels, and a run that measures decodability."
        )
        question = jobs.question(records[0].spec) | {"measure": "decodability"}
        st.page_link("pages/new_run.py", label="Measure decodability", icon=":material/play_arrow:", query_params=question)
        return
    with frame.forgiving():
        answer(root, records, table, entries, base, products, choose(records, measured))


def choose(records: Sequence[ShownRun], measured: pd.DataFrame) -> ExposureQuestion:
    first, second, third = st.columns([2, 1, 2])
    tasks = [task for task in choices.ordered_tasks(records) if (measured["task"] == task).any()]
    task = choices.menu(first, "Task", tasks, "held")
    own = measured[measured["task"] == task]
    family = choices.menu(second, "Probe family", [*dict.fromkeys(own["probe"].astype(str))], "family")
    own = own[own["probe"] == family]
    return ExposureQuestion(task, family, choices.menu(third, "Scored on", choices.scored(own["split"]), "on"))


@st.cache_data(max_entries=32, show_spinner="Pairing items …")
def found(
    root: Path,
    runs: tuple[str, ...],  # noqa: ARG001
    question: ExposureQuestion,
    base: str,
    _view: tuple[Any, ...],
) -> tuple[FrozenBase, pd.DataFrame, list[str]]:
    """Cached by the runs' ids, the base's name and the question."""
    records, table, entries, products = _view
    own = curves.cells(records, question.task, question.probe)
    random_baseline = next((name for name, entry in entries.items() if base in entry.baseline_of and name != base), None)
    of = analysis.frozen(table, question, base, random_baseline)
    classes = next(task.classes for record in records for task in record.tasks if task.name == question.task)
    readings = curves.side_by_side(
        root, tuple(record.run for record in records), question.task, question.probe, len(classes), records
    )
    rows, notes = analysis.exposure(
        table, question, of, products, lambda name: results.items(root, own[name]) if name in own else None, readings
    )
    return of, rows, notes


def answer(
    root: Path,
    records: Sequence[ShownRun],
    table: pd.DataFrame,
    entries: dict[str, RecordedCheckpoint],
    base: str,
    products: dict[str, Lineage],
    question: ExposureQuestion,
) -> None:
    runs = tuple(record.run for record in records)
    of, rows, notes = found(root, runs, question, base, (records, table, entries, products))
    for note in notes:
        st.caption(escape(note))
    told = f"{analysis.summary(rows, of)}\n{analysis.base_summary(of, question)}"
    if rows.empty:
        st.markdown(escape(told))
        return
    title = f"exposure-{question.task}-{question.probe}"
    facts.remember(task=question.task, probe=question.probe, split=question.split)
    chart.show(
        exposure_chart(rows, of),
        title,
        "exposure",
        f"V-information on {question.task} of checkpoints tuned from {base}, each at its best layer on dev; grey: the frozen base.",
        chart.Help(
            "A point is a fine-tuned checkpoint. A line is a method (mean over seeds). Differences are paired by item, with a bootstrap over "
            f"sentences. Exposed: the interval excludes a gain of {analysis.MARGIN:.0%} of H(Y). Learned: the gain is larger, and its interval "
            "excludes 0.",
            "The base is read by this family of probes. With a stronger family, what seems learned may turn out exposed: choose another family. "
            "The intervals hold for these checkpoints, not for other seeds of fine-tuning.",
            ("v_information", "esc", "selectivity"),
            question.probe,
        ),
        told,
    )
    with st.expander("Verdict by checkpoint", icon=":material/gavel:", expanded=len(rows) <= 6):
        for row in rows.to_dict("records"):
            st.markdown(f"- {escape(analysis.product_summary(row, of))}")
        st.caption(
            "εSC is the number of train items with which a probe reaches the target loss. The target is the same for all: nine tenths of the "
            "V-information of the base's best layer on dev."
        )
    export.numbers(rows, title, "exposure-table", "Fine-tuned checkpoints compared with the frozen base")
