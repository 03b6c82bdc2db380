"""One sentence's trees: gold above, predicted below, at any layer, from the stored probe and the stored vectors."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from cache.errors import StoreError
from pages.shared import chart, choices, curves, export, results
from pages.shared.frame import demo, forgiving, fragment
from pages.shared.typed_sentence import TREES, ProbedCell, cell, read, vectors
from pages.shared.typed_trees import INK, probe
from pages.shared.view import TaskView
from pages.shared.wording import escape, many
from probing.analysis.predicted_tree import PredictedTree, conllu, predict_tree, summary
from probing.analysis.rows import rows_over_seeds
from probing.figures.tree_plane import tree_plane
from probing.figures.tree_view import legend_html, tree_html, tree_svg

INTERVAL = "1s"  # of a layer while they play
LISTED = 50  # sentences in the menu at a time
WORST, BEST, TEXT = "worst first", "best first", "as in the text"


def show(view: TaskView) -> None:
    """The view of one sentence. A caption says what is missing where no chosen run has structural probes."""
    playing = bool(st.session_state.get("play"))
    fragment(_moving, run_every=INTERVAL if playing else None)(view, playing)


def _moving(view: TaskView, was_playing: bool) -> None:
    if bool(st.session_state.get("play")) != was_playing:
        st.rerun()
    own = curves.cells(view.records, view.task, TREES)
    here = [name for name in view.requested + view.baselines if name in own]
    if not here:
        st.caption("The tree view needs a structural probe, and the chosen runs have none: run the structural probe.")
        return
    with forgiving():
        _show(view, own, here)


def _show(view: TaskView, own: dict[str, str], here: list[str]) -> None:
    first, second, third = st.columns([2, 2, 3], vertical_alignment="bottom")
    checkpoint = choices.menu(first, "Checkpoint", here, "checkpoint")
    found = cell(view.records, own[checkpoint])
    scores = results.items(view.root, found.id)
    scores = scores[(scores["split"] == view.split) & (scores["seed"] == found.seed)]
    if scores.empty:
        st.caption(f"This cell has no sentences on {escape(view.split)}.")
        return
    order = choices.menu(second, "Order", [WORST, BEST, TEXT], "order")
    words = third.text_input("Search", "", key="find", bind="query-params", placeholder="words of the sentence")
    layers = sorted(int(layer) for layer in scores["layer"].unique())
    if st.session_state.get("layer") not in [None, *layers]:
        st.session_state["layer"] = layers[-1]
    # The menu keeps its order while the slider moves: by the layer that found most arcs of dev.
    arcs = (
        rows_over_seeds(view.table, "uuas", "dev", view.task, TREES)
        .query("checkpoint == @checkpoint")
        .set_index("layer")["value"]
    )
    best = int(str(arcs.idxmax()))
    # The address holds the sentence's number, and not its text, as a bound menu would. It is read once: another order begins at its top.
    key = f"sentence-{order}-{words}-{view.split}-{checkpoint}"
    linked = st.query_params.get("sentence", "")
    link, wanted = st.session_state.setdefault("linked", (key, int(linked) if linked.isdecimal() else None))
    wanted = wanted if link == key else None
    listed = menu(view.root, found.run, scores[scores["layer"] == best], view.split, str(order), words or "", wanted)
    if listed.empty:
        st.caption("No sentence has these words.")
        return
    names = listed["name"].to_dict()
    number = st.selectbox(
        f"Sentence ({many(len(listed), 'sentence')} shown; arcs found at layer {best})",
        list(names),
        index=list(names).index(wanted) if wanted in names else 0,
        key=key,
        format_func=names.__getitem__,
    )
    if linked != str(number):
        st.query_params["sentence"] = str(number)
    layer = choose_layer(layers, best) if len(layers) > 1 else layers[0]
    try:
        tree = reading(view.root, found, view.split, int(number), int(layer))
    except StoreError:
        if not read_anew(view.root, found, view.split, int(number), layers):
            return
        tree = reading(view.root, found, view.split, int(number), int(layer))
    draw(tree, f"{checkpoint}, layer {layer}", f"tree-{view.split}-{number}-layer{layer}")


def read_anew(root: Path, found: ProbedCell, split: str, sentence: int, layers: list[int]) -> bool:
    """Offers to read a sentence whose vectors are not stored; whether they are now. Raises BadInput where the checkpoint is not here."""
    st.caption("The vectors of this sentence are not in the store: a bundle has none, and eviction drops them.")
    if demo() or not st.button("Read the sentence", key="read-sentence", icon=":material/menu_book:"):
        return False
    read(root, found, tuple(results.sentences(root, found.run).loc[(split, sentence)]["forms"]), tuple(layers))
    return True


def choose_layer(layers: list[int], best: int) -> int:
    """The slider, which may play from the first layer to the last: then each run of the fragment is a step."""
    if not st.session_state.get("play"):
        st.session_state.pop("played", None)
    elif later := [layer for layer in layers if layer > st.session_state.get("played", -1)]:
        st.session_state["layer"] = st.session_state["played"] = later[0]
    else:
        st.session_state["play"] = False
    first, second = st.columns([6, 1], vertical_alignment="bottom")
    choices.forget_unknown("layer", layers)
    layer = first.select_slider("Layer", layers, value=best, key="layer", bind="query-params")
    second.toggle("Play", key="play", help="From the first layer to the last, one a second.")
    return int(layer)


def draw(tree: PredictedTree, title: str, name: str) -> None:
    """The picture with its figures, downloads and the plane."""
    ink = INK[st.context.theme.type or "light"]
    st.html(legend_html(ink))
    st.html(tree_html(tree, ink))
    with chart.foot(
        summary(tree),
        "tree",
        chart.Help(
            "Gold arcs are above, predicted arcs below. The gold root is bold, and bars are predicted depths. Point at a word to see its distances. "
            "Punctuation is faint and not scored; a word without a vector is struck out.",
            "The predicted tree has no direction and always joins all words, even at large distances.",
        ),
    ):
        st.download_button(
            "SVG",
            tree_svg(tree),
            f"{name}.svg",
            "image/svg+xml",
            key="tree-svg",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "CoNLL-U", conllu(tree, f"predicted: {title}"), f"{name}.conllu", "text/plain", key="tree-conllu", type="tertiary",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        drawn = f"The tree of one sentence, annotated above and predicted below by {title}."
        chart.taken_away(export.drawing(lambda: tree_svg(tree), name, drawn, family=TREES, finding=summary(tree)), "tree")
    if st.toggle("As a plane", key="plane", bind="query-params"):
        if tree.scored.sum() < 3:
            st.caption("The plane needs three scored words.")
            return
        chart.show(
            tree_plane(tree),
            f"{name}-plane",
            "plane-chart",
            "The words in the plane of most variance of the probe's space, joined by gold arcs.",
            chart.Help(
                "The words in the space of the probe, projected to its two directions of most variance and joined by gold arcs. The squared distance "
                "of an arc should be 1.",
                "Words far apart in the whole space may lie together in the plane. Arcs are marked by the distance in the whole space.",
            ),
        )


def menu(root: Path, run: str, scores: pd.DataFrame, split: str, order: str, words: str, wanted: int | None) -> pd.DataFrame:
    """The first sentences in an order whose text has the words, by number, with `name` as the menu shows it; and the one `wanted`."""
    forms = results.sentences(root, run).loc[split]["forms"]
    share = scores["found"] / scores["arcs"].where(scores["arcs"] > 0)
    listed = scores.assign(share=share).set_index("sentence")[["found", "arcs", "share"]]
    listed = listed.assign(text=[" ".join(words) for words in forms.loc[listed.index]])
    if words.strip():
        listed = listed[listed["text"].str.contains(words.strip(), case=False, regex=False)]
    linked = listed[listed.index == wanted]
    if order != TEXT:
        # At equal shares longer sentences come first; sentences with few arcs say little.
        listed = listed[listed["arcs"] > 2].sort_values(["share", "arcs"], ascending=[order == WORST, False], kind="stable")
    listed = listed.head(LISTED)
    if wanted not in listed.index:
        listed = pd.concat([linked, listed])
    named = [f"{row['found']}/{row['arcs']} · {row['text'][:110]}" for row in listed.to_dict("records")]
    return listed.assign(name=named)


def reading(root: Path, cell: ProbedCell, split: str, sentence: int, layer: int) -> PredictedTree:
    """The sentence at one layer, without a fit. Raises StoreError where its vectors were evicted."""
    entry = results.sentences(root, cell.run).loc[(split, sentence)]
    weights = probe(root, cell.id, cell.rank, cell.seed)
    layers = tuple(sorted({int(name.partition("/")[0]) for name in weights}))
    present, rows = vectors(root, cell, tuple(entry["forms"]), layers)
    distance, depth = (weights[f"{layer}/{aim}/{cell.rank}/{cell.seed}"] for aim in ("distance", "depth"))
    return predict_tree(entry["forms"], entry["upos"], entry["heads"], present, rows[layer], distance, depth)
