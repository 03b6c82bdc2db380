"""New run: who is probed, what is asked, how much of it; the cost, the start, and the run as it goes."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cache.errors import StoreError
from cache.store import Store
from pages._new_run import options, size, tasks
from pages.shared import controls, frame, jobs
from pages.shared.wording import escape, many
from pages.shared.wording import size as size_of
from probing import checkpoints, precision
from probing.errors import BadInput
from probing.estimate import Estimate, estimate
from probing.execution import queue
from probing.presets import PRESETS, Preset, place
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings
from probing.tasks.available import AvailableTask


def ask(form: DeltaGenerator, much: DeltaGenerator, settings: Settings, store: Store) -> dict[str, Any]:
    """The controls of a run in three steps, the last of them in `much`. Raises BadInput where one cannot be used, after all of them are drawn."""
    who, what = form.container(border=True), form.container(border=True)
    with who:
        st.markdown("**1 · Who:** the checkpoints to probe")
        names = [controls.refuse_dots(name) for name in controls.choose_checkpoints(controls.own_checkpoints(settings))]
        st.caption(controls.titles(checkpoints.CHECKPOINTS, names) or controls.CHECKPOINT_HELP)
    with what:
        st.markdown("**2 · What:** the text, and what is asked of it")
        corpus = controls.choose_corpus(controls.own_corpora(settings))
        if not corpus:
            raise BadInput("No corpus is chosen: choose grammar, the embedded corpus, or a treebank.")
        source = controls.find_corpus(corpus, settings)
    offers = controls.offered_tasks(source.hash, source)
    preset, named = size.chosen(), tasks.named()
    with much:
        st.markdown("**3 · How much:** sentences, seeds and tasks")
        sizes, said = st.container(), st.empty()
        fold = st.expander("Probes, measure and more options", icon=":material/tune:")
        with fold:
            probes = options.choose_probes()
            measured = options.choose_measure(probes)
            baselines = options.choose_baselines()
            more = options.choose_more()
        said.caption(escape(summary(probes, measured, baselines, more)))
    with what:
        chosen = tasks.choose(offers, default_tasks(preset, offers, probes) if named is None else named)
    values = {"checkpoints": names, "corpus": corpus, "probes": probes, "baselines": baselines} | measured | more

    def time(of: Preset) -> str:
        own = default_tasks(of, offers, probes) if named is None else chosen
        return preset_time(values | of.fields | {"tasks": own}, source.hash, settings, store)

    with sizes:
        values |= size.choose(preset, time) | {"tasks": chosen}
    for wanted, kind in ((names, "checkpoint"), (probes, "probe family"), (chosen, "task")):
        if not wanted:
            raise BadInput(f"No {kind} is chosen: choose at least one.")
    return values


def default_tasks(preset: Preset | None, offers: list[AvailableTask], families: list[str]) -> list[str]:
    """The tasks of a preset, or the first for sizes of one's own; none where no probe family can answer one."""
    try:
        return list((preset or PRESETS["quick"]).choose(sorted(offers, key=place), families))
    except BadInput:
        return []


def summary(families: list[str], measured: dict[str, Any], baselines: bool, more: dict[str, Any]) -> str:
    """What the folded options say, in one line."""
    layers = "all layers" if more["layers"] == "all" else f"layers {', '.join(map(str, more['layers']))}"
    compared = "with baselines" if baselines else "without baselines"
    return f"{measured['measure'].capitalize()} of {' and '.join(families) or 'no'} probes on {layers}, {compared}."


def state(store: Store, device: str) -> tuple[str, int, bool]:
    """What changes the cost of one and the same run: the store, how many runs it has, and whether this machine is measured."""
    return str(store.root), len(store.results.run_folders.names()), queue.measured(store, precision.resolve_device(device))


def preset_time(values: dict[str, Any], source: str, settings: Settings, store: Store) -> str:
    """The time that a run of these values takes; "" where it cannot be asked, which the form says as it stands."""
    try:
        spec = RunSpec.parse(values)
        return _preset_time(spec.model_dump_json(), source, state(store, settings.device), spec, settings, store)
    except (BadInput, StoreError):
        return ""


