"""How alike the layers of two checkpoints are, and how far parameters moved: a comparison asked as a job, and its maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from cache.store import Store
from pages.shared import cards, choices, controls, export, frame, jobs
from pages.shared.wording import plain
from probing import comparisons, measures
from probing.comparisons import Comparison, ComparisonSpec
from probing.errors import BadInput
from probing.execution import queue
from probing.figures import comparison_maps as maps

DRIFT = {"drift": "Mean change", "drift_relative": "Relative norm", "drift_angle": "Angle"}
TOLD = {"drift": "mean |Δθ|", "drift_relative": "‖Δθ‖/‖θ₀‖", "drift_angle": "angle, degrees"}


def show(store: Store, records: list[dict[str, Any]], people: dict[str, dict[str, Any]], base: str, against: list[str]) -> None:
    """Similarity and drift of one checkpoint against the base. Each says in a sentence why it cannot be had."""
    st.subheader("How alike are their layers?", anchor=False)
    names = against or [name for name, entry in people.items() if base in entry["of"]]
    if not names:
        st.caption("There is no second checkpoint to hold against it.")
        return
    first, second = st.columns([2, 3], vertical_alignment="bottom")
    other = choices.menu(first, "Held against the base", names, "alike")
    items = second.segmented_control(
        "Vectors of", ["words", "sentences"], default="words", required=True, key="vectors", bind="query-params"
    )
    with frame.forgiving():
        asked = question(records, people, base, other, items or "words")
        if not asked.answered(store):
            ask(asked, store)
            return
        table = asked.table(store)
        similarity(table, asked, base, other)
        drift(table, base, other)
        for note in asked.notes(store):
            st.caption(plain(note))


def question(records: list[dict[str, Any]], people: dict[str, dict[str, Any]], base: str, other: str, items: str) -> Comparison:
    """The comparison on the text that the base's run read, as it read it. Raises BadInput where a checkpoint is not to be found any more."""
    record = next(record for record in records if base in {entry["name"] for entry in record["checkpoints"]})
    settings = frame.settings()
    spec = record["spec"]
    read = {name: spec[name] for name in ("max_test", "pooling", "precision", "submodule") if spec.get(name) is not None}
    asked = {
        "checkpoints": tuple(spec_of(records, name) for name in (base, other)),
        "corpus": record["corpus"]["spec"],
        "items": items,
    }
    found = comparisons.plan(ComparisonSpec.parse(asked | read), settings, settings.page_roots())
    have = {side.fingerprint for pair in found.pairs for side in (pair.first, pair.second)}
    changed = next((name for name in (base, other) if people[name]["fingerprint"] not in have), None)
    if changed:
        raise BadInput(f"{changed} is not the checkpoint that was probed under this name any more: run it again, then compare.")
    return found


def spec_of(records: list[dict[str, Any]], name: str) -> str:
    """What a run called the checkpoint that is shown under `name`. Raises BadInput where no record says it."""
    for record in records:
        entries = {entry["name"]: entry for entry in record["checkpoints"]}
        if name not in entries:
            continue
        asked = [entry["name"] for entry in record["checkpoints"] if entry["role"] == "asked"]
        specs = list(record["spec"].get("checkpoints", ()))
        if name in asked and len(asked) == len(specs):
            return controls.refuse_dots(specs[asked.index(name)])
        of = [twin for twin in entries[name]["of"] if twin in asked]
        if of and len(asked) == len(specs):
            return f"random:{controls.refuse_dots(specs[asked.index(of[0])])}@0"
    raise BadInput(f"No run that is chosen says where {name} lies, so its layers cannot be compared: run it anew.")


def ask(asked: Comparison, store: Store) -> None:
    """A button, or the job of the same question."""
    job = store.jobs.get(asked.run)
    if job is not None and job.state != "done":
        jobs.panel(asked.run, store, "alike-job", change=False)
        return
    st.caption(
        "CKA, Procrustes and RSA between all layers of both, the same against random weights, and the change of every parameter. "
        "Vectors that the run stored are read again, so it takes seconds to a few minutes."
    )
    if st.button("Compare their layers", type="primary", icon=":material/compare_arrows:", key="compare"):
        queue.submit(asked, store)
        st.rerun()


