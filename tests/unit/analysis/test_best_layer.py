"""The best layer, and what the numbers of a task say in words."""

from __future__ import annotations

from typing import Any

from cache.results import tidy
from probing.analysis.summaries import best_layer, summary


def row(
    checkpoint: str, layer: int, value: float | None, metric: str = "accuracy", split: str = "test", **more: Any
) -> dict[str, Any]:
    bounds = {} if value is None else {"lower": value - 0.01, "upper": value + 0.01}
    base = {"run": "r", "checkpoint": checkpoint, "corpus": "c", "task": "upos", "probe": "linear", "unit": "fraction"}
    return base | bounds | {"layer": layer, "split": split, "metric": metric, "value": value, "n": 100} | more


def test_the_best_layer_is_chosen_on_dev_and_not_on_test() -> None:
    rows = [row("a", layer, [0.5, 0.6, 0.9][layer]) for layer in range(3)]
    rows += [row("a", layer, [2.0, 1.0, 1.5][layer], "loss", "dev") for layer in range(3)]
    table = tidy(rows)
    assert best_layer(table, "a", "upos", "linear") == 1
    (said,) = summary(table, ["a"], {}, "test", "upos", "linear")
    assert "layer 1 has the lowest dev loss" in said
    assert "accuracy 0.600 [0.590, 0.610]" in said
    assert "+10.0 points against layer 0" in said
    assert "overlap" not in said


def test_overlapping_and_missing_intervals_are_said() -> None:
    dev = [row("a", layer, 2.0 - layer, "loss", "dev") for layer in (0, 1)]
    (said,) = summary(tidy([row("a", 0, 0.50), row("a", 1, 0.51), *dev]), ["a"], {}, "test", "upos", "linear")
    assert "+1.0 points against layer 0 (unpaired intervals overlap)" in said
    bare = row("a", 1, 0.9, lower=None, upper=None)
    (said,) = summary(tidy([row("a", 0, 0.5), bare, *dev]), ["a"], {}, "test", "upos", "linear")
    assert "accuracy 0.900;" in said
    assert "(no interval)" in said
    assert "nan" not in said


def test_without_dev_nothing_is_claimed() -> None:
    assert summary(tidy([row("a", 0, 0.5)]), ["a"], {}, "test", "upos", "linear") == []
