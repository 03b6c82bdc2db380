"""Parameter changes between two checkpoints, by kind and layer."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages._compare.comparison import ShownComparison
from pages.shared import chart, choices, export
from pages.shared.wording import escape
from probing import measures
from probing.analysis import drift
from probing.figures.comparison_maps import drift_map

DRIFT = measures.menu("drift")


def show(answer: ShownComparison, seeds: ShownComparison | None) -> None:
    """The map of parameters by kind and layer, where both have the same; two seeds in the sentence."""
    base, other = answer.base, answer.other
    if answer.pair("drift") is None:
        st.caption(
            f"{escape(base)} and {escape(other)} have no stored weights of the same architecture, so their parameters cannot be compared."
        )
        return
    metric = choices.choose_measure("Reading", DRIFT, list(DRIFT), "drift")
    values = drift.drift_rows(answer.table, answer.second, metric)
    beside = (seeds.seeds_sentence, drift.drift_rows(seeds.table, seeds.second, metric)) if seeds else None
    chart.show(
        drift_map(values, measures.axis(metric)),
        f"drift-{other}",
        "drift-map",
        f"{measures.axis(metric)} of {other} from {base} by kind of parameter and layer (logarithmic colours).",
        chart.Help(
            "A row is a kind of parameter, a column is a layer. Bright cells changed more. An empty cell did not change, or has no such parameter.",
            "Kinds of parameters differ in size, so compare kinds by the relative norm and layers by either. Between checkpoints without a common "
            "history all changes are noise.",
            DRIFT,
        ),
        drift.summary(values, other, measures.axis(metric), beside),
    )
    shown = values.reset_index()
    shown.columns = [str(column) for column in shown.columns]
    export.numbers(
        shown,
        f"drift-{Path(other).name}",
        "drift-table",
        "Change by kind and layer; layer 0 is the embeddings, -1 belongs to none",
    )
