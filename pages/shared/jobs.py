"""The job panel: the state of a job and what a run has found so far, redrawn every second while it is live, then the page once."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import NamedTuple

import streamlit as st

from cache.jobs import DAMAGED, LIVE, Job
from cache.store import Store
from pages.shared import live
from pages.shared.frame import complain, demo, forgiving, fragment, open_page, wake
from pages.shared.wording import ago, duration, escape, many
from probing import permissions, probes
from probing.execution import queue
from probing.runs import RunSpec

STATES = {
    "queued": ("Queued", ":material/hourglass_empty:", "gray"),
    "running": ("Running", ":material/autorenew:", "blue"),
    "done": ("Done", ":material/check_circle:", "green"),
    "failed": ("Failed", ":material/error:", "red"),
    "cancelled": ("Cancelled", ":material/cancel:", "gray"),
    DAMAGED: ("Unreadable", ":material/broken_image:", "red"),
    "interrupted": ("Interrupted", ":material/power_off:", "orange"),
}
NOUNS = {"run": "run", "comparison": "comparison", "sweep": "training", "distillation": "distillation"}  # of a job, by its kind
LOG_LINES = 40
STAYS = "Others asked for this too: it stays for them, and is not yours any more."
MOST_PANELS = 5
SAME_NAME = (
    *("seeds", "seed", "max_train", "max_dev", "max_test", "pooling", "precision", "submodule", "dimension"),
    *("measure", "epsilon"),
)  # fields of a run that the address holds as they are


class Shown(NamedTuple):
    """A page that shows what runs measured."""

    page: str
    title: str
    icon: str


TREES = Shown("pages/trees.py", "Trees", ":material/account_tree:")
EFFORT = Shown("pages/effort.py", "Effort", ":material/speed:")
LAYERS = Shown("pages/layers.py", "Layers", ":material/stacked_line_chart:")


def pages_of(spec: RunSpec) -> list[Shown]:
    """The pages that show a run, the one that it opens on first."""
    trees, requested = set(probes.of_kind("trees")), set(spec.probes)
    found = [TREES] if requested & trees else []
    if requested <= trees:
        return found
    return [*([EFFORT] if spec.measure == "decodability" else []), LAYERS, *found]


def open_links(run: str, spec: RunSpec, words: str = "Open in {}") -> None:
    """Links to the pages that show what the run measured."""
    for shown in pages_of(spec):
        st.page_link(shown.page, label=words.format(shown.title), icon=shown.icon, query_params={"run": run})


def open_training(run: str, kind: str, words: str = "Open its results") -> None:
    """A link to what became of a sweep or a distillation."""
    page = "pages/distil.py" if kind == "distillation" else "pages/fine_tune.py"
    st.page_link(page, label=words, icon=":material/science:", query_params={"make": "Results", kind: run})


def open_answer(job: Job) -> None:
    """Links to the pages that show what a finished job found."""
    if job.kind == "run":
        with forgiving():
            open_links(job.run, _spec_of(job))
    elif job.kind == "comparison":
        st.page_link("pages/compare.py", label="Open Compare", icon=":material/compare_arrows:")
    else:
        open_training(job.run, job.kind)


def _spec_of(job: Job) -> RunSpec:
    """What a run's job asks. Raises BadInput where its row is damaged, or another version's."""
    return RunSpec.parse(job.spec)


def stands(job: Job | None, store: Store) -> bool:
    """Whether a question that is not answered has a job to wait for, or one that who is signed in may resume; else it is asked anew."""
    return job is not None and (
        job.state in LIVE or (job.state != "done" and permissions.may(store.root, "resume", queue.thing(job.run)))
    )


def question(spec: RunSpec) -> dict[str, str | list[str]]:
    """A run's spec as the URL parameters of the New run page, so that it can be changed and run again."""
    address: dict[str, str | list[str]] = {
        "checkpoint": list(spec.checkpoints),
        "corpus": spec.corpus,
        "task": list(spec.tasks),
        "probe": list(spec.probes),
        "baselines": str(spec.baselines).lower(),
        "preset": "own",
    }
    for name in SAME_NAME:
        if (value := getattr(spec, name)) is not None:
            address[name] = str(value)
    if spec.as_published:
        address["as_published"] = "true"
    if spec.conditional_on is not None:
        address["baseline"] = spec.conditional_on
    for name, several in (("width", spec.width), ("rank", spec.rank), ("layers", spec.layers)):
        if several:
            address[name] = several if several == "all" else ",".join(str(one) for one in several)
    return address


