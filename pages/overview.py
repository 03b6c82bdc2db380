"""Overview: all checkpoints and tasks of a corpus as small multiples, the largest changes from the base, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.shared import choices, export, frame, multiples, names, sections, selection
from pages.shared.view import FirstStep, RunsView, choose_runs
from pages.shared.wording import escape, many
from probing.analysis import changes
from probing.records import overview, stored
from probing.records.overview import Answer

PANELS, TOLD = 8, 8  # tasks at once, and changes in words


def panels(view: RunsView, table: pd.DataFrame, found: pd.DataFrame, called: dict[str, str], base: str) -> None:
    """The finding and the curves; below them a link to each task on Layers."""
    every = list(dict.fromkeys(table["task"]))
    order = [name for name in choices.ordered_tasks(view.records) if name in every]
    tasks = [*order, *(name for name in every if name not in order)]
    shown = tasks[choices.turn(view.more, len(tasks), "task", PANELS)] if len(tasks) > PANELS else tasks
    multiples.draw(view.store, view.records[0].corpus.name, called.get(base, base), table, found, shown, called)
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
    multiples.take_click(corpus, base)
    answers = overview.newest(records, corpus)
    table = multiples.curves(store.root, overview.ids(answers), answers)
    if table.empty:
        st.caption("These runs have no measure by layer: choose another corpus above.")
        return
    called = names.nicknames(store)
    found = multiples.changes_as_shown(store, base, answers, called)
    panels(view, table, found, called, base)
    sections.show(
        {
            "Largest changes": lambda: told(found, called.get(base, base)),
            "What is missing": lambda: absent(answers, corpus, called),
        }
    )


with frame.forgiving():
    main()
