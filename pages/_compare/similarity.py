"""How alike the layers of two checkpoints are: maps of every measure beside those against random weights."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from pages._compare.comparison import Answer
from pages.shared import cards, export
from pages.shared.wording import plain
from probing import comparisons, measures
from probing.analysis import similarity
from probing.figures.comparison_maps import similarity_map

TITLES = measures.menu("similarity")


def show(answer: Answer, seeds: Answer | None) -> None:
    """A row of maps a measure: against the other, and against random weights; two seeds in the sentence."""
    base, other = answer.base, answer.other
    pair, twin = answer.pair("similarity"), answer.floor("similarity")
    assert pair is not None, "all that is shown was compared on text"
    rows = similarity.similarity_rows(answer.table, pair.second.name)
    floor = similarity.similarity_rows(answer.table, twin.second.name) if twin else rows.iloc[:0]
    beside = (seeds.told, similarity.similarity_rows(seeds.table, seeds.second)) if seeds else None
    with st.container(border=True):
        st.markdown(plain(similarity.summary(rows, floor, base, other, beside)))
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
            export.figure(
                figure,
                f"{name}-{other}",
                f"similarity-{name}",
                f"{measures.menu('similarity')[name]} between layers of {base} and {other}",
            )
        with right:
            if twin is None:
                st.caption("There is no floor below random weights.")
                continue
            figure = similarity_map(floor, name, base, "random weights")
            said = f"{measures.menu('similarity')[name]} between layers of {base} and random weights"
            export.figure(figure, f"{name}-random", f"floor-{name}", said)
    st.caption(
        "How to read it: bright is alike (for Procrustes, low). Triangles mark, for each layer of the other, the layer of the base that is most "
        "like it; a straight diagonal says that depth kept its meaning. Rings mark pairs of layers that debiased CKA and RSA place more "
        "than a quarter of all pairs apart: there the answer depends on the measure. Squares join the layer map that a distillation "
        "declared. On the right, the same base against its own architecture with random weights on the same items: what likeness costs "
        "nothing. When it misleads: a few directions of large variance decide CKA, so alike layers may still answer probes "
        "differently. CKA has 95 % intervals (sentence bootstrap, to first order; point at a cell); Procrustes and RSA have none."
    )
    cards.of_measures(names)
    with st.expander("The numbers", icon=":material/table:"):
        both = pd.concat([rows.assign(second=other), floor.assign(second="random weights")], ignore_index=True)
        st.dataframe(both, hide_index=True, height=300, alt="The similarities behind the maps")
        export.table(both, f"similarity-{Path(other).name}", "similarity-table")
