"""Home: an introduction, a button for the example run, finished runs, jobs."""

from __future__ import annotations

import contextlib

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cache.errors import StoreError
from cache.jobs import Job
from cache.store import Store
from pages._home import example, newest, try_sentence
from pages.shared import frame, jobs
from probing.bundles import example as example_study
from probing.errors import BadInput
from probing.execution import queue
from probing.records import stored

LESSONS = (
    (
        ":material/text_fields:",
        "A frozen model reads",
        "Each sentence passes through the checkpoint once. Every layer gives one vector per word, and all vectors are stored.",
    ),
    (
        ":material/stacked_line_chart:",
        "A small probe is trained",
        "For each layer, a linear classifier learns to predict the tag from the vector. Its accuracy on unseen "
        "sentences shows how easily the tag can be read from that layer.",
    ),
    (
        ":material/balance:",
        "Baselines give the reference",
        "The same probe is trained on random labels and on random weights, and compared with the majority class. Only accuracy "
        "above these baselines comes from the model and not from the probe.",
    ),
)
STUDY = (
    "Real runs that come with Strata: a base, its full and BitFit fine-tunings, and a student. Each page shows them until you hide them on the page "
    "Store."
)
WHAT = "all-MiniLM-L6-v2 (6 layers × 384) reads 800 sentences of the embedded grammar; a linear probe predicts parts of speech from each layer."


def teach() -> None:
    for column, (icon, heading, text) in zip(st.columns(3), LESSONS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"{icon} **{heading}**")
            st.caption(text)


def start(store: Store, label: str) -> DeltaGenerator:
    """The button of the example run. Pressed again, it opens the stored run. Returns the place of its caption, see `tell_time`."""
    if frame.demo():
        return st.empty()
    pressed = st.button(label, type="primary", icon=":material/play_arrow:", key="first")
    place = st.empty()
    place.caption(WHAT)
    if pressed:
        with frame.forgiving():
            job = queue.submit(example.planned(frame.settings()), store)
            if job.state == "done":
                frame.open_page("pages/layers.py", {"run": job.run})
            st.query_params["run"] = job.run
            st.rerun()
    return place


def tell_time(store: Store, place: DeltaGenerator) -> None:
    """How long the example takes, once all else of the page is drawn: the first estimate of a process takes seconds."""
    if frame.demo():
        return
    with contextlib.suppress(BadInput, StoreError):  # whoever presses the button is told
        if time := example.time(store, frame.settings()):
            place.caption(f"{WHAT} Takes {time} on this machine, and nothing leaves it.")
            return
        with place.container():
            st.caption(WHAT)
            jobs.wait_for_rates(store, example.device(frame.settings()))


store = frame.store()
runs = stored.runs(store)
own = [record for record in runs if not store.is_below(record.run)]
watched = st.query_params.get("run")
waiting: list[Job] = []

st.title("What does each layer know?", anchor=False)
if own:
    st.caption("The newest results of this store.")
else:
    st.markdown(
        "Strata trains small probes on every layer of a language model and shows what can be read from each layer. "
        "Use your own checkpoints and treebanks, and compare them.",
    )
    caption = start(store, "See what MiniLM knows")
    if runs:
        st.header(example_study.TITLE, anchor=False)
        st.caption(STUDY)

with frame.forgiving():
    if watched and (job := store.jobs.get(watched)) is not None and job.state != "done":
        jobs.panel(watched, store, "first-job", follow=True)
    else:
        watched = None
    waiting = store.jobs.live()
    if waiting and not (watched and len(waiting) == 1):
        st.header("Running jobs", anchor=False)
        jobs.live_jobs([job for job in waiting if job.run != watched], store, "live")
    if jobs.stopped_jobs(store, "stopped", but=watched):
        st.caption("These jobs stopped early. Resume one, or forget it.")

if runs:
    with frame.forgiving():
        newest.curves(store, runs)
    if not frame.demo():
        try_sentence.show(runs)
    newest.cards(store, runs)
    with st.container(horizontal=True):
        st.page_link("pages/new_run.py", label="New run", icon=":material/add_circle:")
        st.page_link("pages/checkpoints.py", label="Add a checkpoint", icon=":material/memory:")
        st.page_link("pages/corpora.py", label="Add your own data", icon=":material/upload:", query_params={"do": "Add data"})
if own:
    caption = start(store, "See what MiniLM knows")
else:
    st.header("How it works", anchor=False)
    teach()
    if not waiting and not frame.demo():
        example.make_ready(store.root, store, frame.settings())
        st.caption(f"No runs {'of your own ' if runs else ''}yet. Start with the example, or set up your own run.")
    st.page_link("pages/new_run.py", label="Set up your own run", icon=":material/tune:")
tell_time(store, caption)
