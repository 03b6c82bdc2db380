"""Similarity of the layers of two checkpoints: a map for each measure, beside the map against random weights."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from pages._compare.comparison import ShownComparison
from pages.shared import chart, export
from pages.shared.wording import escape
from probing import comparisons, measures
from probing.analysis import similarity
from probing.figures.comparison_maps import similarity_map

TITLES = measures.menu("similarity")


def show(answer: ShownComparison, seeds: ShownComparison | None) -> None:
    """One row of maps for each measure: against the other, and against random weights. The sentence also has two seeds."""
    base, other = answer.base, answer.other
    pair, random_pair = answer.pair("similarity"), answer.random_pair("similarity")
    assert pair is not None, "all that is shown was compared on text"
    rows = similarity.similarity_rows(answer.table, pair.second.name)
    random_rows = similarity.similarity_rows(answer.table, random_pair.second.name) if random_pair else rows.iloc[:0]
    beside = (seeds.seeds_sentence, similarity.similarity_rows(seeds.table, seeds.second)) if seeds else None
    told = similarity.summary(rows, random_rows, base, other, beside)
    st.markdown(f"**{escape(told)}**")
    names = list(TITLES)
    chosen = st.pills(
        "Measures", names, selection_mode="multi", default=["cka_debiased", "rsa", "procrustes"], key="measures", bind="query-params",
        format_func=TITLES.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    apart, mapped = similarity.disagreements(rows), comparisons.declared(pair.first, pair.second)
    for name in chosen:
        left, right = st.columns(2)
        with left:
            marked = apart if name in ("cka_debiased", "rsa") else []
            figure = similarity_map(rows, name, base, other, marked, mapped)
            drawn = f"{TITLES[name]} between layers of {base} and {other}."
            chart.show(figure, f"{name}-{other}", f"similarity-{name}", drawn, _about(name))
        with right:
            if random_pair is None:
                st.caption("Random weights have no baseline of their own.")
                continue
            figure = similarity_map(random_rows, name, base, "random weights")
            drawn = f"{TITLES[name]} between layers of {base} and random weights."
            chart.show(figure, f"{name}-random", f"floor-{name}", drawn, _about(name))
    both = pd.concat([rows.assign(second=other), random_rows.assign(second="random weights")], ignore_index=True)
    export.numbers(both, f"similarity-{Path(other).name}", "similarity-table", "The similarities behind the maps")


def _about(name: str) -> chart.Help:
    return chart.Help(
        "Bright cells are similar (Procrustes: low values). A triangle marks, for each layer of the other checkpoint, the most similar layer of the "
        "base. A straight diagonal means that layers of the same depth correspond. A ring marks a pair of layers whose ranks by debiased CKA and by "
        "RSA differ by more than a quarter of all pairs: there the result depends on the measure. Squares show the layer map of a distillation. The "
        "map of random weights shows which similarity needs no training.",
        "A few directions of large variance decide CKA, so probes may differ on similar layers. CKA has 95 % intervals (sentence bootstrap, to first "
        "order; point at a cell). Procrustes and RSA have none.",
        [name],
    )
