"""The shape of attention of two checkpoints: its difference by layer (beside random weights and seeds) and by head, and the graphs of both."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from cache.store import Store
from pages._compare.comparison import ShownComparison
from pages.shared import chart, choices, export, names
from pages.shared.wording import escape
from probing import comparisons
from probing.analysis import attention_topology as topology
from probing.figures import topology_maps as maps
from probing.measures.attention_graphs import THRESHOLDS
from probing.records import stored
from probing.records.record import PairRecord

RANDOM = "random weights"
ABOUT = chart.Help(
    "The attention of each head is cut at six thresholds, and each cut gives a graph between tokens. The difference is that between the graphs of a "
    "layer or head in edges, components, cycles and mean bar (0: equal, 1: the maximum). The graphs of both show the direction. Random weights show "
    "the difference without training.",
    "In published work fine-tuning changes upper layers more, so a rise with the layer is expected. Counts do not show which tokens are joined. "
    "Heads of checkpoints without a common history may be permuted.",
    (topology.METRIC, *topology.GRAPHS),
)


def show(answer: ShownComparison, seeds: ShownComparison | None, store: Store) -> None:
    """The section, or one sentence that says why the two have no common heads."""
    base, other, pair = answer.base, answer.other, answer.pair("topology")
    rows = topology.topology_rows(answer.table, answer.second)
    if pair is None or rows.empty:
        st.caption(escape(_why(answer, store)))
        return
    random_pair = answer.random_pair("topology")
    random_rows = topology.topology_rows(answer.table, random_pair.second.name) if random_pair else rows.iloc[:0]
    beside = topology.topology_rows(seeds.table, seeds.second) if seeds else rows.iloc[:0]
    told = topology.summary(rows, random_rows, base, other, (seeds.seeds_sentence, beside) if seeds and len(beside) else None)
    sides = {other: rows} | ({seeds.label: beside} if seeds and len(beside) else {})
    baselines = {RANDOM: random_rows} if len(random_rows) else {}
    drawn = (
        f"Difference in the shape of attention between {other} and {base} by layer, beside random weights, with 95 % intervals."
    )
    chart.show(
        maps.drift_curve(sides, baselines, names.marks_as_shown(store)), f"topology-{other}", "topology-curve", drawn, ABOUT, told
    )
    drawn = f"Difference in the shape of attention between {other} and {base} by head and layer."
    chart.show(maps.head_map(rows), f"topology-heads-{other}", "topology-heads", drawn, ABOUT)
    choices.forget_unknown("cut", list(THRESHOLDS))
    threshold = st.segmented_control(
        "Graphs cut at", list(THRESHOLDS), default=0.1, required=True, key="cut", format_func=lambda one: f"{one:g}", bind="query-params",
    ) or 0.1  # fmt: skip
    drawn = f"Components and cycles of attention graphs of {base} and {other} by layer, cut at {threshold:g}."
    chart.show(
        maps.shape_curves(rows, threshold, base, other, names.marks_as_shown(store)),
        f"attention-graphs-{other}",
        "attention-graphs",
        drawn,
        ABOUT,
    )
    both = pd.concat([part.assign(second=name) for name, part in {**sides, **baselines}.items()], ignore_index=True)
    alt = "Difference by layer and head, and counts of the graphs of both"
    export.numbers(both, f"topology-{Path(other).name}", "topology-table", alt)


def _why(answer: ShownComparison, store: Store) -> str:
    """What keeps the two from being compared: their shapes, or what was found when their attention was read."""
    pair = answer.pair("topology")
    if pair is not None:
        return " ".join(stored.cell(store, pair.id, PairRecord).notes)
    shown = answer.pair("similarity")
    assert shown is not None, "all that is shown was compared on text"
    return comparisons.unlike(shown.first, shown.second) or "Only embeddings were compared, and they have no attention."
