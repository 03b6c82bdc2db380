"""Fine-tune and distil: make checkpoints by fine-tuning or distilling, with the cost before the start, and their results."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cache.errors import StoreError
from cache.jobs import Job
from cache.store import Store
from pages._lab import distillation, sweep_results, tuning_form
from pages.shared import frame, jobs
from pages.shared.wording import ago, duration, escape, many, size
from probing import distillations, sweeps
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.execution import queue
from probing.settings import Settings
from probing.sweeps import Sweep, SweepSpec
from probing.training_cost import Cost, cost_of_distillation, cost_of_sweep
from probing.tuning.available import Material
from probing.tuning.specs import DistillSpec

TUNE, DISTIL, RESULTS = "Fine-tune", "Distil", "Results"
KINDS = ("sweep", "distillation")
EXAMPLE = {
    "checkpoint": "minilm-l6",
    "data": "grammar",
    "task": "tokens",
    "methods": ("bitfit", "full"),
    "sizes": (64, 256),
    "steps": 24,
    "batch": 16,
}
LESSONS = (
    (
        ":material/tune:",
        "Few parameters or all",
        "Fine-tune the same checkpoint by several methods on growing parts of the same data: every parameter, biases alone, the head alone.",
    ),
    (
        ":material/compress:",
        "Smaller models",
        "Distil a student with fewer layers or another width from a teacher, by soft targets, hidden states or attention scores.",
    ),
    (
        ":material/biotech:",
        "Probe the products",
        "Each product is a checkpoint with its lineage: probe it, and compare it with its parent layer by layer.",
    ),
)


def made(store: Store) -> list[Job]:
    """The store's sweeps and distillations, the newest first."""
    return [job for job in store.jobs.recent(500) if job.kind in KINDS]


def submit(requested: Sweep | Distillation, store: Store) -> None:
    """Start, and open the results. Runs before the page is drawn."""
    try:
        job = queue.submit(requested, store)
    except (BadInput, StoreError) as error:
        st.session_state["lab-trouble"] = str(error)
        return
    look_at(job.run, job.kind)


def example(store: Store, settings: Settings) -> None:
    try:
        requested = sweeps.plan(SweepSpec.parse(EXAMPLE), settings.of_pages())
    except (BadInput, StoreError) as error:
        st.session_state["lab-trouble"] = str(error)
        return
    submit(requested, store)


def look_at(run: str, kind: str) -> None:
    st.session_state["make"] = RESULTS
    st.query_params.pop(next(other for other in KINDS if other != kind), None)
    st.query_params[kind] = run


def teach(store: Store, settings: Settings) -> None:
    """What the lab does, and an example that needs no data of yours."""
    for column, (icon, heading, text) in zip(st.columns(3), LESSONS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"##### {icon} {heading}")
            st.caption(text)
    st.button(
        "Try it: BitFit against full fine-tuning",
        type="primary",
        icon=":material/play_arrow:",
        key="example",
        on_click=example,
        args=(store, settings),
    )
    st.caption(
        "Four small trainings of all-MiniLM-L6-v2 on parts of speech of the embedded grammar, with 64 and 256 sentences. One to two minutes on a "
        "laptop, and nothing leaves this machine. Or set up your own training below."
    )


def show_cost(cost: Cost) -> None:
    figures = (
        ("Trainings", f"{cost.trainings:,}", "Methods × sizes × seeds, plus trials of learning rates."),
        ("Time", duration(cost.seconds) if cost.left else "none", "For trainings that are not stored yet, on this machine."),
        (
            "Disk",
            size(cost.disk_bytes),
            "Checkpoints that will be stored. Methods that change few values are stored as their changes.",
        ),
    )
    for column, (name, value, meaning) in zip(st.columns(3), figures, strict=True):
        column.metric(name, value, help=meaning)
    stored = f" {many(cost.trainings - cost.left, 'training')} already stored." if cost.left < cost.trainings else ""
    st.caption(escape(cost.basis) + stored)


def start(requested: Sweep | Distillation, store: Store) -> None:
    """The start button, or the state of the same question where it was started before."""
    job = store.jobs.get(requested.run)
    if requested.answered(store):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Done", icon=":material/check_circle:", color="green")
            if job is not None:
                jobs.open_lab(requested.run, requested.kind, "See its results")
        st.caption("These results are stored; the same question is not computed twice.")
        if job is None:  # its job was removed, and the list of results shows jobs
            st.button("Add to the list of results", key="start", on_click=submit, args=(requested, store))
    elif job is not None and job.state in jobs.LIVE:
        st.caption("This question is being computed.")
        jobs.panel(requested.run, store, "mine")
    elif job is not None and job.state != "done":
        st.caption("This question was started before and stopped early: resume it here.")
        jobs.panel(requested.run, store, "mine")
    else:
        label = "Start the distillation" if requested.kind == "distillation" else "Start the training"
        st.button(label, type="primary", icon=":material/play_arrow:", key="start", on_click=submit, args=(requested, store))


