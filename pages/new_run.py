"""New run: choose checkpoints × corpus × tasks × probe families, see the cost, start the run, watch it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cache.errors import StoreError
from cache.store import Store
from pages.shared import controls, frame, jobs
from pages.shared.wording import duration, escape, many, size
from probing import checkpoints
from probing.errors import BadInput
from probing.estimate import Estimate, estimate
from probing.execution import queue
from probing.records import stored
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings


def ask(settings: Settings) -> dict[str, Any]:
    """The controls of a run. Raises BadInput where one cannot be used."""
    with st.container(border=True):
        names = [controls.refuse_dots(name) for name in controls.choose_checkpoints(controls.own_checkpoints(settings))]
        st.caption(controls.titles(checkpoints.CHECKPOINTS, names) or controls.CHECKPOINT_HELP)
    with st.container(border=True):
        corpus = controls.choose_corpus(controls.own_corpora(settings))
        if not corpus:
            raise BadInput("No corpus is chosen: choose grammar, the embedded corpus, or a treebank.")
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
    """The estimate, cached by the run's id and by the number of stored runs, which change the cost."""
    return estimate(_plan, _store)


def show_cost(requested: Plan, store: Store) -> None:
    estimated = cost(requested.run, str(store.root), len(stored.runs(store)), requested, store)
    figures = (
        ("Sentences", f"{estimated.sentences:,}", "Distinct sentences of all splits, within the limits."),
        ("Words", f"{estimated.words:,}", "Syntactic words in them."),
        ("Tokens", f"{estimated.tokens:,}", "Sub-words that the models read (estimate)."),
        ("Time", duration(estimated.seconds), "For parts that are not stored yet, on this machine."),
        ("Disk", size(estimated.disk_bytes), "Vectors that will be stored."),
        ("Cells", f"{len(requested.cells):,}", "Checkpoints (with baselines) × tasks × probe families."),
    )
    for first in (0, 2, 4):
        for column, (name, value, meaning) in zip(st.columns(2), figures[first : first + 2], strict=True):
            column.metric(name, value, help=meaning)
    present = f" {estimated.cached:.0%} of the cells are already stored." if estimated.cached else ""
    st.caption(escape(estimated.basis) + present)


def start(requested: Plan, store: Store) -> None:
    """The start button, or the state of the same run where it was started before."""
    job = store.jobs.get(requested.run)
    if requested.answered(store):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Done", icon=":material/check_circle:", color="green")
            jobs.open_links(requested.run, requested.spec)
        st.caption("This run is stored; it is not computed twice.")
    elif job is not None and job.state in jobs.LIVE:
        st.query_params["run"] = requested.run
        st.caption("This run is in progress.")
    elif job is not None and job.state != "done":
        st.caption("This run was started before and stopped early: resume it below.")
    elif st.button("Start the run", type="primary", icon=":material/play_arrow:", key="start"):
        st.query_params["run"] = queue.submit(requested, store).run
        st.rerun()


def watch(store: Store, requested: str | None) -> None:
    """The job of this page or of the URL, then other jobs."""
    run = st.query_params.get("run")
    shown = [name for name in dict.fromkeys((requested, run)) if name and store.jobs.get(name) is not None]
    if run and run not in shown and not store.results.has_run(run):
        st.caption(f"The run {escape(run)} in this address is not in this store.")
    for name in shown:
        if not (name == requested and store.results.has_run(name)):
            jobs.panel(name, store, f"mine-{name}", change=name != requested)
    others = [job for job in store.jobs.live() if job.run not in shown]
    if others:
        st.markdown(f"**{many(len(others), 'other run')} in the queue**")
        jobs.live_jobs(others, store, "queue")


frame.title(
    "New run",
    "Choose checkpoints, a corpus, tasks and probes. The address of this page holds the run: bookmark it or share it.",
)
store = frame.store()
settings = frame.settings()
form, side = st.columns([3, 2], gap="large")
requested: Plan | None = None
trouble: Exception | None = None
with form:
    try:
        requested = plan(RunSpec.parse(ask(settings)), settings, settings.page_roots())
    except (BadInput, StoreError) as error:
        trouble = error
with side:
    with st.container(border=True):
        st.subheader("Before it starts", anchor=False)
        if requested is not None:
            with frame.forgiving():
                show_cost(requested, store)
                start(requested, store)
        elif trouble is not None:
            frame.complain(trouble)
    watch(store, requested.run if requested else None)
