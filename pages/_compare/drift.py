"""Which parameters moved between two checkpoints, by kind and layer."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages._compare.comparison import Answer
from pages.shared import cards, choices, export
from pages.shared.wording import plain
from probing.analysis import drift
from probing.figures.comparison_maps import drift_map

DRIFT = {"drift": "Mean change", "drift_relative": "Relative norm", "drift_angle": "Angle"}
TOLD = {"drift": "mean |Δθ|", "drift_relative": "‖Δθ‖/‖θ₀‖", "drift_angle": "angle, degrees"}


def show(answer: Answer, seeds: Answer | None) -> None:
    """The map of parameters by kind and layer, where both have the same; two seeds in the sentence."""
    base, other = answer.base, answer.other
    st.subheader("Which parameters moved?", anchor=False)
    if answer.pair("drift") is None:
        st.caption(
            f"{plain(base)} and {plain(other)} have no weights of one architecture on disk, so nothing can be said to have moved."
        )
        return
    choices.forget_unknown("drift", list(DRIFT))
    metric = st.segmented_control(
        "Reading", list(DRIFT), default="drift", required=True, key="drift", format_func=DRIFT.__getitem__, bind="query-params",
        label_visibility="collapsed",
    ) or "drift"  # fmt: skip
    values = drift.drift_rows(answer.table, answer.second, metric)
    beside = (seeds.told, drift.drift_rows(seeds.table, seeds.second, metric)) if seeds else None
    with st.container(border=True):
        st.markdown(plain(drift.summary(values, other, TOLD[metric], beside)))
    export.figure(
        drift_map(values, TOLD[metric]),
        f"drift-{other}",
        "drift-map",
        f"{TOLD[metric]} of {other} from {base} by kind and layer",
    )
    st.caption(
        "How to read it: a row is a kind of parameter, a column a layer; bright moved more (logarithmic colours), an empty cell did not move at "
        "all or has no such parameter. When it misleads: kinds differ in size by themselves, so compare kinds by the relative norm and "
        "layers by either; between checkpoints that share no history all of it is noise."
    )
    cards.of_measures(DRIFT)
    with st.expander("The numbers", icon=":material/table:"):
        shown = values.reset_index()
        shown.columns = [str(column) for column in shown.columns]
        st.dataframe(
            shown, hide_index=True, height=300, alt="Change by kind and layer; layer 0 is the embeddings, -1 belongs to none"
        )
        export.table(shown, f"drift-{Path(other).name}", "drift-table")
