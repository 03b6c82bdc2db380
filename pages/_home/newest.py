"""What a store with runs shows first on Home: the newest curves, and its newest answers as cards."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cache.store import Store
from pages.shared import choices, frame, jobs, multiples, names, results
from pages.shared.wording import ago, escape, many
from probing.analysis.rows import rows_over_seeds
from probing.bundles.example import TITLE
from probing.figures.marks import BASELINE
from probing.figures.sparkline import sparkline
from probing.records import overview
from probing.records.names import renamed
from probing.records.overview import Answer
from probing.records.run import RunRecord

TASKS, CARDS, ACROSS = 4, 6, 3


def curves(store: Store, runs: Sequence[RunRecord]) -> None:
    """All checkpoints of the newest run's corpus, beside that run's first one; nothing where no measure is by layer."""
    corpus = runs[0].corpus
    base = next(entry.name for entry in runs[0].checkpoints if entry.requested)
    multiples.take_click(corpus.spec, base)
    answers = overview.newest(runs, corpus.spec)
    table = multiples.curves(store.root, overview.ids(answers), answers)
    if table.empty:
        return
    called = names.nicknames(store)
    found = multiples.changes_as_shown(store, base, answers, called)
    tasks = [name for name in choices.ordered_tasks(runs) if name in set(table["task"])]
    multiples.draw(store, corpus.name, called.get(base, base), table, found, tasks[:TASKS], called)


def cards(store: Store, runs: Sequence[RunRecord]) -> None:
    """The newest runs, each with the curve of its first task; then the newest trainings and comparisons."""
    st.header("Finished", anchor=False)
    for row in range(0, min(CARDS, len(runs)), ACROSS):
        for column, record in zip(st.columns(ACROSS), runs[row : row + ACROSS], strict=False):
            with column.container(border=True, height="stretch"), frame.forgiving():
                card(store, record)
    others = [job for job in store.jobs.recent(10 * CARDS) if job.state == "done" and job.kind != "run"][:ACROSS]
    for column, job in zip(st.columns(ACROSS), others, strict=False):
        with column.container(border=True, height="stretch"):
            st.markdown(f"**{escape(job.label)}**")
            jobs.open_answer(job)
    if len(runs) > CARDS:
        st.caption(f"And {many(len(runs) - CARDS, 'older run')}: History lists them all.")


def card(store: Store, record: RunRecord) -> None:
    st.markdown(f"**{escape(renamed(record.label, names.nicknames(store)))}**")
    requested = [entry for entry in record.checkpoints if entry.requested]
    of = f"{TITLE} · " if store.is_below(record.run) else ""
    st.caption(
        f"{of}{many(len(requested), 'checkpoint')} · {many(len(record.tasks), 'task')} · "
        f"{many(len(record.probes), 'probe family', 'probe families')} · finished {ago(record.finished)}"
    )
    cell = next((cell for cell in record.cells if cell.checkpoint == requested[0].name), None)
    if cell is not None:
        table = results.table(store.root, record.run)
        splits = choices.scored(table["split"])
        rows = rows_over_seeds(
            table[table["checkpoint"] == cell.checkpoint],
            multiples.metric_of(Answer(record, cell)),
            splits[0],
            cell.task,
            cell.probe,
        )
        rows = rows[rows["layer"] >= 0].sort_values("layer")
        values = rows["value"].tolist()
        if len(values) > 1:
            best = int(rows.loc[rows["value"].idxmax(), "layer"])
            said = f"{cell.task}: {values[0]:.3f} at the first layer, best {max(values):.3f} at layer {best}, {values[-1]:.3f} at the last."
            look = names.marks(store)
            st.html(sparkline(values, look[cell.checkpoint].colour if cell.checkpoint in look else BASELINE.colour, said))
            st.caption(escape(said))
    with st.container(horizontal=True):
        jobs.open_links(record.run, record.spec, "{}")
        st.page_link(
            "pages/new_run.py",
            label="Run again",
            icon=":material/edit:",
            help="Open this run on the New run page, to change it.",
            query_params=jobs.question(record.spec),
        )
