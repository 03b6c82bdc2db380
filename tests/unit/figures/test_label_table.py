"""The table of predicted labels: every cell says its label, what differs is framed, colours tell labels apart and text reads on them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from probing.analysis.predicted_labels import LabelReading
from probing.figures import label_table
from probing.figures.label_table import COLOURS, PAGE, faded, label_colours, short_labels, table_html

CLASSES = ("NOUN", "<b>", "O")


def reading(name: str, *labels: tuple[int, ...], lacking: int = -1) -> LabelReading:
    words = ("<i>the", "cat")
    chances = np.full((len(labels), 2, 3), 0.1)
    for layer, row in enumerate(labels):
        chances[layer, range(2), row] = 0.8
    return LabelReading(name, len(labels) - 1, words, CLASSES, tuple(range(len(labels))), np.arange(2) != lacking, chances)


def test_cells_say_their_labels_and_what_differs_is_framed() -> None:
    html = table_html([reading("base", (0, 1), (0, 1)), reading("<two>", (0, 1), (1, 1))], "What is said.")
    cells = re.findall(r"<td( class=\"[^\"]*\")?[^>]*title=\"([^\"]*)\">", html)
    assert len(cells) == 8
    framed = [said for look, said in cells if "differs" in look]
    assert framed == ["&lt;i&gt;the, &lt;two&gt;, layer 1: &lt;b&gt; 80 %, NOUN 10 %, O 10 %"]
    assert html.count("differs from the base") == 1, "also for who cannot see the frame"
    assert "<i>" not in html
    assert "<b>" not in html.replace("</style>", "")
    assert re.findall(r"<caption>([^<]*)", html) == ["What is said."]
    assert re.findall(r'scope="colgroup" colspan="2"[^>]*>([^<]*)', html) == ["base", "&lt;two&gt;"]


def test_long_labels_are_shortened_so_that_none_is_taken_for_another() -> None:
    labels = ["B-object_name", "B-object_type", "B-object_part_of_series_type", "B-other_name", "I-object_name", "O", "VERB"]
    assert list(short_labels(labels, 4).values()) == ["B-on", "B-ot", "B-opost", "B-otna", "I-on", "O", "VERB"]
    assert short_labels(["B-object_name"], 20) == {"B-object_name": "B-object_name"}
    assert list(short_labels(["AAAAAA", "AAAAAB"], 4).values()) == ["AAA", "AAAA"]
    many = ("B-object_name", "<b>&_long_label", "O")
    chances = np.full((9, 2, 3), 0.1)
    chances[:, range(2), (0, 1)] = 0.8
    one = LabelReading("a", 8, ("w", "v"), many, tuple(range(9)), np.ones(2, bool), chances)
    html = table_html([one] * 3, "")
    assert "B-on<span" in html
    assert re.findall(r"<li><b[^>]*>([^<]*)</b> ([^<]*)</li>", html) == [
        ("bll", "&lt;b&gt;&amp;_long_label"),
        ("B-on", "B-object_name"),
    ]
    assert "B-object_name 80 %" in html, "the cell says the whole label where the pointer rests"


def test_a_word_without_a_vector_has_no_label() -> None:
    html = table_html([reading("base", (0, 1), lacking=1)], "")
    assert html.count('title="no vector">–') == 1


def test_a_label_keeps_its_colour_and_none_of_those_read_share_one() -> None:
    many = tuple(f"c{place}" for place in range(30))

    def read(*places: int) -> LabelReading:
        chances = np.zeros((1, len(places), 30))
        chances[0, range(len(places)), places] = 1
        return LabelReading("it", 0, ("w",) * len(places), many, (0,), np.ones(len(places), bool), chances)

    assert label_colours([read(3, 5)])["c3"] == label_colours([read(3, 29)])["c3"]
    colours = label_colours([read(1, 13, 25, 2)])
    assert len(set(colours.values())) == 4
    assert set(label_colours([read(*range(30))]).values()) == set(COLOURS)
    assert "O" not in label_colours([reading("base", (2, 0))]), "the tag of no span has no colour"


def test_the_deeper_the_colour_the_surer() -> None:
    every = [
        re.findall(r"#112233(..),#445566(..)", faded(("#112233", "#445566"), chance, 4))[0] for chance in (0.25, 0.5, 0.75, 1.0)
    ]
    assert all(light == dark for light, dark in every)
    opacity = [int(light, 16) for light, _ in every]
    assert opacity == sorted(set(opacity))
    assert (opacity[0], opacity[-1]) == (round(255 * label_table.PALEST), 255)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_reads_on_every_colour(theme: str) -> None:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722))) + 0.05

    config = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][theme]
    place = ("light", "dark").index(theme)
    assert config["backgroundColor"] == PAGE[place]
    for colour in (pair[place] for pair in COLOURS):
        high, low = sorted((light(colour), light(config["textColor"])), reverse=True)
        assert high / low >= 5, colour
