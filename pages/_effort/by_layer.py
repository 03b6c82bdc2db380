"""Codelength, SDL and further measures of effort by layer, on Effort."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages._effort.budget import Budget
from pages.shared import chart, choices, conditional, export, facts
from pages.shared.view import TaskView
from pages.shared.wording import escape
from probing import measures
from probing.analysis import codelengths
from probing.analysis.data_needed import question
from probing.figures.layer_curves import over_floor
from probing.measures.codelength import as_published_rows


def show(view: TaskView, budget: Budget | None, depths: dict[str, int] | None) -> None:
    """One measure by layer, its control dashed, over its baselines. SDL is that of the budget, the others are of all of train."""
    offered = measures.menu("decodability")
    here = [m for m in offered if ((view.table["metric"] == m) & (view.table["probe"] == view.probe)).any()]
    if budget is not None and "esc" in here:
        here.remove("esc")  # the chart above is of it, at the chosen ε
    if not here:
        st.caption(f"The {escape(view.probe)} probe has no further measures of effort in these runs.")
        return
    metric = choices.choose_measure("Measure", offered, here, "by")
    table = view.table
    if metric == "conditional_v_information":
        table = conditional.choose(view.table)
    elif metric == "codelength" and st.toggle(
        "As published",
        key="published",
        bind="query-params",
        help="As the reference code sums it: the first block in bits, the rest in nats.",
    ):
        table = published(view)
    shown = view._replace(table=table)
    asked, at = shown.question(metric, measures.MEASURES.get(metric).split), "with all of train"
    if metric == "sdl" and budget is not None:
        found = budget.effort()
        asked = question(view.task, view.probe, metric, budget.of.keys, found.sdl, found.sdl_lower, found.sdl_upper)
        at = f"with {budget.n:,.0f} items at ε = {budget.epsilon:.2f} bits"
    facts.remember(split=asked.split)
    control = measures.MEASURES.get(metric).control
    chart.show(
        over_floor(asked, view.requested, view.baselines, depths, control is not None, view.look).checked(),
        f"{metric}-{view.task}",
        "by-layer",
        f"{measures.axis(metric)} of {view.task} by layer, {at}; bands are 95 % intervals, grey the best baseline.",
        chart.about(
            metric,
            "Bands are 95 % intervals of a bootstrap over sentences and seeds; the grey floor is the best of random weights.",
            [*([control] if control else []), "uniform_codelength"],
            view.probe,
        ),
    )
    two_codes(view)
    numbers = shown.rows[shown.rows["metric"].isin([metric, control])].drop(columns=["run"])
    export.numbers(numbers, f"{metric}-{view.task}", "by-layer-numbers", "The measured values, with all of train")


def two_codes(view: TaskView) -> None:
    """The online and the variational codelength beside each other, where the runs have a probe that codes for itself."""
    if not (view.table["metric"] == "variational_codelength").any():
        return
    table = codelengths.side_by_side(view.table, view.task)
    with st.expander("Online and variational code side by side", icon=":material/compare_arrows:"):
        st.dataframe(
            table, hide_index=True, height="auto", alt="Codelengths by layer, and the units left in the variational probe"
        )
        st.caption(
            "How to read it: codelengths in bits. Units left counts the inputs of each layer of the probe, the first being the vector. "
            "When it misleads: the two codes use different probes, so compare their order of layers, not their values."
        )
        export.table(table, f"codes-{view.task}", "two-codes")


def published(view: TaskView) -> pd.DataFrame:
    rows = view.rows.astype({"setting": str})
    published_rows = pd.DataFrame(as_published_rows(rows)).assign(setting="{}")
    st.caption("These sums mix bits and nats. Use them only to compare with published values: see the card.")
    return pd.concat([published_rows, rows[~rows["metric"].isin(("codelength", "control_codelength"))]], ignore_index=True)
