"""The largest changes in words: only significant ones, one for each checkpoint and task, adjusted over all together."""

from __future__ import annotations

from typing import Any

import pandas as pd

from probing.analysis import changes
from probing.analysis.differences import COLUMNS


def row(task: str, layer: int, difference: float, p: float) -> dict[str, Any]:
    told = {
        "task": task,
        "layer": layer,
        "first_layer": layer,
        "difference": difference,
        "lower": difference - 0.01,
        "upper": difference + 0.01,
        "p": p,
    }
    return dict.fromkeys(COLUMNS) | told


def test_the_largest_significant_change_of_each_task_is_told_first() -> None:
    one = pd.DataFrame([row("upos", 1, 0.02, 1e-6), row("upos", 2, -0.05, 1e-6), row("ner", 2, 0.3, 0.9)])
    other = pd.DataFrame([row("upos", 1, 0.04, 1e-6)])
    found = changes.tested({"a": one, "b": other})
    sure = changes.largest(found)
    assert sure[["checkpoint", "task", "layer"]].to_numpy().tolist() == [["a", "upos", 2], ["b", "upos", 1]]
    assert changes.headline(found, "base", "grammar") == (
        "Largest change: a reads upos worse than base at layer 2: -5.0 points of accuracy [-6.0, -4.0]."
    )


def test_the_layer_that_it_is_compared_with_is_said_where_it_is_another() -> None:
    told = changes.sentence(row("upos", 2, 0.02, 1e-6) | {"checkpoint": "student", "first_layer": 4}, "base")
    assert (
        told == "student reads upos better than base at layer 2 (against layer 4 of base): +2.0 points of accuracy [+1.0, +3.0]"
    )


def test_adjustment_is_over_all_checkpoints() -> None:
    alone = changes.tested({"a": pd.DataFrame([row("upos", 1, 0.02, 0.04)])})
    assert len(changes.largest(alone)) == 1
    crowd = changes.tested(
        {f"c{number}": pd.DataFrame([row("upos", 1, 0.02, 0.04 if not number else 0.9)]) for number in range(9)}
    )
    assert changes.headline(crowd, "base", "grammar").startswith("No checkpoint differs significantly from base on grammar")


def test_nothing_to_test_is_said() -> None:
    assert changes.headline(changes.tested({}), "base", "grammar").startswith("Nothing can be tested against base on grammar")
