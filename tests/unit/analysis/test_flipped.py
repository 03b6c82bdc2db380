"""Items that flipped: paired by place, of known kinds; the sentence and the tasks of the chart of differences."""

from __future__ import annotations

import pandas as pd

from probing.analysis import differences, flipped


def items(*labels: str) -> pd.DataFrame:
    return pd.DataFrame({"sentence": 0, "word": range(len(labels)), "gold": list("AABB"[: len(labels)]), "predicted": labels})


def test_flips_are_gained_lost_or_another_wrong_label() -> None:
    rows, count = flipped.flipped(items("A", "B", "C", "B"), items("B", "A", "A", "B"))
    assert count == 4
    assert rows[["word", "first", "second", "kind"]].to_numpy().tolist() == [
        [0, "A", "B", flipped.LOST],
        [1, "B", "A", flipped.GAINED],
        [2, "C", "A", flipped.OTHER],
    ]
    assert flipped.summary(rows, count, "one", "two") == (
        "3 of 4 items get another label: 1 are right only with two, 1 only with one, 1 are wrong with both."
    )


def test_items_that_one_side_lacks_are_not_counted() -> None:
    rows, count = flipped.flipped(items("A", "A"), items("A", "A", "A"))
    assert (len(rows), count) == (0, 2)
    assert "every one of 2 items the same label" in flipped.summary(rows, count, "one", "two")


def compared(task: str, difference: float, adjusted: float) -> dict[str, object]:
    own = {"task": task, "layer": 2, "first_layer": 2, "difference": difference, "adjusted": adjusted, "paired": True}
    return dict.fromkeys(differences.COLUMNS, 0.0) | own | {"lower": difference - 0.01, "upper": difference + 0.01, "least": 0.02}


def test_the_sentence_names_the_largest_significant_difference() -> None:
    frame = pd.DataFrame([compared("upos", 0.03, 0.01), compared("tense", -0.2, 0.9)])
    assert differences.headline(frame, "base", "child", "accuracy") == (
        "child differs from base in 1 of 2 cells, most on upos at layer 2: +3.0 points [+2.0, +4.0]."
    )
    assert "does not differ significantly from base in any of 2 cells; under 2.0 points" in differences.headline(
        frame.assign(adjusted=0.5), "base", "child", "accuracy"
    )
    assert "no cell has an interval" in differences.headline(frame.assign(adjusted=float("nan")), "base", "child", "accuracy")


def test_the_chart_shows_the_selected_task_and_the_largest_significant_ones() -> None:
    frame = pd.DataFrame([compared("a", 0.0, 0.9), compared("b", 0.1, 0.01), compared("c", 0.2, 0.01), compared("d", 0.9, 0.9)])
    assert differences.shown_tasks([frame], ["a", "b", "c", "d", "e"], "a", 2) == ["a", "c"]
    assert differences.shown_tasks([frame], ["a", "b", "c", "d", "e"], None, 9) == ["a", "b", "c", "d"]