def panel(run: str, store: Store, key: str = "job", follow: bool = False, change: bool = True) -> None:
    """Draw the job of `run`. With `follow`, a run that ends well while it is watched opens on its page; with `change`, a
    link opens its question on the New run page."""
    job = store.jobs.get(run)
    if job is None:
        st.caption("This store has no job with this name: it may be in another store, or removed.")
        return
    is_live = job.state in LIVE
    fragment(_panel, run_every="1s" if is_live else None)(run, store, key, follow, change, is_live)


def watch(store: Store, known: Collection[str]) -> bool:
    """Draw the runs in progress that the address names, beside those `known`: what they have found so far, until they are done and the page
    is drawn again. Whether there are any."""
    asked = [(run, store.jobs.get(run)) for run in st.query_params.get_all("run") if run not in known]
    unfinished = [run for run, job in asked if job is not None and job.state in LIVE]
    for run in unfinished:
        panel(run, store, f"live-{run}")
    return bool(unfinished)


def live_jobs(waiting: list[Job], store: Store, key: str) -> None:
    """Panels of the first of what runs or waits (each is drawn again every second); how many more there are, as a number."""
    for job in waiting[:MOST_PANELS]:
        panel(job.run, store, f"{key}-{job.run}")
    if len(waiting) > MOST_PANELS:
        st.caption(f"{many(len(waiting) - MOST_PANELS, 'more job')} after these, in the order they were submitted.")


def stopped_jobs(store: Store, key: str, but: str | None = None, count: int = 3) -> int:
    """Panels of the newest runs that ended without a result, and that who is signed in may resume or forget."""
    stopped = [job for job in store.jobs.recent(30) if job.state not in (*LIVE, "done") and job.run != but]
    stopped = [job for job in stopped if permissions.may(store.root, "resume", queue.thing(job.run))][:count]
    for job in stopped:
        panel(job.run, store, f"{key}-{job.run}")
    return len(stopped)


