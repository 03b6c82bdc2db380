"""A sentence that the user types, on Trees: the tree that each layer of a checkpoint predicts for it."""

from __future__ import annotations

import streamlit as st

from pages.shared import choices, curves, frame, typed_sentence, typed_trees
from pages.shared.view import TaskView
from probing.typed import words_of


@frame.fragment
def show(view: TaskView) -> None:
    """The text field and, below it, the panel. Says what it needs where no run that is chosen has structural probes."""
    st.header("Your own sentence", anchor=False)
    own = curves.cells(view.records, view.task, typed_sentence.TREES)
    here = [name for name in view.requested + view.baselines if name in own]
    if not here:
        st.caption("Your own sentence needs a structural probe, and the chosen runs have none.")
        return
    first, second = st.columns([2, 5])
    checkpoint = choices.menu(first, "Read by", here, "own_by")
    found = typed_sentence.cell(view.records, own[checkpoint])
    text = typed_sentence.field("own", second)
    if not text:
        typed_sentence.make_ready(view.root, frame.settings().device, found)
        st.caption("Type a sentence. The probes of the run predict its tree at every layer. No annotation is needed.")
        return
    typed_trees.draw(typed_trees.readings(view.root, found, words_of(text)), checkpoint)
