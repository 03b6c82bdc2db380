"""Predicted trees on Try a sentence: of the chosen checkpoints side by side, where structural probes of them are stored."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages._sentence import missing
from pages.shared import chart, choices, frame, selection, typed_sentence, typed_trees
from pages.shared.typed_sentence import ProbedCell
from pages.shared.typed_trees import INK
from pages.shared.view import RunsView
from pages.shared.wording import escape
from probing.analysis import predicted_tree
from probing.analysis.predicted_tree import PredictedTree
from probing.checkpoints.described import NotHere
from probing.figures.tree_view import legend_html, tree_html
from probing.records.run import RunRecord


def cells(view: RunsView, records: Sequence[RunRecord], names: Sequence[str]) -> dict[str, ProbedCell]:
    """The newest cell of structural probes of each of the checkpoints, those on the corpus that is shown before others."""
    nearest = sorted(records, key=lambda record: record.corpus.spec != view.selection.corpus)
    found = {}
    for name in names:
        own = selection.own_name(name)
        here = [
            (record, one.id)
            for record in nearest
            for one in record.cells
            if (one.checkpoint, one.probe) == (own, typed_sentence.TREES)
        ]
        if here:
            record, id = here[0]
            found[name] = typed_sentence.cell([record], id)._replace(checkpoint=name)
    return found


def show(
    view: RunsView, records: Sequence[RunRecord], names: Sequence[str], words: tuple[str, ...], told: Sequence[str] = ()
) -> None:
    """The trees of one layer, a column a checkpoint. Says what is missing where one has no structural probe, and what is not here unless it is `told`
    already."""
    found = cells(view, records, names)
    read: dict[str, dict[int, PredictedTree]] = {}
    away: list[str] = []
    for name, cell in found.items():
        with frame.forgiving():
            try:
                read[name] = typed_trees.readings(view.store.root, cell, words)
            except NotHere:
                away.append(name)
    if read:
        _draw(read)
    missing.not_here([name for name in away if name not in told])
    missing.offer(view, records, [name for name in names if name not in found], "trees", typed_sentence.TREES)


def _draw(read: dict[str, dict[int, PredictedTree]]) -> None:
    base = next(iter(read))
    said = predicted_tree.headline(base, read)
    chart.say(said)
    layers = sorted(set.intersection(*(set(trees) for trees in read.values())))
    if not layers:
        st.caption("The probes of these checkpoints read no layer in common: choose others above.")
        return
    layer = choose_layer(layers, predicted_tree.most_apart(base, read))
    ink = INK[st.context.theme.type or "light"]
    if len(read) > 1:
        st.html(legend_html(ink, gold=False, beside=f"in {base}"))
    for place, ((name, trees), column) in enumerate(zip(read.items(), st.columns(len(read)), strict=True)):
        beside = read[base][layer] if place else None
        with column:
            st.markdown(f"**{escape(name)}** · least depth: {escape(trees[layer].forms[trees[layer].root])}")
            st.html(tree_html(trees[layer], ink, beside, f"typed-{place}", f"in {base}"))
            with st.container(horizontal=True):
                typed_trees.downloads(trees, name, f"typed-{place}")
    drawn = f"Predicted trees at layer {layer}" + (f"; dashed arcs are not in the tree of {base}." if len(read) > 1 else ".")
    with chart.foot(drawn, "typed-trees", typed_trees.HELP):
        pass


def choose_layer(layers: list[int], most: int) -> int:
    """The layer whose trees are shown, bound to the address; the one of the finding where none is named."""
    if len(layers) == 1:
        return layers[0]
    choices.forget_unknown("layer", layers)
    layer = st.select_slider("Layer", layers, value=most if most in layers else layers[-1], key="layer", bind="query-params")
    return int(layer)