def _panel(run: str, store: Store, key: str, follow: bool, change: bool, was_live: bool) -> None:
    if was_live:
        wake()
    job = store.jobs.get(run)
    if job is None or (was_live and job.state not in LIVE):
        if follow and job is not None and job.state == "done" and job.kind == "run":
            open_page(pages_of(_spec_of(job))[0].page, {"run": run})
        st.rerun()
    name, icon, colour = STATES[job.state]
    with st.container(border=True, key=f"{key}-box"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(name, icon=icon, color=colour)
            st.markdown(f"**{escape(job.label)}**", width="stretch")
        _standing(job, store)
        if job.state == "running":
            live.show(job.run, store, f"{key}-live")
        owners = permissions.whose(store.root, queue.thing(job.run))
        if owners not in ("", "you"):
            st.caption(f"Asked by {escape(owners)}.")
        if _actions(job, store, key, change):
            st.code(store.jobs.tail(run, LOG_LINES) or "The log is empty.", language=None, wrap_lines=True)


def _standing(job: Job, store: Store) -> None:
    if job.state == "running":
        of_stage = min(1.0, job.done / job.total) if job.total else 0.0
        st.progress(of_stage if job.share is None else job.share, text=escape(_figures(job)))
    elif job.state == "queued":
        ahead = [other for other in store.jobs.live() if other.device == job.device and other.run != job.run]
        ahead = [other for other in ahead if other.state == "running" or other.created < job.created]
        kinds = {NOUNS[other.kind] for other in ahead}
        wait = (
            f"Waits for {many(len(ahead), kinds.pop() if len(kinds) == 1 else 'job')} before it"
            if ahead
            else "Starts in a moment"
        )
        st.caption(f"{wait} on {escape(job.device)}. You may close this page: the {NOUNS[job.kind]} continues.")
    elif job.state == DAMAGED:
        complain(job.message)
    elif job.state == "failed":
        complain(job.message or f"The {NOUNS[job.kind]} stopped without an error message; see its log.")
    elif job.state == "interrupted":
        st.caption(
            f"Its process ended before the {NOUNS[job.kind]} was done. Finished parts are stored, and resuming continues from there."
        )
    elif job.state == "cancelled":
        st.caption(f"Cancelled {ago(job.ended)}. Finished parts are stored.")
    else:
        took = f" in {duration(job.ended - job.started)}" if job.ended and job.started else ""
        st.caption(f"Finished {ago(job.ended)}{took}.")


def _figures(job: Job) -> str:
    parts = [job.stage or "Starting"]
    if job.share is not None:
        parts.append(f"{job.share:.0%} of the whole {NOUNS[job.kind]}")
        if job.eta_seconds is not None and job.share < 1:
            parts.append(f"about {duration(job.eta_seconds)} left")
        return " · ".join(parts)
    if job.total:
        parts.append(f"{job.done:,} of {job.total:,}")
    if job.rate:
        parts.append(f"{job.rate:,.0f} a second" if job.rate >= 1 else f"{duration(1 / job.rate)} each")
    if job.eta_seconds is not None and job.done < job.total:
        parts.append(f"about {duration(job.eta_seconds)} left in this stage")
    return " · ".join(parts)


def _actions(job: Job, store: Store, key: str, change: bool) -> bool:
    """What can be done with the job; returns whether its log is shown."""
    if demo() and job.state != "done":
        return False
    mine = permissions.may(store.root, "cancel", queue.thing(job.run))
    with st.container(horizontal=True, vertical_alignment="center"):
        if job.state in LIVE and permissions.others_own(store.root, queue.thing(job.run)):
            said = "Then it goes on when they cancel it."
            if st.button("Ask for it too", key=f"{key}-join", icon=":material/person_add:", type="tertiary", help=said):
                with forgiving():
                    queue.join(job.run, store)
                    st.rerun()
        if job.state in LIVE and mine:
            with st.popover("Cancel", icon=":material/stop_circle:", type="tertiary", key=f"{key}-cancel"):
                st.write(f"Stop this {NOUNS[job.kind]}? Finished parts stay in the store, and it can be resumed.")
                if st.button(f"Cancel the {NOUNS[job.kind]}", key=f"{key}-cancel-sure", type="primary"):
                    with forgiving():
                        if not queue.cancel(job.run, store):
                            st.toast(STAYS)
                        st.rerun()
        elif job.state == "done":
            open_answer(job)
        elif job.state not in LIVE and mine:
            again = "Try again" if job.state == "failed" else "Resume"
            if job.state != DAMAGED and st.button(again, key=f"{key}-resume", icon=":material/resume:"):
                with forgiving():
                    queue.resume(job.run, store)
                    st.rerun()
            if st.button("Forget", key=f"{key}-forget", type="tertiary", help="Remove it from this list; stored results stay."):
                with forgiving():
                    if not queue.forget(job.run, store):
                        st.toast(STAYS)
                    st.rerun()
        if change and job.kind == "run" and job.state not in (*LIVE, DAMAGED):
            with forgiving():
                st.page_link(
                    "pages/new_run.py",
                    label="Change and run again",
                    icon=":material/edit:",
                    query_params=question(_spec_of(job)),
                )
        return mine and job.state != "queued" and st.toggle("Log", key=f"{key}-log")


@partial(fragment, run_every="2s")
def wait_for_rates(store: Store, device: str) -> None:
    """Draw the page again once this machine is measured."""
    if queue.measured(store, device):
        st.rerun()
    st.caption("The speed of this machine is being measured; the time follows in a few seconds.")