def similarity(table: pd.DataFrame, asked: Comparison, base: str, other: str) -> None:
    """A row of maps a measure: against the other, and against random weights."""
    pairs = {pair.second.fingerprint: pair for pair in asked.pairs if pair.kind == "similarity"}
    pair = next(pair for pair in pairs.values() if pair.second.spec == asked.spec.checkpoints[1])
    twin = next((one for one in pairs.values() if one is not pair), None)
    rows = maps.similarity_rows(table, pair.second.name)
    floor = maps.similarity_rows(table, twin.second.name) if twin else rows.iloc[:0]
    with st.container(border=True):
        st.markdown(plain(maps.similarity_sentence(rows, floor, base, other)))
    names = list(maps.TITLES)
    chosen = st.pills(
        "Measures", names, selection_mode="multi", default=["cka_debiased", "rsa", "procrustes"], key="measures", bind="query-params",
        format_func=maps.TITLES.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    apart, mapped = maps.disagreements(rows), comparisons.declared(pair.first, pair.second)
    for name in chosen:
        left, right = st.columns(2)
        with left:
            marked = apart if name in ("cka_debiased", "rsa") else []
            figure = maps.similarity_map(rows, name, base, other, marked, mapped)
            export.figure(
                figure, f"{name}-{other}", f"similarity-{name}", f"{maps.TITLES[name]} between layers of {base} and {other}"
            )
        with right:
            if twin is None:
                st.caption("There is no floor below random weights.")
                continue
            figure = maps.similarity_map(floor, name, base, "random weights")
            said = f"{maps.TITLES[name]} between layers of {base} and random weights"
            export.figure(figure, f"{name}-random", f"floor-{name}", said)
    st.caption(
        "How to read it: bright is alike (for Procrustes, low). Triangles mark, for each layer of the other, the layer of the base that is most "
        "like it; a straight diagonal says that depth kept its meaning. Rings mark pairs of layers that debiased CKA and RSA place more "
        "than a quarter of all pairs apart: there the answer depends on the measure. Squares join the layer map that a distillation "
        "declared. On the right, the same base against its own architecture with random weights on the same items: what likeness costs "
        "nothing. When it misleads: a few directions of large variance decide CKA, so alike layers may still answer probes "
        "differently. CKA has 95 % intervals (sentence bootstrap, to first order; point at a cell); Procrustes and RSA have none."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in names:
            cards.popover(measures.MEASURES.get(name).card)
    with st.expander("The numbers", icon=":material/table:"):
        both = pd.concat([rows.assign(second=other), floor.assign(second="random weights")], ignore_index=True)
        st.dataframe(both, hide_index=True, height=300, alt="The similarities behind the maps")
        export.table(both, f"similarity-{Path(other).name}", "similarity-table")


def drift(table: pd.DataFrame, base: str, other: str) -> None:
    """The map of parameters by kind and layer, where both have the same."""
    st.subheader("Which parameters moved?", anchor=False)
    if not (table["metric"] == "drift").any():
        st.caption(
            f"{plain(base)} and {plain(other)} have no weights of one architecture on disk, so nothing can be said to have moved."
        )
        return
    choices.forget_unknown("drift", list(DRIFT))
    metric = st.segmented_control(
        "Reading", list(DRIFT), default="drift", required=True, key="drift", format_func=DRIFT.__getitem__, bind="query-params",
        label_visibility="collapsed",
    ) or "drift"  # fmt: skip
    second = table.loc[table["metric"] == "drift", "setting"].iloc[0]
    values = maps.drift_rows(table, maps.second_of(second), metric)
    with st.container(border=True):
        st.markdown(plain(maps.drift_sentence(values, other, TOLD[metric])))
    export.figure(
        maps.drift_map(values, TOLD[metric]),
        f"drift-{other}",
        "drift-map",
        f"{TOLD[metric]} of {other} from {base} by kind and layer",
    )
    st.caption(
        "How to read it: a row is a kind of parameter, a column a layer; bright moved more (logarithmic colours), an empty cell did not move at "
        "all or has no such parameter. When it misleads: kinds differ in size by themselves, so compare kinds by the relative norm and "
        "layers by either; between checkpoints that share no history all of it is noise."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for name in DRIFT:
            cards.popover(measures.MEASURES.get(name).card)
    with st.expander("The numbers", icon=":material/table:"):
        shown = values.reset_index()
        shown.columns = [str(column) for column in shown.columns]
        st.dataframe(
            shown, hide_index=True, height=300, alt="Change by kind and layer; layer 0 is the embeddings, -1 belongs to none"
        )
        export.table(shown, f"drift-{Path(other).name}", "drift-table")
