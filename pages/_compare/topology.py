"""How attention changed its shape between two checkpoints: by layer beside random weights and seeds, by head, and both side by side."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from cache.store import Store
from pages._compare.comparison import Answer
from pages.shared import cards, choices, export
from pages.shared.wording import plain
from probing import comparisons
from probing.analysis import attention_topology as topology
from probing.figures import topology_maps as maps
from probing.measures.attention_graphs import THRESHOLDS

FLOOR = "random weights"


def show(answer: Answer, seeds: Answer | None, store: Store) -> None:
    """The section, or the sentence that says why the two have no heads in common."""
    st.subheader("How did attention change its shape?", anchor=False)
    base, other, pair = answer.base, answer.other, answer.pair("topology")
    rows = topology.topology_rows(answer.table, answer.second)
    if pair is None or rows.empty:
        st.caption(plain(_why(answer, store)))
        return
    twin = answer.floor("topology")
    floor = topology.topology_rows(answer.table, twin.second.name) if twin else rows.iloc[:0]
    beside = topology.topology_rows(seeds.table, seeds.second) if seeds else rows.iloc[:0]
    with st.container(border=True):
        st.markdown(plain(topology.summary(rows, floor, base, other, (seeds.told, beside) if seeds and len(beside) else None)))
    sides = {other: rows} | ({seeds.label: beside} if seeds and len(beside) else {})
    floors = {FLOOR: floor} if len(floor) else {}
    left, right = st.columns(2)
    with left:
        said = f"Drift of the shape of attention of {other} from {base} by layer, beside random weights"
        export.figure(maps.drift_curve(sides, floors), f"topology-{other}", "topology-curve", said)
    with right:
        said = f"Drift of the shape of attention of {other} from {base} by head and layer"
        export.figure(maps.head_map(rows), f"topology-heads-{other}", "topology-heads", said)
    choices.forget_unknown("cut", list(THRESHOLDS))
    threshold = st.segmented_control(
        "Graphs cut at", list(THRESHOLDS), default=0.1, required=True, key="cut", format_func=lambda one: f"{one:g}", bind="query-params",
    ) or 0.1  # fmt: skip
    said = f"Components and cycles of attention graphs of {base} and {other} by layer, cut at {threshold:g}"
    export.figure(maps.shape_curves(rows, threshold, base, other), f"attention-graphs-{other}", "attention-graphs", said)
    st.caption(
        "How to read it: each head's attention is cut at six thresholds and read as a graph between tokens. The curve says how far the graphs of a "
        "layer are from the base's in edges, components, cycles and mean bar, 0 the same and 1 the furthest there is, with 95 % intervals over "
        "sentences; the map says which heads it was; the lower chart says in which direction. Random weights are what nothing learned looks like "
        "beside the base. When it misleads: in published work fine-tuning moves upper layers further, so a rise with the layer is no finding by "
        "itself; counts do not see which tokens are joined; and heads of checkpoints without a common history may be permuted."
    )
    cards.of_measures((topology.METRIC, *topology.GRAPHS))
    with st.expander("The numbers", icon=":material/table:"):
        both = pd.concat([part.assign(second=name) for name, part in {**sides, **floors}.items()], ignore_index=True)
        st.dataframe(both, hide_index=True, height=300, alt="Drift by layer and head, and counts of the graphs of both")
        export.table(both, f"topology-{Path(other).name}", "topology-table")


def _why(answer: Answer, store: Store) -> str:
    """What keeps the two from being compared: their shapes, or what was found when their attention was to be read."""
    pair = answer.pair("topology")
    if pair is not None:
        return " ".join(store.results.cell_facts(pair.id)["notes"])
    shown = answer.pair("similarity")
    assert shown is not None, "all that is shown was compared on text"
    return comparisons.unlike(shown.first, shown.second) or "Only embeddings were compared, and they attend to nothing."
