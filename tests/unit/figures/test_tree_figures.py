"""Figures of trees: by hand, a sentence of six words with one arc missed, one wrong, one word without a vector."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from probing.analysis.predicted_tree import PredictedTree, conllu, predict_tree
from probing.corpora import conllu as parser
from probing.figures.tree_curves import published
from probing.figures.tree_plane import edge_kind, plane, tree_plane
from probing.figures.tree_view import tree_svg

FORMS = ("the", "<b>cat</b>", "sees", "red", "dogs", ".")
UPOS = ("DET", "NOUN", "VERB", "ADJ", "NOUN", "PUNCT")
HEADS = (2, 3, 0, 5, 3, 3)


def reading(present: np.ndarray | None = None, heads: tuple[int, ...] = HEADS) -> PredictedTree:
    """On a line at 0 1 2 3.5 4.4 9: a chain of the words; depths by the second number."""
    vectors = np.array([[0, 2], [1, 1.2], [2, 0.1], [3.5, 2], [4.4, 1], [9, 0.0]])
    there = np.ones(6, bool) if present is None else present
    return predict_tree(FORMS, UPOS, heads, there, vectors, np.array([[1.0], [0]]), np.array([[0.0], [1]]))


def test_arcs_are_told_apart() -> None:
    drawn = reading()
    assert drawn.predicted == ((0, 1), (1, 2), (2, 3), (3, 4))
    assert drawn.gold == ((0, 1), (1, 2), (2, 4), (3, 4))
    assert drawn.agreeing == ((0, 1), (1, 2), (3, 4))
    assert drawn.root == 2, "the full stop has less, and is not asked"
    assert drawn.predicted_heads == (2, 3, 0, 3, 4, -1)
    assert drawn.crossing == (False, False)
    assert reading(heads=(3, 4, 0, 3, 3, 3)).crossing == (True, False)


def test_a_word_without_a_vector_leaves_and_is_struck_out() -> None:
    drawn = reading(np.array([True, True, True, False, True, True]))
    assert drawn.gold == ((0, 1), (1, 2), (2, 4))
    assert drawn.predicted == ((0, 1), (1, 2), (2, 4))
    assert np.isnan(drawn.depths[3])
    assert "line-through" in tree_svg(drawn)
    assert tree_svg(drawn).count("line-through") == 1


def test_the_picture_is_sound_and_its_text_is_escaped() -> None:
    svg = tree_svg(reading())
    tree = ElementTree.fromstring(svg)
    paths = tree.findall(".//{http://www.w3.org/2000/svg}path")
    assert len(paths) == 8, "four gold arcs, four predicted"
    dashes = [path.get("stroke-dasharray") for path in paths]
    assert dashes.count("8 4") == 1, "missed"
    assert dashes.count("2 3") == 1, "wrong"
    assert dashes.count(None) == 6, "agreeing, above and below"
    assert "<b>cat" not in svg
    assert "distance predicted (gold) to" in svg
    _, _, width, height = map(float, str(tree.get("viewBox")).split())
    numbers = [float(x) for path in paths for x in str(path.get("d")).replace("M", "").replace("C", " ").split()]
    across, down = numbers[::2], numbers[1::2]
    assert 0 <= min(across) < max(across) <= width
    # A cubic stays within three quarters of the way to its handles.
    for path in (down[i : i + 4] for i in range(0, len(down), 4)):
        assert 0 <= path[0] + 0.75 * (path[1] - path[0]) <= height
    assert "currentColor" in svg


def test_conllu_is_read_back(tmp_path: object) -> None:
    text = conllu(reading(), "predicted: minilm-l6,\nlayer 3")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    assert [int(line[6]) for line in lines] == [2, 3, 0, 3, 4, 3], "the full stop hangs on the root"
    assert all(len(line) == 10 for line in lines)
    assert parser.fault_of_tree([int(line[6]) for line in lines]) is None
    assert sum(line[7] == "root" for line in lines) == 1


def test_the_plane_keeps_what_it_says() -> None:
    flat, kept = plane(np.random.default_rng(0).normal(size=(7, 2)) @ np.array([[1.0, 0, 2], [0, 1, 0]]))
    assert kept == pytest.approx(1)
    assert flat.shape == (7, 2)
    assert [edge_kind(x) for x in (0.2, 1.0, 3.0)] == ["short", "near", "long"]
    figure = tree_plane(reading())
    assert {trace.name for trace in figure.data if trace.name} == {"arc near 1", "arc longer than 1.5"}


def test_the_published_curve_is_whole() -> None:
    known = published()
    assert list(known["layer"]) == list(range(25))
    assert known["sp_test"].idxmin() == 16, "as the paper's logs say"
    assert 7 <= known["ssp_val"].idxmin() <= 10