@st.cache_data(ttl=3600, max_entries=64, show_spinner="Counting sentences …")
def _preset_time(spec: str, source: str, known: tuple[str, int, bool], _spec: RunSpec, _settings: Settings, _store: Store) -> str:  # noqa: ARG001
    """Cached by the run, the corpus's hash and what `state` says."""
    return estimate(plan(_spec, _settings.of_pages()), _store).time


@st.cache_data(ttl=60, max_entries=64, show_spinner="Counting sentences …")
def cost(run: str, root: str, runs: int, measured: bool, _plan: Plan, _store: Store) -> Estimate:  # noqa: ARG001
    """The estimate, cached by the run's id and by what changes its cost."""
    return estimate(_plan, _store)


def show_cost(requested: Plan, store: Store) -> Estimate:
    known = state(store, requested.device)
    estimated = cost(requested.run, *known, requested, store)
    first, second = st.columns(2)
    first.metric(
        "Time", estimated.time, help="For parts that are not stored yet, on this machine: from idle to as busy as it is now."
    )
    second.metric("Disk", size_of(estimated.disk_bytes), help="Vectors that will be stored.")
    st.caption(
        f"{many(estimated.sentences, 'sentence')}, {many(estimated.words, 'word')} (about {estimated.tokens:,} tokens), "
        f"{many(len(requested.cells), 'cell')}: checkpoints (with baselines) × tasks × probe families."
    )
    present = f" {estimated.cached:.0%} of the cells are already stored." if estimated.cached else ""
    st.caption(escape(estimated.basis) + present)
    if not known[-1]:
        jobs.wait_for_rates(store, requested.device)
    return estimated


def start(requested: Plan, store: Store, estimated: Estimate) -> None:
    """The start button, or the state of the same run where it was started before. A large run is asked about first."""
    job = store.jobs.get(requested.run)
    if requested.answered(store):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Done", icon=":material/check_circle:", color="green")
            jobs.open_links(requested.run, requested.spec)
        st.caption("This run is stored; it is not computed twice.")
    elif job is not None and job.state in jobs.LIVE:
        st.query_params["run"] = requested.run
        st.caption("This run is in progress.")
    elif jobs.stands(job, store):
        st.caption("This run was started before and stopped early: resume it below.")
    elif st.button(f"Start · {estimated.time}", type="primary", icon=":material/play_arrow:", key="start"):
        if estimated.large:
            st.session_state["confirm"] = requested.run
        else:
            submit(requested, store)
    if st.session_state.get("confirm") == requested.run and not (jobs.stands(job, store) or requested.answered(store)):
        confirm(requested, store, estimated)


def confirm(requested: Plan, store: Store, estimated: Estimate) -> None:
    """The question before a large run."""
    st.warning(
        f"This run takes {estimated.time} and stores {size_of(estimated.disk_bytes)} of vectors. Start it?",
        icon=":material/hourglass_top:",
    )
    with st.container(horizontal=True):
        if st.button("Start it", type="primary", key="confirmed"):
            submit(requested, store)
        if st.button("Cancel", key="not-confirmed"):
            del st.session_state["confirm"]
            st.rerun()


def submit(requested: Plan, store: Store) -> None:
    st.query_params["run"] = queue.submit(requested, store).run
    st.session_state.pop("confirm", None)
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
    "Train probes on every layer of your checkpoints. The address of this page holds the run: bookmark it or share it.",
    makes=True,
)
store = frame.store()
settings = frame.settings()
form, side = st.columns([3, 2], gap="large")
much, cost_box, jobs_box = side.container(border=True), side.container(border=True), side.container()
requested: Plan | None = None
with frame.forgiving(), cost_box:
    requested = plan(RunSpec.parse(ask(form, much, settings, store)), settings.of_pages())
    start(requested, store, show_cost(requested, store))
with jobs_box:
    watch(store, requested.run if requested else None)
