"""Effort: how easily a layer answers a task, by amount of data, codelength and complexity of the probe."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages._effort import budget, hardest
from pages.shared import cards, choices, conditional, curves, export, frame, jobs
from pages.shared.view import FirstStep, TaskView, choose_runs, choose_view
from pages.shared.wording import escape
from probing import measures
from probing.analysis import codelengths
from probing.analysis.rows import LayerQuestion
from probing.figures.layer_curves import layer_curves
from probing.measures.codelength import as_published_rows
from probing.records import stored


def by_layer(view: TaskView) -> None:
    """One measure by layer, its control dashed, random baselines grey."""
    st.subheader("Decodability by layer", anchor=False)
    offered = measures.menu("decodability")
    here = [m for m in offered if ((view.table["metric"] == m) & (view.table["probe"] == view.probe)).any()]
    if not here:
        st.caption(f"The {escape(view.probe)} probe has no decodability measures in these runs.")
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
    split = measures.MEASURES.get(metric).split or view.split
    shown = layer_curves(
        LayerQuestion(table, metric, split, view.task, view.probe), view.requested, view.baselines, view.depths(), known=view.look
    )
    export.figure(shown, f"{metric}-{view.task}", "by-layer", f"{measures.axis(metric)} of {view.task} by layer")
    st.caption(
        measures.MEASURES.get(metric).caption
        + " Bands are 95 % intervals of a bootstrap over sentences and seeds; grey lines are random baselines."
    )
    common_dimension(view)
    two_codes(view)
    control = measures.MEASURES.get(metric).control
    cards.of_measures([metric, control or metric, "uniform_codelength"], view.probe)
    rows = view._replace(table=table).rows
    numbers = rows[rows["metric"].isin([metric, control])].drop(columns=["run"])
    export.numbers(numbers, f"{metric}-{view.task}", "by-layer-numbers", "The tidy table behind the chart")


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


def common_dimension(view: TaskView) -> None:
    """Says how vectors of different width are made comparable, or that they are not."""
    for size in sorted({record.spec.dimension for record in view.records if record.spec.dimension}):
        st.caption(f"Vectors are reduced to their first {size} principal components (fitted on train, standardised).")
    widths = sorted({view.entries[name].hidden for name in view.requested})
    full_width_runs = [record for record in view.records if not record.spec.dimension]
    if len(widths) > 1 and full_width_runs:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"Vectors have {' and '.join(map(str, widths))} dimensions: a wider vector gives its probe more information.",
                width="stretch",
            )
            link = jobs.question(full_width_runs[0].spec) | {"dimension": str(widths[0])}
            st.page_link("pages/new_run.py", label="Compare at a common dimension", icon=":material/compress:", query_params=link)


def main() -> None:
    frame.title(
        "Effort",
        "How easily each layer answers a task: amount of data, codelength and complexity of the probe.",
    )
    store = frame.store()
    records = [record for record in stored.runs(store) if record.spec.measure == "decodability"]
    runs = choose_runs(
        store,
        records,
        "**No run has measured decodability yet.** Two layers can have the same accuracy while one needs ten times the data. "
        "Such a run trains each probe on growing parts of train, so it takes several times as long as a run of accuracy.",
        FirstStep("Measure decodability", {"measure": "decodability"}),
    )
    view = choose_view(runs)
    by_layer(view)
    of = curves.side_by_side(store.root, runs.runs, view.task, view.probe, len(view.classes), runs.records)
    if of is None:
        st.caption(f"These runs have no loss–data curve of {escape(view.task)} with the {escape(view.probe)} probe.")
    else:
        if of.apart:
            st.caption(f"Left out below, because their sizes of train differ: {escape(', '.join(of.apart))}.")
        budget.budget(view, of)
        budget.frontiers(view, of)
    hardest.show(view.root, view.records, view.requested + view.baselines, view.task, view.probe, view.split, view.classes)
    choices.show_notes(runs.records)


with frame.forgiving():
    main()
