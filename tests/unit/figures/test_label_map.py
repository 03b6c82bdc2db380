"""The table of predicted labels as a figure: the same labels, frames and shades as the table that the page shows."""

from __future__ import annotations

import numpy as np

from probing.analysis.predicted_labels import LabelReading
from probing.figures.label_map import label_map

CLASSES = ("NOUN", "<b>", "O")


def reading(name: str, labels: tuple[tuple[int, ...], ...], chance: float = 0.8, lacking: int = -1) -> LabelReading:
    chances = np.full((len(labels), 2, 3), (1 - chance) / 2)
    for layer, row in enumerate(labels):
        chances[layer, range(2), row] = chance
    return LabelReading(
        name, len(labels) - 1, ("<i>the", "cat"), CLASSES, tuple(range(len(labels))), np.arange(2) != lacking, chances
    )


def test_cells_have_their_labels_and_what_differs_is_framed() -> None:
    figure = label_map([reading("base", ((0, 1), (0, 1))), reading("<two>", ((0, 1), (1, 1)))])
    base, second, *keys = figure.data
    assert [one.name for one in keys] == ["NOUN", "&lt;b&gt;"], "the colours of the labels that are read"
    assert [list(row) for row in base.text] == [["NOUN", "NOUN"], ["&lt;b&gt;", "&lt;b&gt;"]]
    assert list(base.y) == [0, 1]
    assert list(figure.layout.yaxis.ticktext) == ["&lt;i&gt;the", "cat"]
    assert min(second.x) > max(base.x) + 1, "a gap between the two"
    assert list(figure.layout.xaxis.ticktext) == ["0", "1"] * 2
    assert [note.text for note in figure.layout.annotations] == ["base", "&lt;two&gt;"]
    (frame,) = figure.layout.shapes
    assert frame.x0 < second.x[1] < frame.x1
    assert frame.y0 < 0 < frame.y1, "the first word"


def test_the_surer_a_label_the_deeper_its_colour_and_no_label_has_one_of_its_own() -> None:
    def drawn(label: int, chance: float) -> str:
        trace = label_map([reading("it", ((label, label),), chance)]).data[0]
        code = float(trace.z[0][0])
        steps = [colour for _, colour in trace.colorscale[::2]]
        assert trace.zmin <= code <= trace.zmax
        return str(steps[int((code - trace.zmin) / (trace.zmax - trace.zmin) * len(steps))])

    shades = [drawn(0, chance) for chance in (0.4, 0.7, 1.0)]
    assert len(set(shades)) == 3
    assert shades == sorted(shades, key=lambda colour: -sum(int(colour[place : place + 2], 16) for place in (1, 3, 5)))
    assert drawn(2, 0.4) == drawn(2, 1.0)


def test_a_word_without_a_vector_has_no_label() -> None:
    trace = label_map([reading("it", ((0, 1),), lacking=1)]).data[0]
    assert [list(row) for row in trace.text] == [["NOUN"], ["–"]]
    assert np.isnan(trace.z[1][0])
    assert trace.customdata[1][0] == "no vector"
