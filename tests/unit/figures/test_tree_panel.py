"""A sentence without a gold tree, layer by layer: by hand, a chain that becomes a star."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from probing.analysis.predicted_tree import PredictedTree, conllu, predict_tree
from probing.corpora import conllu as parser
from probing.figures.tree_panel import panel_html, panel_svg, steps
from probing.figures.tree_plane import tree_plane
from probing.figures.tree_view import legend_html, tree_html, tree_svg

FORMS = ("<i>the", 'cat"', "sat", "there", "!")
TAGS = ("_", "_", "_", "_", "PUNCT")
CHAIN = np.array([[0, 2], [1, 1.0], [2, 0.5], [3, 2], [9, 0]])
STAR = np.array([[1, 2], [1.1, 0.1], [2, 1], [0.5, 2], [9, 0]])  # the second word in the middle, and the root
SVG = "{http://www.w3.org/2000/svg}"


def reading(vectors: np.ndarray, present: np.ndarray | None = None) -> PredictedTree:
    there = np.ones(5, bool) if present is None else present
    return predict_tree(FORMS, TAGS, None, there, vectors, np.array([[1.0], [0]]), np.array([[0.0], [1]]))


def panel() -> dict[int, PredictedTree]:
    return {3: reading(STAR), 0: reading(CHAIN), 2: reading(CHAIN)}


def test_a_reading_without_gold_knows_what_is_predicted_alone() -> None:
    drawn = reading(CHAIN)
    assert (drawn.tree, drawn.heads, drawn.gold, drawn.agreeing) == (None, (), (), ())
    assert drawn.predicted == ((0, 1), (1, 2), (2, 3)), "the mark is not asked"
    assert drawn.root == 2
    assert drawn.predicted_heads == (2, 3, 0, 3, -1)
    assert drawn.crossing == (False, False)
    assert reading(STAR).shared(drawn) == ((0, 1), (1, 2))
    assert not tree_plane(drawn).data, "the plane joins gold arcs, and there are none"


def test_layers_are_told_in_order_with_what_they_share() -> None:
    told = [(step.layer, step.caption) for step in steps(panel())]
    assert told == [
        (0, "least depth: sat"),
        (2, "3 of 3 arcs as at layer 0 · least depth: sat"),
        (3, '2 of 3 arcs as at layer 2 · least depth: cat"'),
    ]


def test_arcs_that_are_new_are_dashed_and_nothing_speaks_of_gold() -> None:
    first, before, drawn = (step.reading for step in steps(panel()))
    for reading_, previous, dashed in ((first, None, 0), (before, first, 0), (drawn, before, 1)):
        svg = tree_svg(reading_, before=previous)
        paths = ElementTree.fromstring(svg).findall(f".//{SVG}path")
        assert len(paths) == 3
        assert sum(path.get("stroke-dasharray") is not None for path in paths) == dashed
        assert len({path.get("stroke") for path in paths}) == 1 + (dashed > 0)
        assert "gold" not in svg + tree_html(reading_, "#000", previous)
    assert "gold" not in legend_html("#000", gold=False)
    bold = [text.text for text in ElementTree.fromstring(tree_svg(drawn)).iter(f"{SVG}text") if text.get("font-weight")]
    assert bold == ['cat"'], "the word of least depth"
    assert "Predicted arcs: &lt;i&gt;the – cat&quot;, &lt;i&gt;the – there, cat&quot; – sat" in tree_html(drawn, "#000")


def test_every_layer_has_a_picture_with_a_map_of_its_own() -> None:
    html = panel_html(panel(), "#000")
    assert re.findall(r'usemap="#([^"]+)"', html) == re.findall(r'<map name="([^"]+)"', html) == ["own-0", "own-2", "own-3"]
    assert re.findall(r"<b>(Layer \d)</b>", html) == ["Layer 0", "Layer 2", "Layer 3"]
    assert "<i>" not in html
    assert 'cat"' not in html


@pytest.mark.parametrize("layers", [1, 3])
def test_the_panel_is_one_sound_picture(layers: int) -> None:
    shown = dict(sorted(panel().items())[:layers])
    whole = ElementTree.fromstring(panel_svg(shown, "<checkpoint>"))
    inner = whole.findall(f".//{SVG}svg")
    assert len(inner) == layers
    width, height = float(str(whole.get("width"))), float(str(whole.get("height")))
    ends = []
    for group in whole.findall(f"{SVG}g"):
        x, y = map(float, re.findall(r"[\d.]+", str(group.get("transform"))))
        (tree,) = group.iter(f"{SVG}svg")
        ends.append((x, y, x + float(str(tree.get("width"))), y + 26 + float(str(tree.get("height")))))
    assert all(right <= width and bottom <= height for _, _, right, bottom in ends)
    for i, (x, y, right, bottom) in enumerate(ends):
        assert all(right <= other[0] or bottom <= other[1] or other[2] <= x or other[3] <= y for other in ends[:i])
    text = [element.text for element in whole.iter(f"{SVG}text")]
    assert "<checkpoint>" in text
    assert any(str(one).startswith("Layer 0") for one in text)


def test_a_layers_tree_is_read_back_from_conllu() -> None:
    lacking = np.array([True, True, True, False, True])
    lines = [line.split("\t") for line in conllu(reading(CHAIN, lacking), "layer 0").splitlines() if line[:1].isdigit()]
    assert [int(line[6]) for line in lines] == [2, 3, 0, 3, 3], "what it does not have hangs on the root"
    assert [line[3] for line in lines] == list(TAGS)
    assert parser.fault_of_tree([int(line[6]) for line in lines]) is None
    assert "line-through" in tree_svg(reading(CHAIN, lacking))
