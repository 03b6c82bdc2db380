"""A training before its start and after its end: the cost, the start, the results of this store, the links of a product. For Fine-tune and Distil."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from cache.errors import StoreError
from cache.jobs import Job
from cache.store import Store
from pages.shared import facts, frame, jobs, names
from pages.shared.wording import ago, escape, many, size
from probing import permissions, presets
from probing.checkpoints import Checkpoint, products
from probing.corpora import Source
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.estimate import Estimate, estimate
from probing.execution import queue
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.sweeps import Sweep
from probing.tasks.available import in_order
from probing.training_cost import Cost

NEW, RESULTS = "New", "Results"
QUICK = 300.0  # seconds that a quick probe takes at most, by its estimate
QUICK_SIZES = (1000, 500, 200)  # sentences of train
TROUBLE = "training-trouble"


def choose_view(kind: str) -> str:
    """A new training, or the results of this store: by the address, which names one result by `kind`, or asks for `make=Results`."""
    results = st.query_params.get("make") == RESULTS or kind in st.query_params or frame.demo()
    st.session_state["view"] = RESULTS if results else NEW
    st.segmented_control(
        "View",
        [RESULTS] if frame.demo() else [NEW, RESULTS],
        required=True,
        key="view",
        on_change=_turn,
        args=(kind,),
        label_visibility="collapsed",
    )
    if trouble := st.session_state.pop(TROUBLE, None):
        frame.complain(trouble)
    return RESULTS if results else NEW


def _turn(kind: str) -> None:
    """The other view was chosen: the address says so before the page is drawn."""
    st.query_params.pop(kind, None)
    st.query_params.pop("make", None)
    if st.session_state["view"] == RESULTS:
        st.query_params["make"] = RESULTS


def facts_of(parent: Checkpoint, source: Source, run: str) -> None:
    """What the charts of a training's results are of."""
    facts.remember(checkpoints=parent.name, corpus=source.name, run=run[:6], interval=facts.INTERVAL)


def made(store: Store, kind: str) -> list[Job]:
    """The store's sweeps or distillations, the newest first."""
    return [job for job in store.jobs.recent(500) if job.kind == kind]


def submit(requested: Sweep | Distillation, store: Store) -> None:
    """Start, and open the results. Runs before the page is drawn."""
    try:
        job = queue.submit(requested, store)
    except (BadInput, StoreError) as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.query_params[job.kind] = job.run


def show_cost(cost: Cost) -> None:
    first, second = st.columns(2)
    first.metric("Time", cost.time, help="For trainings that are not stored yet, on this machine.")
    second.metric(
        "Disk",
        size(cost.disk_bytes),
        help="Checkpoints that will be stored. Methods that change few values are stored as their changes.",
    )
    stored = f" {many(cost.trainings - cost.left, 'training')} already stored." if cost.left < cost.trainings else ""
    st.caption(escape(f"{many(cost.trainings, 'training')}. {cost.basis}{stored}"))


def start(requested: Sweep | Distillation, store: Store, cost: Cost) -> None:
    """The start button, or the state of the same question where it was started before. A long one is asked about first."""
    job = store.jobs.get(requested.run)
    if requested.answered(store):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Done", icon=":material/check_circle:", color="green")
            if job is not None:
                jobs.open_training(requested.run, requested.kind, "See its results")
        st.caption("These results are stored; the same question is not computed twice.")
        if job is None:  # its job was removed, and the list of results shows jobs
            st.button("Add to the list of results", key="start", on_click=submit, args=(requested, store))
    elif job is not None and job.state in jobs.LIVE:
        st.caption("This training is in progress.")
        jobs.panel(requested.run, store, "mine")
    elif jobs.stands(job, store):
        st.caption("This training was started before and stopped early: resume it here.")
        jobs.panel(requested.run, store, "mine")
    else:
        label = f"Start · {cost.time}"
        if not cost.large:
            st.button(label, type="primary", icon=":material/play_arrow:", key="start", on_click=submit, args=(requested, store))
            return
        with st.popover(label, type="primary", icon=":material/play_arrow:", key="ask"):
            st.write(f"This takes {cost.time} and stores {size(cost.disk_bytes)}. Start it?")
            st.button("Start it", type="primary", key="start", on_click=submit, args=(requested, store))


def ask(draw: Callable[[], tuple[Sweep | Distillation, Cost, Callable[[], None] | None]], store: Store) -> None:
    """A form beside its cost; a wrong input is one sentence in place of the button."""
    form, side = st.columns([3, 2], gap="large")
    found, trouble = None, None
    with form:
        try:
            found = draw()
        except (BadInput, StoreError) as error:
            trouble = error
    with side, st.container(border=True):
        if trouble is not None:
            frame.complain(trouble)
        elif found is not None:
            requested, cost, more = found
            with frame.forgiving():
                show_cost(cost)
                start(requested, store, cost)
                if more is not None:
                    more()


