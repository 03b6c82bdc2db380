"""The trees that stored structural probes predict for a typed sentence, at every layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import streamlit as st

from pages.shared import chart, export, typed_sentence
from pages.shared.frame import open_store
from pages.shared.typed_sentence import ProbedCell
from pages.shared.wording import escape, many
from probing.analysis.predicted_tree import PredictedTree, conllu, predict_tree
from probing.errors import BadInput
from probing.figures.tree_panel import panel_html, panel_svg
from probing.figures.tree_view import legend_html
from probing.typed import is_punctuation

INK = {"light": "#1B2430", "dark": "#E4E9F0"}  # an image knows nothing of the page's colours

HELP = chart.Help(
    "Arcs are the minimum spanning tree of the predicted distances, bars are predicted depths, and the word of least depth is bold. Point at a word "
    "to see its distances.",
    "There is no gold tree, so a plausible tree may be wrong. The probe always joins all words. It was trained on the corpus of the run, and expects "
    "that language and kind of text. Words are split at blanks and punctuation, and English n't and 's are split off, which is wrong for some "
    "languages: add blanks where you need them.",
    (),
    typed_sentence.TREES,
)


@st.cache_resource(max_entries=8, show_spinner=False)
def probe(root: Path, id: str, rank: int, seed: int) -> dict[str, np.ndarray]:
    """The projections of one rank and seed at every layer; not to be changed."""
    return open_store(root).results.probes(id, lambda name: name.endswith(f"/{rank}/{seed}"))


def readings(root: Path, found: ProbedCell, words: tuple[str, ...]) -> dict[int, PredictedTree]:
    """Every layer's reading; the model is asked only for words whose vectors are not stored."""
    weights = probe(root, found.id, found.rank, found.seed)
    layers = tuple(sorted({int(name.partition("/")[0]) for name in weights}))
    present, rows = typed_sentence.read(root, found, words, layers)
    upos = ["PUNCT" if is_punctuation(word) else "_" for word in words]
    if sum(there and tag != "PUNCT" for there, tag in zip(present, upos, strict=True)) < 2:
        raise BadInput(
            f"A tree needs two words, and {found.checkpoint} has vectors for fewer than two of these: type a longer sentence."
        )
    at = {layer: [weights[f"{layer}/{aim}/{found.rank}/{found.seed}"] for aim in ("distance", "depth")] for layer in layers}
    return {layer: predict_tree(words, upos, None, present, rows[layer], *at[layer]) for layer in layers}


def draw(trees: Mapping[int, PredictedTree], checkpoint: str) -> None:
    """The panel of all layers, what it says and what may be taken away."""
    ink = INK[st.context.theme.type or "light"]
    first = next(iter(trees.values()))
    lacking = int((~first.present).sum())
    missing = f", {many(lacking, 'word')} without a vector (struck out)" if lacking else ""
    st.caption(f"{many(len(first.forms), 'word')}{missing}: {escape(' · '.join(first.forms))}")
    st.html(legend_html(ink, gold=False))
    st.html(panel_html(trees, ink))
    drawn = f"The tree that each layer of {checkpoint} predicts; dashed arcs are not at the layer before."
    with chart.foot(drawn, "own", HELP):
        downloads(trees, checkpoint)
        picture = export.drawing(lambda: panel_svg(trees, checkpoint), "own-sentence", drawn, family=typed_sentence.TREES)
        chart.taken_away(picture, "own")


def downloads(trees: Mapping[int, PredictedTree], checkpoint: str, key: str = "own") -> None:
    """The trees of all layers as a picture and as CoNLL-U."""
    st.download_button(
        "SVG", lambda: panel_svg(trees, checkpoint), "own-sentence.svg", "image/svg+xml", key=f"{key}-svg", type="tertiary",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.download_button(
        "CoNLL-U",
        lambda: "".join(conllu(reading, f"predicted: {checkpoint}, layer {layer}") for layer, reading in trees.items()),
        "own-sentence.conllu", "text/plain", key=f"{key}-conllu", type="tertiary", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