def ask(draw: Callable[[], tuple[Sweep | Distillation, Callable[[], Cost], Material | None]], store: Store) -> None:
    """A form beside its cost; a wrong input is one sentence in place of the button."""
    form, side = st.columns([3, 2], gap="large")
    found, trouble = None, None
    with form:
        try:
            found = draw()
        except (BadInput, StoreError) as error:
            trouble = error
    with side, st.container(border=True):
        st.subheader("Before it starts", anchor=False)
        if trouble is not None:
            frame.complain(trouble)
        elif found is not None:
            requested, cost, what = found
            with frame.forgiving():
                queue.measured(store, requested.device)
                if isinstance(requested, Sweep) and what is not None:
                    sweeps.refuse_sizes(requested, what.sentences["train"])
                    tuning_form.what_trains(requested, what)
                show_cost(cost())
                start(requested, store)


def tune(store: Store, settings: Settings) -> None:
    def draw() -> tuple[Sweep, Callable[[], Cost], Material | None]:
        values, ground = tuning_form.ask(settings, store)
        requested = sweeps.plan(SweepSpec.parse(values), settings.of_pages())
        assert ground.material is not None
        what, whole = ground.material, tuning_form.inventoried(ground.parent.fingerprint, ground.parent)
        return requested, lambda: cost_of_sweep(requested, store, what, whole), what

    ask(draw, store)


def distil(store: Store, settings: Settings) -> None:
    def draw() -> tuple[Distillation, Callable[[], Cost], Material | None]:
        values, ground, (layers, hidden) = distillation.ask(settings)
        requested = distillations.plan(DistillSpec.parse(values), settings.of_pages())
        what = ground.material or tuning_form.text_of(ground.source.hash, ground.source)
        return requested, lambda: cost_of_distillation(requested, store, what, layers, hidden), what

    ask(draw, store)


def results(store: Store, settings: Settings, known: list[Job]) -> None:
    """One of the store's sweeps and distillations, by the address or chosen."""
    if not known:
        st.caption("The lab has no results in this store yet.")
        return
    jobs_by_run = {job.run: job for job in known}
    requested = next((run for kind in KINDS if (run := st.query_params.get(kind))), None)
    if requested and requested not in jobs_by_run:
        st.caption(f"The result {escape(requested)} in this address is not in this store.")
    names = list(jobs_by_run)
    chosen = st.selectbox(
        "Result",
        names,
        index=names.index(requested) if requested in jobs_by_run else 0,
        format_func=lambda run: f"{jobs_by_run[run].label} · {ago(jobs_by_run[run].created)} ({run[:6]})",
        key=f"made-{requested}",
    )
    job = jobs_by_run[chosen]
    if chosen != requested:
        st.query_params.pop(next(kind for kind in KINDS if kind != job.kind), None)
        st.query_params[job.kind] = chosen
    with frame.forgiving():
        if job.kind == "sweep":
            sweep_results.show(sweep_results.requested_by(job, settings), store)
        else:
            distillation.show(distillation.requested_by(job, settings), store)


def main() -> None:
    frame.title(
        "Fine-tune and distil",
        "Make checkpoints by fine-tuning (several methods and data sizes) or by distillation, then probe them.",
    )
    store, settings = frame.store(), frame.settings()
    known = made(store)
    requested = {kind: run for kind in KINDS if (run := st.query_params.get(kind))}
    if requested and "make" not in st.session_state and "make" not in st.query_params:
        st.switch_page("pages/lab.py", query_params=requested | {"make": RESULTS})  # the short form of an address to results
    view = st.segmented_control(
        "View",
        [TUNE, DISTIL, RESULTS],
        default=TUNE,
        required=True,
        key="make",
        bind="query-params",
        label_visibility="collapsed",
    )
    for kind in requested if view != RESULTS else ():
        st.query_params.pop(kind, None)  # the address tells what is shown
    if trouble := st.session_state.pop("lab-trouble", None):
        frame.complain(trouble)
    if not known and view != RESULTS:
        teach(store, settings)
    if view == RESULTS:
        results(store, settings, known)
    elif view == DISTIL:
        distil(store, settings)
    else:
        tune(store, settings)


main()
