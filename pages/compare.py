"""Compare: differences between checkpoints in what probes read, in their layers and in their parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._compare import answers, exposure, flipped, pair, seed_noise
from pages._compare.answers import DifferenceQuestion
from pages.shared import chart, choices, frame, jobs, sections
from pages.shared.results import ShownRun
from pages.shared.view import FirstStep, RunsView, choose_runs
from pages.shared.wording import escape
from probing import checkpoints
from probing.analysis import differences
from probing.figures.difference_panels import difference_panels, outlying
from probing.figures.marks import marks
from probing.records import stored

COLUMNS = 6  # tasks side by side


def picture(question: DifferenceQuestion) -> dict[str, pd.DataFrame]:
    """The chart of all compared checkpoints with a sentence on each. Returns their differences from the base by name."""
    view = question.view
    found: dict[str, pd.DataFrame] = {}
    told = []
    for name in view.compared or question.baselines:
        with frame.forgiving():
            rows = question.differences(name)
            if len(rows):
                found[name] = rows
                told.append(differences.headline(rows, view.base, name, question.metric))
    if not found:
        st.caption("No task was measured for the base and a second checkpoint in this way: choose another checkpoint or measure.")
        return found
    tasks = differences.shown_tasks([*found.values()], question.tasks, view.selection.task, COLUMNS)
    every = {task for rows in found.values() for task in rows["task"]}
    some = f" {len(tasks)} of {len(every)} tasks, those with the largest differences." if len(tasks) < len(every) else ""
    own = f" {', '.join(outlying(found))}: on a scale of its own." if outlying(found) else ""
    chart.show(
        difference_panels(found, tasks, marks([view.base, *view.compared], question.baselines, view.look), question.unit),
        f"differences-{question.metric}-{question.split}",
        "differences",
        f"{question.label} minus that of {view.base} by layer, {question.unit}, with 95 % intervals; pale points are not significant.{some}{own} "
        "Click a point to see the items that flipped.",
        answers.about(question),
        "\n".join(told),
        select=True,
    )
    return found


def pooling(records: Sequence[ShownRun], where: DeltaGenerator) -> None:
    """Shows the pooling, and links to the same runs with mean pooling, under which fine-tuned and pretrained checkpoints compare fairly."""
    poolings = {record.run: record.spec.pooling for record in records}
    kinds = list(dict.fromkeys(poolings.values()))
    where.caption(f"Pooling of these runs: {', '.join(kinds)}.")
    for record in records:
        if poolings[record.run] != "mean":
            where.page_link(
                "pages/new_run.py", label=f"Run {record.run[:6]} again with mean pooling", icon=":material/compress:",
                query_params=jobs.question(record.spec) | {"pooling": "mean"},
            )  # fmt: skip


def first_step() -> FirstStep:
    """The run that fills the page, of checkpoints that are installed: a parent and its child, else one and its random weights."""
    here = [known for known in checkpoints.CHECKPOINTS if known.installed]
    names = [known.card.name for known in here]
    family = next(([known.parent, known.card.name] for known in here if known.parent in names), None)
    if family is not None:
        return FirstStep("Run a parent and its child", {"checkpoint": family, "max_train": "1000"})
    if len(names) > 1:
        return FirstStep("Run two checkpoints", {"checkpoint": names[:2], "max_train": "1000"})
    if names:
        return FirstStep("Run a checkpoint beside its random weights", {"checkpoint": names, "max_train": "1000"})
    return FirstStep("Set up a run", icon=":material/tune:")


def main() -> None:
    frame.title(
        "Compare", "Differences between base, fine-tuned, distilled and random checkpoints: probe results, layers and parameters."
    )
    store = frame.store()
    records = stored.runs(store)
    flipped.take_click(choices.ordered_tasks(records))
    view = choose_runs(
        store,
        records,
        "**No runs yet.** Run the same tasks on two checkpoints, for example a parent and its child. This page then shows at "
        "which layers they differ, and which differences are significant.",
        first_step(),
    )
    base, against = view.base, view.compared
    if not against:
        st.caption(f"Nothing is compared with {escape(base)} but its random baseline: choose a checkpoint above.")
    pooling(view.records, view.more)
    top, controls = st.container(), st.container()
    with controls:
        question = answers.choose(view)
    found: dict[str, pd.DataFrame] = {}
    with top:
        if question is None:
            st.caption("These runs have no measure that can be compared here: choose runs with tasks of labels or trees.")
        else:
            found = picture(question)
    sections.show(offered(view, question, found))
    choices.show_notes(view.records)


def offered(view: RunsView, question: DifferenceQuestion | None, found: dict[str, pd.DataFrame]) -> dict[str, Callable[[], None]]:
    """The further sections: only the open one is computed."""
    parts: dict[str, Callable[[], None]] = {}
    if question is not None:
        parts = {flipped.TITLE: lambda: flipped.show(question, found), "All tasks": lambda: answers.every_task(question)}
        if answers.others(question):
            parts["Other text"] = lambda: answers.other_text(question)
    parts["Exposed or learned"] = lambda: exposure.show(view.store.root, view.records, view.table, view.entries, view.base)
    if question is not None and (split := question.scored) and seed_noise.groups(view.entries):
        # A measure that is not counted from items has no seed noise of its own.
        metric = question.metric if question.metric in differences.RATIOS else "accuracy"
        parts["Seed noise"] = lambda: seed_noise.show(view.store.root, view.records, view.entries, metric, question.probe, split)
    for title, part in pair.PARTS.items():
        parts[title] = lambda part=part: pair.show(view.store, view.records, view.entries, view.base, view.compared, part)  # type: ignore[misc]
    return parts


with frame.forgiving():
    main()
