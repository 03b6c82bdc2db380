"""Small multiples: the base is the thickest line, and a checkpoint of another depth stands at the same share of it."""

from __future__ import annotations

import pandas as pd

from probing.figures.overview import other_depths, small_multiples


def test_layers_of_a_student_stand_at_their_share_of_the_bases_depth() -> None:
    rows = [
        {"task": "upos", "checkpoint": name, "layer": layer, "value": 0.5 + layer / 10, "depth": depth}
        for name, depth in (("base", 6), ("student", 3))
        for layer in range(depth + 1)
    ]
    assert "at the same share" in other_depths(pd.DataFrame(rows), "base")
    assert other_depths(pd.DataFrame(rows[:7]), "base") == ""
    figure = small_multiples(pd.DataFrame(rows), ["upos"], ["base", "student"], {}, "base", {})
    base, student = figure.data
    assert base.x.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert student.x.tolist() == [0, 2, 4, 6]
    assert [point[2] for point in student.customdata] == ["0", "1", "2", "3"], "a point is opened, and told, by its own number"
    assert base.line.width > student.line.width
