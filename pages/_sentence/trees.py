"""Predicted trees on Try a sentence: of the chosen checkpoints side by side, where structural probes of them are stored."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages._sentence import missing
from pages.shared import chart, frame, selection, typed_sentence, typed_trees
from pages.shared.typed_sentence import ProbedCell
from pages.shared.view import RunsView
from pages.shared.wording import escape
from probing.analysis import predicted_tree
from probing.analysis.predicted_tree import PredictedTree
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
            if (one.checkpoint, one.probe) == (own, typed_trees.PROBE)
        ]
        if here:
            record, id = here[0]
            found[name] = typed_sentence.cell([record], id)._replace(checkpoint=name)
    return found


def show(view: RunsView, records: Sequence[RunRecord], names: Sequence[str], words: tuple[str, ...]) -> None:
    """A column a checkpoint. Says what is missing where one has no structural probe."""
    found = cells(view, records, names)
    finding = st.empty()
    read: dict[str, dict[int, PredictedTree]] = {}
    columns = st.columns(len(found)) if found else []
    base = names[0]
    for (name, cell), column in zip(found.items(), columns, strict=True):
        with column, frame.forgiving():
            st.markdown(f"**{escape(name)}**")
            trees = typed_trees.readings(view.store.root, cell, words)
            beside = read.get(base)
            same = beside is not None and beside.keys() >= trees.keys()
            typed_trees.draw(trees, name, f"tree-{len(read)}", beside if same else None, base)
            read[name] = trees
            if base in read:
                chart.say(predicted_tree.headline(base, read), finding)
    missing.offer(view, records, [name for name in names if name not in found], "trees", typed_trees.PROBE)
