"""Words × layers of predicted labels, on Try a sentence: each chosen checkpoint asked in turn, and drawn as soon as it has answered."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from pages._sentence import missing
from pages.shared import chart, export, frame, results, typed_sentence
from pages.shared.typed_sentence import ProbedCell
from pages.shared.view import RunsView
from probing.analysis import predicted_labels
from probing.analysis.predicted_labels import WHOLE, LabelReading
from probing.checkpoints.described import NotHere
from probing.figures.label_map import label_map
from probing.figures.label_table import table_html


class LabelQuestion(NamedTuple):
    """A task of labels, of a word or of a sentence, answered by one probe family."""

    view: RunsView
    task: str
    probe: str
    names: list[str]  # the checkpoints shown, the base first

    @property
    def whole(self) -> bool:
        """Whether the task gives one label to a sentence."""
        return any(one.name == self.task and one.level == "sentence" for record in self.view.records for one in record.tasks)


@st.cache_resource(max_entries=16, show_spinner=False)
def probes(root: Path, id: str, seed: int) -> dict[str, np.ndarray]:
    """A cell's probes of one seed at every layer, by LAYER/SEED/NAME, and what they project vectors by; not to be changed."""
    return frame.open_store(root).results.probes(id, lambda name: name.split("/")[1:-1] in ([str(seed)], ["projection"]))


def read(question: LabelQuestion, name: str, words: tuple[str, ...]) -> LabelReading | None:
    """A checkpoint's reading; None where it has no probe of the task. Raises BadInput with what is wrong, StoreError where the cell is damaged."""
    view = question.view
    found = results.cell_of(view.records, name, question.task, question.probe)
    if found is None:
        return None
    record, id = found
    cell: ProbedCell = typed_sentence.cell([record], id)
    arrays = probes(view.store.root, id, cell.seed)
    layers = tuple(sorted({int(key.partition("/")[0]) for key in arrays}))
    whole = question.whole
    present, vectors = typed_sentence.read(view.store.root, cell, words, layers, "sentence" if whole else "word")
    classes = record.task(question.task).classes
    forms = (WHOLE,) if whole else words
    return predicted_labels.predict_labels(name, view.entries[name].layers, forms, classes, arrays, cell.seed, present, vectors)


def picture(question: LabelQuestion, words: tuple[str, ...]) -> tuple[list[LabelReading], list[str]]:
    """The finding and the table, drawn anew whenever another checkpoint has answered. Returns the readings, the first of which is what the others are
    compared with, and the checkpoints of which only results are here."""
    finding, table = st.empty(), st.empty()
    labels = "The label" if question.whole else "Labels"
    drawn = (
        f"{labels} of {question.task} that the {question.probe} probe of each layer predicts; pale where the probability is low."
    )
    found: list[LabelReading] = []
    away: list[str] = []
    for name in question.names:
        with frame.forgiving():
            try:
                reading = read(question, name, words)
            except NotHere:
                away.append(name)
                continue
            if reading is None:
                continue
            found.append(reading)
            if len(found) == 2:
                drawn += f" Framed: another label than {found[0].name}."
            said = predicted_labels.headline(found[0], found[1:])
            chart.say(said, finding)
            table.html(table_html(found, f"{said} {drawn}"))
    if found:
        with chart.foot(drawn, "labels", help := about(question)):
            chart.taken_away(_taken(found, question, drawn, help), "labels")
    missing.not_here(away)
    return found, away


def _taken(found: list[LabelReading], question: LabelQuestion, drawn: str, help: chart.Help) -> export.Taken:
    """The table as a figure, for exports and the board."""
    sentence = " ".join(found[0].words)
    return export.taken(
        lambda: label_map(found),
        f"sentence-{question.task}",
        drawn,
        predicted_labels.headline(found[0], found[1:]),
        f"{question.task}: {sentence}" if not question.whole else f"{question.task} of a sentence",
        family=question.probe,
        read=help.read,
        misleads=help.misleads,
    )


def about(question: LabelQuestion) -> chart.Help:
    return chart.Help(
        "A row is a word, a column a layer; layer 0 is the embeddings. Colour and text are the likeliest label, and the deeper the colour the "
        "surer the probe. Point at a cell to see its likeliest labels with their probabilities. A frame marks a label that differs from that of "
        "the first checkpoint at the same layer (at the same relative depth where the depths differ). Words are split at blanks and "
        "punctuation, and English n't and 's are split off: add blanks where you need others.",
        "Nobody annotated this sentence, so a sure label may be wrong. A probe knows only the labels, the language and the kind of text of the "
        "corpus that it was trained on, and has to choose one of its labels. Another label does not mean that the model uses it. The probe of "
        "the first seed is shown.",
        (),
        question.probe,
    )


def numbers(found: list[LabelReading], task: str) -> None:
    """Every probability, the likeliest label of a word at a layer first, with its downloads."""
    if not found:
        st.caption("Nothing was read.")
        return
    table = pd.concat([reading.table() for reading in found], ignore_index=True)
    st.dataframe(table, hide_index=True, height=300, alt="The probability of every label at every layer")
    export.table(table, f"sentence-{task}", "sentence-numbers")
