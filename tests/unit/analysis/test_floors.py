"""What the baselines reach together, differences from a base, and the sentence of a chart, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cache.results import tidy
from probing.analysis.floors import finding, floor, headline, highlights, minus_base, trivial
from probing.analysis.layer_grid import within_rows
from probing.analysis.rows import LayerQuestion


def row(checkpoint: str, layer: int, value: float, metric: str = "accuracy", **more: Any) -> dict[str, Any]:
    base = {"run": "r", "checkpoint": checkpoint, "corpus": "c", "task": "upos", "probe": "linear", "unit": "fraction", "n": 9}
    return base | {"layer": layer, "split": "test", "metric": metric, "value": value} | more


def question(rows: pd.DataFrame, metric: str) -> LayerQuestion:
    return LayerQuestion(rows, metric, "test", "upos", "linear")


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return tidy(list(rows))


RANDOM = [row("random:a@0", layer, value) for layer, value in enumerate((0.2, 0.5, 0.3))]


def test_the_floor_is_the_best_of_the_baselines_at_each_layer() -> None:
    rows = table(*RANDOM, *(row("random:b@0", layer, 0.25) for layer in range(3)), row("a", -1, 0.4, "majority"))
    x, level, names = floor(question(rows, "accuracy"), ["random:a@0", "random:b@0"])
    assert (x.tolist(), level.tolist()) == ([0, 1, 2], [0.4, 0.5, 0.4])
    assert names == ["random weights", "majority"]
    assert trivial(question(rows, "accuracy")) == {"majority": [0.4]}


def test_of_a_loss_the_floor_is_the_lowest_and_the_majority_is_no_loss() -> None:
    losses = [row(name, layer, value, "loss") for name in ("random:a@0",) for layer, value in enumerate((2.0, 1.5))]
    rows = table(*losses, row("random:b@0", 0, 1.0, "loss"), row("a", -1, 0.4, "majority"))
    x, level, names = floor(question(rows, "loss"), ["random:a@0", "random:b@0"])
    assert (x.tolist(), level.tolist(), names) == ([0, 1], [1.0, 1.5], ["random weights"])


def test_without_random_weights_the_floor_is_flat_and_without_any_baseline_empty() -> None:
    rows = table(*(row("a", layer, 0.9) for layer in range(3)), row("a", -1, 0.4, "majority"))
    x, level, names = floor(question(rows, "accuracy"), [])
    assert (x.tolist(), level.tolist(), names) == ([0, 2], [0.4, 0.4], ["majority"])
    assert len(floor(question(rows, "macro_f1"), [])[0]) == 0


def test_a_difference_is_taken_at_the_same_relative_depth_and_has_no_interval() -> None:
    rows = table(*(row("a", n, n / 10, lower=0, upper=1) for n in range(3)), *(row("b", n, 0.5) for n in (0, 2, 4)))
    found = minus_base(question(rows, "accuracy"), "a", {"a": 2, "b": 4}).table
    values = {name: part["value"].tolist() for name, part in found.groupby(found["checkpoint"].astype(str))}
    assert values["a"] == [0, 0, 0]
    assert values["b"] == pytest.approx([0.5, 0.4, 0.3])
    assert found["lower"].isna().all()
    assert minus_base(question(rows, "accuracy"), "gone", {"gone": 2}).table.empty


def test_the_sentence_says_the_measure_the_layer_and_how_it_was_chosen() -> None:
    rows = table(*(row("a", n, n / 10) for n in range(3)), *(row("b", n, 0.9 - n / 10) for n in range(3)))
    chosen = {"a": 1, "b": None}
    found = highlights(question(rows, "accuracy"), ["a", "b", "gone"], chosen)
    assert [one[:2] for one in found] == [("a", 1), ("b", 0)]
    said = headline(found, "accuracy", "upos", chosen, 0.05)
    assert (
        said == "a: accuracy 0.100 for upos at layer 1 (chosen on dev); its baselines reach 0.050. Compared: b 0.900 at layer 0."
    )
    whole = finding(question(rows, "accuracy"), ["a"], [], chosen)
    assert whole == "a: accuracy 0.100 for upos at layer 1 (chosen on dev; highest here 0.200 at layer 2)."
    assert "(highest here)." in headline(found[1:], "accuracy", "upos", chosen, None)
    assert "(lowest here)." in headline([("b", 0, 1.0)], "loss", "upos", {}, None)
    assert headline([], "accuracy", "upos", {}, None) == ""


def test_rows_of_a_map_end_at_their_own_floor_and_ceiling() -> None:
    values = np.array([[0.5, 0.75, 1.0], [0.2, np.nan, 0.2], [np.nan] * 3, [0.3, 0.5, 0.4]])
    shades = within_rows(values, np.array([0.0, np.nan, 0.1, 0.4]))
    np.testing.assert_allclose(shades[0], [0.5, 0.75, 1])
    np.testing.assert_allclose(shades[1], [0, np.nan, 0])
    assert np.isnan(shades[2]).all()
    np.testing.assert_allclose(shades[3], [0, 1, 0.5])
