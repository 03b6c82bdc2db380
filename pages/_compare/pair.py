"""How alike the layers of two checkpoints are, how far parameters moved, how attention changed its shape: a comparison asked as a job."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cache.store import Store
from pages._compare import comparison, drift, similarity, topology
from pages._compare.comparison import Answer
from pages.shared import choices, frame, jobs
from pages.shared.wording import plain
from probing.comparisons import Comparison
from probing.execution import queue


def show(store: Store, records: list[dict[str, Any]], people: dict[str, dict[str, Any]], base: str, against: list[str]) -> None:
    """Similarity, drift and topology of one checkpoint against the base, or of two seeds. Each says in a sentence why it cannot be had."""
    st.subheader("How alike are their layers?", anchor=False)
    names = against or [name for name, entry in people.items() if base in entry["of"]]
    twins = comparison.seeds(records, people)
    held = {name: (base, name) for name in names}
    held |= {
        comparison.seeds_label(one, two): (one, two)
        for one, two in twins
        if base not in (one, two) or not {one, two} & set(names)
    }
    if not held:
        st.caption("There is no second checkpoint to hold against it.")
        return
    first, second = st.columns([2, 3], vertical_alignment="bottom")
    base, other = held[choices.menu(first, "Held against the base", list(held), "alike")]
    items = (
        second.segmented_control(
            "Vectors of", ["words", "sentences"], default="words", required=True, key="vectors", bind="query-params"
        )
        or "words"
    )
    if {base, other} in map(set, twins):
        st.markdown(
            f"{plain(base)} and {plain(other)} differ by seed alone: what parts them is the noise under every other comparison of their recipe."
        )
    elif twins:
        st.caption(
            f"{plain(' and '.join(twins[0]))} differ by seed alone: hold them against each other to see what a seed does by itself. Once that is "
            "answered, it stands beside comparisons of either."
        )
    with frame.forgiving():
        asked = comparison.question(records, people, base, other, items)
        if not asked.answered(store):
            ask(asked, store)
            return
        answer = Answer(base, other, asked, asked.table(store))
        beside = comparison.seeds_beside(records, people, twins, base, other, items, store)
        similarity.show(answer, beside)
        drift.show(answer, beside)
        topology.show(answer, beside, store)
        for note in asked.notes(store):
            st.caption(plain(note))


def ask(asked: Comparison, store: Store) -> None:
    """A button, or the job of the same question."""
    job = store.jobs.get(asked.run)
    if job is not None and job.state != "done":
        jobs.panel(asked.run, store, "alike-job", change=False)
        return
    st.caption(
        "CKA, Procrustes and RSA between all layers of both, the shape of attention where both have the same heads, all of it against random "
        "weights too, and the change of every parameter. Vectors that the run stored are read again, so it takes seconds to a few minutes."
    )
    if st.button("Compare their layers", type="primary", icon=":material/compare_arrows:", key="compare"):
        queue.submit(asked, store)
        st.rerun()
