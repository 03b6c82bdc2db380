"""Home: what this is, one button for the first run, what has been run, what is running."""

from __future__ import annotations

import streamlit as st

from cache.jobs import Job
from cache.store import Store
from pages.shared import frame, jobs
from pages.shared.wording import ago, many, plain
from probing.execution import queue
from probing.records import stored
from probing.records.run import RunRecord
from probing.runs import RunSpec, plan

FIRST = {
    "checkpoints": ("minilm-l6",),
    "corpus": "grammar",
    "tasks": ("upos",),
    "probes": ("linear",),
    "max_train": 1000,
    "max_dev": 500,
    "max_test": 500,
    "seeds": 1,  # for the first picture; New run asks three
}
LESSONS = (
    (
        ":material/text_fields:",
        "A frozen model reads",
        "Each sentence passes through the checkpoint once. Every layer leaves one vector a word, and they are kept.",
    ),
    (
        ":material/stacked_line_chart:",
        "A small probe asks",
        "For each layer, a linear classifier learns to read the tag off the vector. What it gets right on unseen "
        "sentences, that layer makes easy to read out.",
    ),
    (
        ":material/balance:",
        "Baselines keep it honest",
        "The same probe faces random labels, random weights and the majority class. Only what lies above them is "
        "knowledge of the model rather than skill of the probe.",
    ),
)
SHOWN = 8


def teach() -> None:
    for column, (icon, heading, text) in zip(st.columns(3), LESSONS, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"##### {icon} {heading}")
            st.caption(text)


def start(store: Store, label: str) -> None:
    """The one button. Asked again, it opens what is there: the same question is one job."""
    pressed = st.button(label, type="primary", icon=":material/play_arrow:", key="first")
    st.caption(
        "all-MiniLM-L6-v2 (6 layers × 384) reads 1,000 sentences of the embedded grammar; a linear probe reads parts "
        "of speech off each layer. Under a minute on a laptop, and nothing leaves this machine."
    )
    if pressed:
        with frame.forgiving():
            job = queue.submit(plan(RunSpec.parse(FIRST), frame.settings()), store)
            if job.state == "done":
                st.switch_page("pages/layers.py", query_params={"run": job.run})
            st.query_params["run"] = job.run
            st.rerun()


def finished(runs: list[RunRecord]) -> None:
    st.subheader("What has been run", anchor=False)
    for record in runs[:SHOWN]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(gap="xxsmall"):
                st.markdown(f"**{plain(record.label)}**")
                st.caption(f"{describe(record)} · finished {ago(record.finished)}")
            jobs.open_links(record.run, record.spec, "{}")
            st.page_link(
                "pages/new_run.py",
                label="Ask again",
                icon=":material/edit:",
                help="Open the same question on the New run page, to change it.",
                query_params=jobs.question(record.spec),
            )
    if len(runs) > SHOWN:
        st.caption(f"And {many(len(runs) - SHOWN, 'older run')}: the menu of the Layers page has them all.")


def describe(record: RunRecord) -> str:
    asked = [entry for entry in record.checkpoints if entry.requested]
    return " · ".join(
        (
            many(len(asked), "checkpoint"),
            many(len(record.tasks), "task"),
            many(len(record.probes), "probe family", "probe families"),
        )
    )


store = frame.store()
runs = stored.runs(store)
watched = st.query_params.get("run")
waiting: list[Job] = []

st.title("What does each layer know?", anchor=False)
st.markdown(
    "Strata trains small probes on every layer of a language model and shows what each layer makes easy to read out. "
    "Bring your own checkpoint and your own treebank, and see where they differ.",
)
start(store, "See what MiniLM knows")

with frame.forgiving():
    if watched and (job := store.jobs.get(watched)) is not None and job.state != "done":
        jobs.panel(watched, store, "first-job", follow=True)
    else:
        watched = None
    waiting = store.jobs.live()
    if waiting and not (watched and len(waiting) == 1):
        st.subheader("What is running", anchor=False)
        jobs.live_jobs([job for job in waiting if job.run != watched], store, "live")
    if jobs.stopped_jobs(store, "stopped", but=watched):
        st.caption("These stopped before their end. Resume one, or forget it.")

if runs:
    finished(runs)
    with st.container(horizontal=True):
        st.page_link("pages/new_run.py", label="Ask something new", icon=":material/add_circle:")
        st.page_link("pages/checkpoints.py", label="Bring a checkpoint", icon=":material/memory:")
        st.page_link("pages/data.py", label="Bring data of your own", icon=":material/upload:")
else:
    st.subheader("How it works", anchor=False)
    teach()
    if not waiting:
        st.caption("Nothing has been run in this store yet. The button is the quickest start; or choose everything.")
    st.page_link("pages/new_run.py", label="Choose checkpoint, corpus and tasks", icon=":material/tune:")
