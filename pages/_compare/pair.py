"""Two checkpoints: layer similarity, parameter changes and the shape of attention, computed by a job."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cache.store import Store
from pages._compare import comparison, drift, similarity, topology
from pages._compare.comparison import ShownComparison
from pages.shared import choices, facts, frame, jobs, names, report
from pages.shared.wording import escape
from probing.comparisons import Comparison
from probing.execution import queue
from probing.records.run import RecordedCheckpoint, RunRecord

Part = Callable[[ShownComparison, ShownComparison | None, Store], None]
PARTS: dict[str, Part] = {
    "Layer similarity": lambda answer, beside, _store: similarity.show(answer, beside),
    "Parameters": lambda answer, beside, _store: drift.show(answer, beside),
    "Attention": topology.show,
}


def show(
    store: Store, records: Sequence[RunRecord], entries: dict[str, RecordedCheckpoint], base: str, against: list[str], part: Part
) -> None:
    """One of PARTS for one checkpoint and the base, or for two seeds. It says in a sentence why it is unavailable."""
    others = against or [name for name, entry in entries.items() if base in entry.baseline_of]
    seed_pairs = comparison.seeds(records, entries)
    pairs = {name: (base, name) for name in others}
    pairs |= {
        comparison.seeds_label(one, two): (one, two)
        for one, two in seed_pairs
        if base not in (one, two) or not {one, two} & set(others)
    }
    if not pairs:
        st.caption("There is no second checkpoint to compare with.")
        return
    first, second = st.columns([2, 3], vertical_alignment="bottom")
    base, other = pairs[choices.menu(first, "Checkpoint", list(pairs), choices.SECOND)]
    items = (
        second.segmented_control(
            "Vectors of", ["words", "sentences"], default="words", required=True, key="vectors", bind="query-params"
        )
        or "words"
    )
    if {base, other} in map(set, seed_pairs):
        st.markdown(
            f"{escape(base)} and {escape(other)} differ only in the seed: their difference is the seed noise of every comparison with this recipe."
        )
    elif seed_pairs:
        st.caption(
            f"{escape(' and '.join(seed_pairs[0]))} differ only in the seed: compare them to see the seed noise. Afterwards it is shown "
            "beside comparisons of either."
        )
    with frame.forgiving():
        question = comparison.question(records, entries, base, other, items)
        if not question.answered(store):
            ask(question, store)
            return
        answer = ShownComparison(base, other, question, question.table(store))
        shown = facts.in_full((base, other), names.full())
        facts.remember(checkpoints=shown, run=question.run[:6], date=None, probe=None, split=None, interval=None)
        beside = comparison.seeds_beside(records, entries, seed_pairs, base, other, items, store)
        part(answer, beside, store)
        for note in question.notes(store):
            st.caption(escape(note))
        if store.jobs.get(question.run) is not None:
            report.button([question.run], "comparison-report", label="Report of this comparison")


def ask(question: Comparison, store: Store) -> None:
    """A button that starts the job, or the job itself."""
    job = store.jobs.get(question.run)
    if jobs.stands(job, store):
        jobs.panel(question.run, store, "alike-job", change=False)
        return
    st.caption(
        "This computes CKA, Procrustes and RSA between all layers, the shape of attention where both have the same heads, and the change of "
        "every parameter, also for random weights. Stored vectors are reused, so it takes seconds to a few minutes."
    )
    if st.button("Compare layers", type="primary", icon=":material/compare_arrows:", key="compare"):
        queue.submit(question, store)
        st.rerun()
