"""Trees: tree measures by layer, and the tree that each layer predicts for a sentence."""

from __future__ import annotations

import streamlit as st

from pages._trees import own_sentence, sentence
from pages.shared import cards, chart, choices, export, frame
from pages.shared.view import FirstStep, TaskView, choose_runs, choose_view
from pages.shared.wording import escape
from probing import measures
from probing.analysis.rows import ranks_of, rows_over_seeds
from probing.figures.tree_curves import rank_sweep, topology, tree_curves
from probing.records import stored


def by_layer(view: TaskView) -> None:
    """A measure by layer with its baselines."""
    offered = measures.menu("trees")
    st.header("Tree measures by layer" if view.probe == "structural" else "Depth measures by layer", anchor=False)
    here = [metric for metric in offered if not rows_over_seeds(view.table, metric, view.split, view.task, view.probe).empty]
    if not here:
        st.caption(f"The {escape(view.probe)} probe has no rows on {escape(view.split)} in these runs.")
        return
    metric = choices.choose_measure("Measure", offered, here, "by")
    depths = view.depths()
    shown = tree_curves(view.table, metric, view.split, view.task, view.probe, view.requested, view.baselines, depths)
    read, _, misleads = measures.MEASURES.get(metric).caption.removeprefix("How to read it: ").partition("When it misleads: ")
    chart.show(
        shown,
        f"{metric}-{view.split}",
        "tree-curves",
        f"{offered[metric]} by layer on {view.split}, {view.probe} probe; bands are 95 % intervals, grey random weights.",
        chart.Help(
            f"{read}Bands are 95 % intervals of a bootstrap over sentences; grey lines are random baselines; layer 0 is the embeddings.",
            misleads,
            [metric],
            view.probe,
        ),
    )
    sweep(view, metric)
    numbers = view.rows[view.rows["split"] == view.split].drop(columns=["run"])
    export.numbers(numbers, f"trees-{view.probe}-{view.split}", "tree-numbers", "The tidy table behind the chart")


def sweep(view: TaskView, metric: str) -> None:
    """The measure by rank, where several were requested."""
    if len(ranks_of(view.table, view.task, view.probe)) < 2:
        return
    st.header("Rank of the probe", anchor=False)
    swept = [name for name in view.requested if name in set(view.table["checkpoint"])]
    checkpoint = st.selectbox("Checkpoint", swept, key="swept", bind="query-params") if len(swept) > 1 else swept[0]
    shown = rank_sweep(view.table, metric, view.split, view.task, view.probe, checkpoint)
    chart.show(
        shown,
        f"{metric}-by-rank",
        "ranks",
        f"{metric} by the rank of the probe; a line is a layer, and bars are 95 % intervals.",
        chart.Help(
            "A line is a layer, and bars are 95 % intervals. Where a line is flat, more dimensions add nothing.",
            "Each rank is a separate probe, so a probe of low rank is not contained in one of high rank.",
        ),
    )


def shape(view: TaskView) -> None:
    """The topology chart of one checkpoint."""
    st.header("Depth error and its bounds", anchor=False)
    here = [name for name in view.requested + view.baselines if name in set(view.table["checkpoint"])]
    checkpoint = st.selectbox("Checkpoint", here, key="bounded", bind="query-params")
    beside = st.toggle("BERT-large as published", value=False, key="beside", bind="query-params")
    layers = view.entries[checkpoint].layers
    shown = topology(view.table, view.split, view.task, view.probe, checkpoint, layers, beside)
    export.figure(shown, f"topology-{view.split}", "topology", f"sp of {checkpoint} between its bounds, by depth")
    st.caption(
        "How to read it: sp is the error of squared norms to the gold depths. It lies between the errors of the best and the worst order of those "
        "depths (blue), and above the best error of any tree (grey). When it misleads: the bounds belong to one trained probe and change with "
        "the spread of its norms, so compare the relative place between layers. ssp comes from a separate probe and is no bound."
    )
    if beside:
        st.caption(
            "The published curves (Li, Yin & Lin 2023, arXiv 2310.12454; BERT-large uncased) count padding as words, stop after a fixed number of "
            "epochs and use other text: compare their shape over depth, not their height."
        )
    cards.of_measures(("ssp", "ssp_lower", "sp_sorted", "essp_upper", "essp"))


def main() -> None:
    frame.title("Trees", "Syntax trees by layer: tree measures, and predicted trees beside gold trees.")
    store = frame.store()
    records = choices.of_trees(stored.runs(store), trees=True)
    runs = choose_runs(
        store,
        records,
        "**No runs on trees yet.** A structural probe learns a linear map after which distances between words approximate distances in the "
        "dependency tree. The topological probe reads depths. Both need a corpus with heads: a treebank, or the embedded grammar.",
        FirstStep("Probe trees", {"task": "trees", "probe": ["structural", "topological"], "max_train": "1000", "seeds": "1"}),
    )
    view = choose_view(runs)
    by_layer(view)
    if view.probe == "topological":
        shape(view)
    sentence.show(view)
    own_sentence.show(view)
    choices.show_notes(runs.records)


with frame.forgiving():
    main()
