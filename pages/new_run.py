"""New run: choose checkpoints × corpus × tasks × probe families, see what it costs, start it, watch it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cache.errors import StoreError
from cache.store import Store
from pages.shared import controls, frame, jobs
from pages.shared.wording import duration, many, plain, size
from probing import checkpoints
from probing.errors import BadInput
from probing.estimate import Estimate, estimate
from probing.execution import queue
from probing.records import stored
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings


def ask(settings: Settings) -> dict[str, Any]:
    """The controls, in the order of the question. Raises BadInput where one cannot be used."""
    with st.container(border=True):
        names = [controls.refuse_dots(name) for name in controls.choose_checkpoints(controls.own_checkpoints(settings))]
        st.caption(controls.titles(checkpoints.CHECKPOINTS, names) or controls.CHECKPOINT_HELP)
    with st.container(border=True):
        corpus = controls.choose_corpus(controls.own_corpora(settings))
        if not corpus:
            raise BadInput("No corpus is chosen: take grammar, the embedded one, or name a treebank.")
        source = controls.find_corpus(corpus, settings)
        tasks = controls.choose_tasks(source)
    with st.container(border=True):
        probes = controls.choose_probes()
        measure = controls.choose_measure(probes)
        baselines = controls.choose_baselines()
    more = measure | controls.choose_more()
    for chosen, what in ((names, "checkpoint"), (tasks, "task"), (probes, "probe family")):
        if not chosen:
            raise BadInput(f"No {what} is chosen: choose at least one.")
    return {"checkpoints": names, "corpus": corpus, "tasks": tasks, "probes": probes, "baselines": baselines} | more


@st.cache_data(ttl=60, max_entries=64, show_spinner="Counting sentences …")
def cost(run: str, root: str, jobs_done: int, _plan: Plan, _store: Store) -> Estimate:  # noqa: ARG001
    """The estimate, kept for the run's id; what has been finished since changes what is left to do."""
    return estimate(_plan, _store)


def show_cost(asked: Plan, store: Store) -> None:
    told = cost(asked.run, str(store.root), len(stored.runs(store)), asked, store)
    figures = (
        ("Sentences", f"{told.sentences:,}", "Distinct sentences of all splits, within the limits."),
        ("Words", f"{told.words:,}", "Syntactic words in them."),
        ("Tokens", f"{told.tokens:,}", "Sub-words that the models read, about."),
        ("Time", duration(told.seconds), "For what is not in the store yet, on this machine."),
        ("Disk", size(told.disk_bytes), "Vectors that will be kept in the store."),
        ("Cells", f"{len(asked.cells):,}", "Checkpoints (baselines too) × tasks × probe families."),
    )
    for first in (0, 2, 4):
        for column, (name, value, meaning) in zip(st.columns(2), figures[first : first + 2], strict=True):
            column.metric(name, value, help=meaning)
    kept = f" {told.cached:.0%} of the cells are in the store already." if told.cached else ""
    st.caption(plain(told.basis) + kept)


def start(asked: Plan, store: Store) -> None:
    """Start, or what became of the same question when it was asked before."""
    job = store.jobs.get(asked.run)
    if asked.answered(store):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Done", icon=":material/check_circle:", color="green")
            jobs.open_links(asked.run, asked.spec)
        st.caption("It has been answered; the same question is not computed twice.")
    elif job is not None and job.state in jobs.LIVE:
        st.query_params["run"] = asked.run
        st.caption("This very question is being answered: see below.")
    elif job is not None and job.state != "done":
        st.caption("This question was asked before and did not come to its end: see below, and resume it there.")
    elif st.button("Start the run", type="primary", icon=":material/play_arrow:", key="start"):
        st.query_params["run"] = queue.submit(asked, store).run
        st.rerun()


def watch(store: Store, asked: str | None) -> None:
    """The job of the question on the page or of the URL, then the others that run or stopped."""
    run = st.query_params.get("run")
    shown = [name for name in dict.fromkeys((asked, run)) if name and store.jobs.get(name) is not None]
    if run and run not in shown and not store.results.has_run(run):
        st.caption(f"The run {plain(run)} of this address is not in this store.")
    for name in shown:
        if not (name == asked and store.results.has_run(name)):
            jobs.panel(name, store, f"mine-{name}", change=name != asked)
    others = [job for job in store.jobs.live() if job.run not in shown]
    if others:
        st.markdown(f"**{many(len(others), 'other run')} in the queue**")
        jobs.live_jobs(others, store, "queue")


frame.title(
    "New run",
    "Choose what to ask of which checkpoints. This page's address holds the question and its job: "
    "close the browser, come back, share it.",
)
store = frame.store()
settings = frame.settings()
form, side = st.columns([3, 2], gap="large")
asked: Plan | None = None
trouble: Exception | None = None
with form:
    try:
        asked = plan(RunSpec.parse(ask(settings)), settings, settings.page_roots())
    except (BadInput, StoreError) as error:
        trouble = error
with side:
    with st.container(border=True):
        st.subheader("Before it starts", anchor=False)
        if asked is not None:
            with frame.forgiving():
                show_cost(asked, store)
                start(asked, store)
        elif trouble is not None:
            frame.complain(trouble)
    watch(store, asked.run if asked else None)
