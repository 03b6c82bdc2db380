"""The box of Home in which a sentence is typed: the page Try a sentence opens with it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.shared import choices, frame, typed_sentence
from probing.records.run import RunRecord
from probing.typed import MOST_LETTERS


def show(runs: Sequence[RunRecord]) -> None:
    """Nothing where no run has a task of words, whose probes could read it."""
    if not choices.with_cells(runs, lambda task, cell: task.level == "word" and typed_sentence.readable(task, cell)):
        return
    text = st.text_input(
        "Try a sentence",
        key="try",
        max_chars=MOST_LETTERS,
        placeholder="Type a sentence, then press Enter, to see what each layer says about it",
    )
    if text and text.strip():
        frame.open_page("pages/sentence.py", {"text": text.strip()})