def choose_result(kind: str, known: Sequence[Job]) -> Job | None:
    """One of the store's results, by the address or chosen; None where there is none."""
    if not known:
        st.caption("No results in this store yet.")
        return None
    by_run = {job.run: job for job in known}
    requested = st.query_params.get(kind)
    if requested and requested not in by_run:
        st.warning(f"The result {escape(requested[:40])} in this address is not in this store: the newest is shown.")
    chosen = st.selectbox(
        "Result",
        list(by_run),
        index=list(by_run).index(requested) if requested in by_run else 0,
        format_func=lambda run: f"{by_run[run].label} · {ago(by_run[run].created)} ({run[:6]})",
        key=f"made-{requested}",
    )
    st.query_params[kind] = chosen
    return by_run[chosen]


def product_links(name: str, parent: str, store: Store) -> None:
    """Links for a product: probe it, compare it with its parent, open it, delete it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        own = names.called(store).get(name.removeprefix(products.PREFIX))
        st.markdown(f"**{escape(own.nickname if own else name)}**", width="content", help=escape(name))
        st.page_link("pages/new_run.py", label="Probe it", icon=":material/play_circle:", query_params={"checkpoint": [name]})
        st.page_link(
            "pages/new_run.py",
            label="Compare with its parent",
            icon=":material/compare_arrows:",
            query_params={"checkpoint": [parent, name]},
        )
        st.page_link("pages/checkpoints.py", label="Open it", icon=":material/memory:", query_params={"checkpoint": name})
        if frame.demo() or not permissions.may(store.root, "delete", products.thing(name)):
            return
        with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"delete-{name}"):
            st.write("Delete this checkpoint? Its scores and probe results remain. To get it back, train it again.")
            if st.button("Delete it", type="primary", key=f"delete-sure-{name}"):
                with frame.forgiving():
                    store.refuse_writing()
                    freed = products.remove(name, store.root)
                    st.toast(escape(f"{name} is deleted: {size(freed)} freed.") if freed else jobs.STAYS)
                    st.rerun()


def probe_links(store: Store, settings: Settings, source: Source, parent: str, first: list[str]) -> None:
    """Links to runs of the parent and its products, each with its time: a quick probe under five minutes, and one with decodability."""
    if not first:
        return
    with frame.forgiving(), st.container(horizontal=True):
        values = {
            "checkpoints": (parent, *first),
            "corpus": source.spec,
            "probes": ("linear",),
            "tasks": _tasks(source.hash, source),
        }
        sizes = [{"max_train": most, "max_dev": most // 2, "max_test": most // 2, "seeds": 1} for most in QUICK_SIZES]
        asked = [RunSpec.parse(values | fields) for fields in sizes]
        spec = next(
            (spec for spec in asked if (found := _cost(spec, source, settings, store)) and found.slowest <= QUICK), asked[-1]
        )
        _link(
            "Quick probe",
            spec,
            _cost(spec, source, settings, store),
            "The parent and the products of the first seed, one task, one seed.",
        )
        spec = RunSpec.parse(values | sizes[0] | {"measure": "decodability"})
        said = "The quick preset with decodability. Compare then says whether a task was exposed or learned."
        _link("Probe them with decodability", spec, _cost(spec, source, settings, store), said)


def _cost(spec: RunSpec, source: Source, settings: Settings, store: Store) -> Estimate | None:
    """The cost of a run; None where a checkpoint of it cannot be read, which New run says."""
    try:
        return _estimated(spec.model_dump_json(), source.hash, len(store.results.run_folders.names()), spec, settings, store)
    except (BadInput, StoreError):
        return None


def _link(label: str, spec: RunSpec, cost: Estimate | None, said: str) -> None:
    label = f"{label} · {cost.time}" if cost else label
    st.page_link("pages/new_run.py", label=label, icon=":material/biotech:", query_params=jobs.question(spec), help=said)


@st.cache_data(max_entries=32, show_spinner=False)
def _tasks(content: str, _source: Source) -> tuple[str, ...]:  # noqa: ARG001
    """The tasks of a quick run of linear probes, cached by the corpus's hash. Raises BadInput where it has none."""
    return presets.preset_named("quick").choose(in_order(_source.load(), presets.ORDER), ("linear",))


@st.cache_data(ttl=600, max_entries=64, show_spinner="Counting sentences …")
def _estimated(spec: str, content: str, runs: int, _spec: RunSpec, _settings: Settings, _store: Store) -> Estimate:  # noqa: ARG001
    return estimate(plan(_spec, _settings.of_pages()), _store)


def of_job(job: Job, requested: Any, again: str) -> None:
    """Raises BadInput where what `job` asked means something else by now."""
    if requested.run != job.run:
        raise BadInput(f"{again} of “{job.label}” changed since, so its scores no longer apply: start it again.")
