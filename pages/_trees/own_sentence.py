"""A sentence that the user types, and the tree that each layer predicts for it: stored probes, and vectors from a model in memory."""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st

from cache.errors import StoreError
from pages._trees.sentence import INK, PROBE, StructuralCell, cell, probe, vectors
from pages.shared import choices, curves, frame
from pages.shared.view import TaskView
from pages.shared.wording import escape, many
from probing.analysis.predicted_tree import PredictedTree, conllu, predict_tree
from probing.errors import BadInput
from probing.execution import client
from probing.figures.tree_panel import panel_html, panel_svg
from probing.figures.tree_view import legend_html
from probing.typed import MOST_LETTERS, is_punctuation, words_of


@frame.fragment
def show(view: TaskView) -> None:
    """The text area and, below it, the panel. Says what it needs where no run that is chosen has structural probes."""
    st.subheader("Your own sentence", anchor=False)
    own = curves.cells(view.records, view.task, PROBE)
    here = [name for name in view.requested + view.baselines if name in own]
    if not here:
        st.caption("Your own sentence needs a structural probe, and the chosen runs have none.")
        return
    checkpoint = choices.menu(st.columns([2, 5])[0], "Read by", here, "own_by")
    with st.form("own-sentence", border=False):
        text = st.text_area(
            "Sentence", key="own", bind="query-params", max_chars=MOST_LETTERS, height=80,
            placeholder="The cats that the dog chased were grey.",
        )  # fmt: skip
        st.form_submit_button("Draw the trees", icon=":material/account_tree:")
    if not (text or "").strip():
        st.caption("Type a sentence. The probes of the run predict its tree at every layer. No annotation is needed.")
        return
    with frame.forgiving():
        draw(readings(view, cell(view.records, own[checkpoint]), checkpoint, words_of(text or "")), checkpoint)


def readings(view: TaskView, found: StructuralCell, checkpoint: str, words: tuple[str, ...]) -> dict[int, PredictedTree]:
    """Every layer's reading; the model is asked only for words whose vectors are not stored."""
    weights = probe(view.root, found.id, found.rank, found.seed)
    layers = tuple(sorted({int(name.partition("/")[0]) for name in weights}))
    try:
        present, rows = vectors(view.root, found, words, layers)
    except StoreError:
        have_read(view.root, question(view, found, checkpoint, words))
        present, rows = vectors(view.root, found, words, layers)
    upos = ["PUNCT" if is_punctuation(word) else "_" for word in words]
    if sum(there and tag != "PUNCT" for there, tag in zip(present, upos, strict=True)) < 2:
        raise BadInput(f"A tree needs two words, and {checkpoint} has vectors for fewer than two of these: type others.")
    at = {layer: [weights[f"{layer}/{aim}/{found.rank}/{found.seed}"] for aim in ("distance", "depth")] for layer in layers}
    return {layer: predict_tree(words, upos, None, present, rows[layer], *at[layer]) for layer in layers}


def have_read(root: Path, request: client.Question) -> None:
    """Wait for the vectors, and say what is going on."""
    slot = st.empty()
    status = slot.status("Reading the sentence …")
    try:
        client.ask(
            frame.open_store(root),
            frame.settings().device,
            request,
            lambda stage: status.update(label=f"{stage[:1].upper()}{stage[1:]} …"),
        )
    finally:
        slot.empty()


def question(view: TaskView, found: StructuralCell, checkpoint: str, words: tuple[str, ...]) -> client.Question:
    """What the reader is to be asked: a run records names, under any of which its checkpoint may be found again."""
    record = next(record for record in view.records if record.run == found.run)
    name = next(name for name, shown in record.shown.items() if shown == checkpoint)
    specs = list(record.spec.checkpoints)
    if random := re.fullmatch(r"random:.*(@\d+)", name):
        specs += [f"random:{spec}{random[1]}" for spec in specs if not spec.startswith("random:")]
    specs.sort(key=lambda spec: Path(spec).name != Path(name).name)
    return client.Question(checkpoint, tuple(specs), found.fingerprint, words, found.pooling, found.precision, found.submodule)


def draw(trees: dict[int, PredictedTree], checkpoint: str) -> None:
    """The panel, what it says and what may be taken away."""
    ink = INK[st.context.theme.type or "light"]
    first = next(iter(trees.values()))
    lacking = int((~first.present).sum())
    missing = f", {many(lacking, 'word')} without a vector (struck out)" if lacking else ""
    st.caption(f"{many(len(first.forms), 'word')}{missing}: {escape(' · '.join(first.forms))}")
    st.html(legend_html(ink, gold=False))
    st.html(panel_html(trees, ink))
    st.caption(
        "How to read it: arcs are the minimum spanning tree of the predicted distances, bars are predicted depths, and the word of least depth is "
        "bold. Point at a word to see its distances. When it misleads: there is no gold tree, so a plausible tree may be wrong. The probe always "
        "joins all words. It was trained on the corpus of the run, and expects that language and kind of text. Words are split at blanks and "
        "punctuation, and English n't and 's are split off, which is wrong for some languages: add blanks where you need them."
    )
    with st.container(horizontal=True):
        st.download_button(
            "SVG", lambda: panel_svg(trees, checkpoint), "own-sentence.svg", "image/svg+xml", key="own-svg", type="tertiary",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "CoNLL-U",
            lambda: "".join(conllu(reading, f"predicted: {checkpoint}, layer {layer}") for layer, reading in trees.items()),
            "own-sentence.conllu", "text/plain", key="own-conllu", type="tertiary", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
