"""Lab: make checkpoints by fine-tuning or distilling, see what it costs, start it, and read what became of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cache.errors import StoreError
from cache.jobs import Job
from cache.store import Store
from pages._lab import distillation, sweep_results, tuning_form
from pages.shared import frame, jobs
from pages.shared.wording import ago, duration, many, plain, size
from probing import distillations, sweeps
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.execution import queue
from probing.settings import Settings
from probing.sweeps import Sweep, SweepSpec
from probing.training_cost import Cost, cost_of_distillation, cost_of_sweep
from probing.tuning.offers import Material
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
        "Then look inside",
        "What is made here is a checkpoint with its lineage: probe it, and hold it against its parent layer by layer.",
    ),
)


def made(store: Store) -> list[Job]:
    """The store's sweeps and distillations, the newest first."""
    return [job for job in store.jobs.recent(500) if job.kind in KINDS]


def submit(asked: Sweep | Distillation, store: Store) -> None:
    """Start, and turn to the results. Runs before the page is drawn."""
    try:
        job = queue.submit(asked, store)
    except (BadInput, StoreError) as error:
        st.session_state["lab-trouble"] = str(error)
        return
    look_at(job.run, job.kind)


def example(store: Store, settings: Settings) -> None:
    try:
        asked = sweeps.plan(SweepSpec.parse(EXAMPLE), settings, settings.page_roots())
    except (BadInput, StoreError) as error:
        st.session_state["lab-trouble"] = str(error)
        return
    submit(asked, store)


def look_at(run: str, kind: str) -> None:
    st.session_state["make"] = RESULTS
    st.query_params.pop(next(other for other in KINDS if other != kind), None)
    st.query_params[kind] = run


def teach(store: Store, settings: Settings) -> None:
    """What the lab is, and an example that needs no data at hand."""
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
        "laptop, and nothing leaves this machine. Or choose everything below."
    )


def show_cost(told: Cost) -> None:
    figures = (
        ("Trainings", f"{told.trainings:,}", "Methods × sizes × seeds, and those that choose a learning rate."),
        ("Time", duration(told.seconds) if told.left else "none", "For what is not in the store yet, on this machine."),
        (
            "Disk",
            size(told.disk_bytes),
            "Checkpoints that will be kept. Methods that change little keep what changed; whole copies of them come and go with the store's models.",
        ),
    )
    for column, (name, value, meaning) in zip(st.columns(3), figures, strict=True):
        column.metric(name, value, help=meaning)
    kept = f" {many(told.trainings - told.left, 'training')} in the store already." if told.left < told.trainings else ""
    st.caption(plain(told.basis) + kept)


def start(asked: Sweep | Distillation, store: Store) -> None:
    """Start, or what became of the same question when it was asked before."""
    job = store.jobs.get(asked.run)
    if asked.answered(store):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Done", icon=":material/check_circle:", color="green")
            if job is not None:
                jobs.open_lab(asked.run, asked.kind, "See its results")
        st.caption("It has been answered; the same question is not computed twice.")
        if job is None:  # its job was forgotten, and the list of results is made of jobs
            st.button("Put it on the list of results", key="start", on_click=submit, args=(asked, store))
    elif job is not None and job.state in jobs.LIVE:
        st.caption("This very question is being answered.")
        jobs.panel(asked.run, store, "mine")
    elif job is not None and job.state != "done":
        st.caption("This question was asked before and did not come to its end: resume it here.")
        jobs.panel(asked.run, store, "mine")
    else:
        label = "Start the distillation" if asked.kind == "distillation" else "Start the training"
        st.button(label, type="primary", icon=":material/play_arrow:", key="start", on_click=submit, args=(asked, store))


def ask(draw: Callable[[], tuple[Sweep | Distillation, Callable[[], Cost], Material | None]], store: Store) -> None:
    """A form beside what it costs; a mistake is one sentence where the button would stand."""
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
            asked, cost, what = found
            with frame.forgiving():
                if isinstance(asked, Sweep) and what is not None:
                    sweeps.refuse_sizes(asked, what.sentences["train"])
                    tuning_form.what_trains(asked, what)
                show_cost(cost())
                start(asked, store)


def tune(store: Store, settings: Settings) -> None:
    def draw() -> tuple[Sweep, Callable[[], Cost], Material | None]:
        values, ground = tuning_form.ask(settings, store)
        asked = sweeps.plan(SweepSpec.parse(values), settings, settings.page_roots())
        assert ground.material is not None
        what, whole = ground.material, tuning_form.inventoried(ground.parent.fingerprint, ground.parent)
        return asked, lambda: cost_of_sweep(asked, store, what, whole), what

    ask(draw, store)


def distil(store: Store, settings: Settings) -> None:
    def draw() -> tuple[Distillation, Callable[[], Cost], Material | None]:
        values, ground, (layers, hidden) = distillation.ask(settings)
        asked = distillations.plan(DistillSpec.parse(values), settings, settings.page_roots())
        what = ground.material or tuning_form.text_of(ground.source.hash, ground.source)
        return asked, lambda: cost_of_distillation(asked, store, what, layers, hidden), what

    ask(draw, store)


def results(store: Store, settings: Settings, known: list[Job]) -> None:
    """One of the store's sweeps and distillations, by the address or chosen."""
    if not known:
        st.caption("Nothing has been made in this store yet.")
        return
    jobs_by_run = {job.run: job for job in known}
    asked = next((run for kind in KINDS if (run := st.query_params.get(kind))), None)
    if asked and asked not in jobs_by_run:
        st.caption(f"{plain(asked)} of this address is not in this store.")
    names = list(jobs_by_run)
    chosen = st.selectbox(
        "What was made",
        names,
        index=names.index(asked) if asked in jobs_by_run else 0,
        format_func=lambda run: f"{jobs_by_run[run].label} · {ago(jobs_by_run[run].created)} ({run[:6]})",
        key=f"made-{asked}",
    )
    job = jobs_by_run[chosen]
    if chosen != asked:
        st.query_params.pop(next(kind for kind in KINDS if kind != job.kind), None)
        st.query_params[job.kind] = chosen
    with frame.forgiving():
        if job.kind == "sweep":
            sweep_results.show(sweep_results.asked_by(job, settings), store)
        else:
            distillation.show(distillation.asked_by(job, settings), store)


def main() -> None:
    frame.title("Lab", "Make checkpoints: fine-tune by several methods on growing data, or distil; then probe what came of it.")
    store, settings = frame.store(), frame.settings()
    known = made(store)
    asked = {kind: run for kind in KINDS if (run := st.query_params.get(kind))}
    if asked and "make" not in st.session_state and "make" not in st.query_params:
        st.switch_page("pages/lab.py", query_params=asked | {"make": RESULTS})  # the short form of an address to results
    view = st.segmented_control(
        "View",
        [TUNE, DISTIL, RESULTS],
        default=TUNE,
        required=True,
        key="make",
        bind="query-params",
        label_visibility="collapsed",
    )
    for kind in asked if view != RESULTS else ():
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
