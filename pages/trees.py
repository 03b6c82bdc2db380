"""Trees: tree measures by layer, and the tree that each layer predicts for a sentence."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._trees import own_sentence, sentence
from pages.shared import chart, choices, export, frame, sections
from pages.shared.view import FirstStep, TaskView, choose_runs, choose_view
from pages.shared.wording import escape
from probing import measures
from probing.analysis import floors
from probing.analysis.rows import ranks_of, rows_over_seeds
from probing.figures.marks import marks
from probing.figures.tree_curves import rank_sweep, topology, tree_curves
from probing.records import stored

OWN = "Your own sentence"


def by_layer(view: TaskView, controls: DeltaGenerator) -> str | None:
    """A measure by layer over its baselines; its controls stand below it, in `controls`. Returns the measure, None where none was scored."""
    offered = measures.menu("trees")
    here = [metric for metric in offered if not rows_over_seeds(*view.question(metric)).empty]
    if not here:
        st.caption(f"The {escape(view.probe)} probe has no rows on {escape(view.split)} in these runs.")
        return None
    with controls:
        metric = choices.choose_measure("Measure", offered, here, "by")
        depths = view.depths()
    question = view.question(metric)
    chart.show(
        tree_curves(question, view.requested, view.baselines, depths, view.look),
        f"{metric}-{view.split}",
        "tree-curves",
        f"{measures.axis(metric)} by layer on {view.split}, {view.probe} probe; bands are 95 % intervals, grey the best baseline.",
        chart.about(
            metric,
            "Bands are 95 % intervals of a bootstrap over sentences. The grey floor is the best of random weights and of what needs no vectors; "
            "layer 0 is the embeddings.",
            family=view.probe,
        ),
        finding(view, metric),
    )
    return metric


def finding(view: TaskView, metric: str) -> str:
    """The sentence above the chart, at the layer that has the best value on dev."""
    on_dev = floors.highlights(view.question(metric, "dev"), view.requested, {})
    return floors.finding(view.question(metric), view.requested, view.baselines, {name: layer for name, layer, _ in on_dev})


def checkpoint_of(view: TaskView, key: str) -> str:
    """A menu of the checkpoints that these runs have rows of."""
    probed = set(view.table["checkpoint"])
    return str(
        choices.menu(st.columns([2, 3])[0], "Checkpoint", [one for one in view.requested + view.baselines if one in probed], key)
    )


def sweep(view: TaskView, metric: str) -> None:
    """The measure by rank."""
    checkpoint = checkpoint_of(view, "swept")
    chart.show(
        rank_sweep(view.question(metric), checkpoint, marks(view.requested, view.baselines, view.look)[checkpoint]),
        f"{metric}-by-rank",
        "ranks",
        f"{measures.axis(metric)} of {checkpoint} by the rank of the probe; a line is a layer, and bars are 95 % intervals.",
        chart.Help(
            "A line is a layer, pale the lowest, and bars are 95 % intervals. Where a line is flat, more dimensions add nothing.",
            "Each rank is a separate probe, so a probe of low rank is not contained in one of high rank.",
        ),
    )


def bounds(view: TaskView) -> None:
    """The depth error of one checkpoint between its bounds."""
    checkpoint = checkpoint_of(view, "bounded")
    beside = st.toggle("BERT-large as published", value=False, key="beside", bind="query-params")
    mark = marks(view.requested, view.baselines, view.look)[checkpoint]
    published = (
        " The published curves (Li, Yin & Lin 2023, arXiv 2310.12454; BERT-large uncased) count padding as words, stop after a fixed number of "
        "epochs and use other text: compare their shape over depth, not their height."
    )
    chart.show(
        topology(view.question("sp"), checkpoint, view.entries[checkpoint].layers, mark, beside),
        f"topology-{view.split}",
        "topology",
        f"Depth error sp of {checkpoint} between its bounds, by depth.",
        chart.Help(
            "sp is the error of squared norms to the gold depths. It lies between the errors of the best and the worst order of those depths "
            "(coloured), and above the best error of any tree (grey).",
            "The bounds belong to one trained probe and change with the spread of its norms, so compare the relative place between layers. ssp comes "
            f"from a separate probe and is no bound.{published if beside else ''}",
            ("ssp", "ssp_lower", "sp_sorted", "essp_upper", "essp"),
            view.probe,
        ),
    )


def numbers(view: TaskView) -> None:
    """The tidy table behind the chart."""
    rows = view.rows[view.rows["split"] == view.split].drop(columns=["run"])
    st.dataframe(rows, hide_index=True, height=300, alt="The tidy table behind the chart")
    export.table(rows, f"trees-{view.probe}-{view.split}", "tree-numbers")


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
    top, controls = st.container(), st.container()
    with top:
        metric = by_layer(view, controls)
    offered: dict[str, Callable[[], None]] = {
        "Tree of a sentence": lambda: sentence.show(view),
    }
    if not frame.demo():
        offered[OWN] = lambda: own_sentence.show(view)
    if metric is not None and len(ranks_of(view.table, view.task, view.probe)) > 1:
        offered["Rank of the probe"] = lambda: sweep(view, metric)
    if view.probe == "topological":
        offered["Depth error and its bounds"] = lambda: bounds(view)
    if OWN in offered and st.query_params.get("own"):  # links with a sentence were made before the page had sections
        st.session_state.setdefault("section", OWN)
    sections.show(offered | {"Numbers": lambda: numbers(view)})
    choices.show_notes(runs.records)


with frame.forgiving():
    main()
