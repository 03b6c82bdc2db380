"""Trees: is the syntax there, in what shape, at which layer; and what tree each layer holds of a sentence."""

from __future__ import annotations

import streamlit as st

from pages._trees import own_sentence, sentence
from pages.shared import cards, choices, export, frame, results
from pages.shared.view import View, choose_view
from pages.shared.wording import plain
from probing import measures, probes
from probing.analysis.rows import plain_rows, ranks_of
from probing.figures.tree_curves import rank_sweep, topology, tree_curves


def by_layer(view: View) -> None:
    """A measure by layer with its baselines."""
    offered = measures.menu("trees")
    st.subheader("Is the tree there?" if view.probe == "structural" else "How well is the order of depths held?", anchor=False)
    here = [metric for metric in offered if not plain_rows(view.table, metric, view.split, view.task, view.probe).empty]
    if not here:
        st.caption(f"The {plain(view.probe)} probe has no rows on {plain(view.split)} in these runs.")
        return
    choices.forget_unknown("by", here)
    metric = st.segmented_control(
        "Measure", here, default=here[0], required=True, key="by", format_func=offered.__getitem__, bind="query-params",
        label_visibility="collapsed",
    ) or here[0]  # fmt: skip
    depths = {name: entry["layers"] for name, entry in view.people.items()}
    relative = len({depths[name] for name in view.asked}) > 1 and st.toggle(
        "Depth as layer / layers", value=True, key="relative", bind="query-params"
    )
    shown = tree_curves(
        view.table, metric, view.split, view.task, view.probe, view.asked, view.twins, depths if relative else None
    )
    export.figure(shown, f"{metric}-{view.split}", "tree-curves", f"{metric} by layer on {view.split}")
    st.caption(
        measures.MEASURES.get(metric).caption
        + " Bands are 95 % intervals of a bootstrap over sentences; grey is the same architecture with random weights; layer 0 "
        "is the embeddings."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        cards.measure(metric)
        cards.popover(probes.FAMILIES.get(view.probe).card, label=f"{probes.FAMILIES.get(view.probe).card.title} probe")
    sweep(view, metric)
    with st.expander("The numbers", icon=":material/table:"):
        wanted = (view.table["task"] == view.task) & (view.table["probe"] == view.probe) & (view.table["split"] == view.split)
        numbers = view.table[wanted].drop(columns=["run"])
        st.dataframe(numbers, hide_index=True, height=300, alt="The tidy table behind the chart")
        export.table(numbers, f"trees-{view.probe}-{view.split}", "tree-numbers")


def sweep(view: View, metric: str) -> None:
    """The measure by rank, where several were asked."""
    if len(ranks_of(view.table, view.task, view.probe)) < 2:
        return
    st.subheader("How many directions does it take?", anchor=False)
    swept = [name for name in view.asked if name in set(view.table["checkpoint"])]
    checkpoint = st.selectbox("Checkpoint", swept, key="swept", bind="query-params") if len(swept) > 1 else swept[0]
    shown = rank_sweep(view.table, metric, view.split, view.task, view.probe, checkpoint)
    export.figure(shown, f"{metric}-by-rank", "ranks", f"{metric} by the rank of the probe")
    st.caption(
        "How to read it: a line is a layer, and bars are 95 % intervals; where it is flat, further directions add nothing. When it misleads: each "
        "rank is a probe of its own, trained anew, so a low rank is not a part of a high one."
    )


def shape(view: View) -> None:
    """The topology chart of one checkpoint."""
    st.subheader("Between which bounds?", anchor=False)
    here = [name for name in view.asked + view.twins if name in set(view.table["checkpoint"])]
    checkpoint = st.selectbox("Checkpoint", here, key="bounded", bind="query-params")
    beside = st.toggle("BERT-large as published", value=False, key="beside", bind="query-params")
    layers = view.people[checkpoint]["layers"]
    shown = topology(view.table, view.split, view.task, view.probe, checkpoint, layers, beside)
    export.figure(shown, f"topology-{view.split}", "topology", f"sp of {checkpoint} between its bounds, by depth")
    st.caption(
        "How to read it: sp is the error of norms to the true depths, and lies by construction between the best and the worst order of those depths "
        "(blue), which lie above what any tree could reach (grey). When it misleads: bounds belong to one trained probe and move with "
        "the spread of its norms; compare place between layers. ssp is of a probe of its own and bounds nothing."
    )
    if beside:
        st.caption(
            "The published curves (Li, Yin & Lin 2023, arXiv 2310.12454; BERT-large uncased) count padding as words, stop after a fixed number of "
            "epochs and are of other text: their shape over depth compares, their height does not."
        )
    cards.of_measures(("ssp", "ssp_lower", "sp_sorted", "essp_upper", "essp"))


def main() -> None:
    frame.title("Trees", "Is the syntax there, in what shape, at which layer? The tree that a layer holds, beside the true one.")
    store = frame.store()
    records = choices.of_trees(store.results.runs(), trees=True)
    if not records:
        with st.container(border=True):
            st.markdown(
                "**No run has asked for trees yet.** A structural probe learns one linear map under which distances between words are those "
                "of the dependency tree; the topological probe reads depths. It needs a corpus with heads: a treebank, or the embedded grammar."
            )
            st.page_link(
                "pages/new_run.py",
                label="Ask for trees",
                icon=":material/play_arrow:",
                query_params={"task": "trees", "probe": ["structural", "topological"], "max_train": "1000", "seeds": "1"},
            )
        return
    chosen = choices.choose_runs(records)
    if not chosen:
        st.caption("No run is chosen: choose one above.")
        return
    choices.warn_of_corpora(chosen)
    chosen = results.apart(chosen)
    view = choose_view(store.root, chosen, results.tables(store.root, chosen))
    by_layer(view)
    if view.probe == "topological":
        shape(view)
    sentence.show(view)
    own_sentence.show(view)
    choices.show_notes(chosen)


with frame.forgiving():
    main()
