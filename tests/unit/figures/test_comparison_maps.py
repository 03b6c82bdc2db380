"""Maps of comparisons: what is pale, ringed, declared and nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cache.table import tidy
from probing import measures
from probing.analysis import drift as parameter_drift
from probing.analysis import similarity
from probing.analysis.differences import COLUMNS
from probing.figures import comparison_maps as maps


def test_cells_that_do_not_differ_are_pale_and_unknown_ones_too() -> None:
    adjusted = {0: 0.001, 1: 0.4, 2: float("nan")}
    rows = [
        dict.fromkeys(COLUMNS, 0.0)
        | {"task": "upos", "layer": layer, "first_layer": layer, "difference": 0.1 * layer, "adjusted": p}
        for layer, p in adjusted.items()
    ]
    figure = maps.difference_map(pd.DataFrame(rows), ["upos"], "Accuracy", "points")
    heat, pale = figure.data
    assert np.isnan(heat.z[0]).tolist() == [False, True, True]
    assert np.isnan(pale.z[0]).tolist() == [True, False, False]
    assert heat.zmin == -heat.zmax == -20
    assert (list(heat.text[0]), list(pale.text[0])) == (["+0.0", "", ""], ["", "+10.0", "+20.0"])
    for most, end in ((0.5, 50), (0.1, 20), (float("nan"), 20)):
        assert maps.difference_map(pd.DataFrame(rows), ["upos"], "Accuracy", "points", most).data[0].zmax == end


def comparison(cka: np.ndarray, rsa: np.ndarray) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for i, j in np.ndindex(*cka.shape):
        for metric, value in (
            ("cka_debiased", cka[i, j]),
            ("rsa", rsa[i, j]),
            ("procrustes", 2 - 2 * cka[i, j]),
            ("cka", cka[i, j]),
        ):
            setting = {"second": "b", "second_layer": j, "items": "words"}
            rows.append({"checkpoint": "a", "layer": i, "metric": metric, "value": value, "setting": setting, "n": 100})
    rows += [row | {"setting": row["setting"] | {"second": "other"}} for row in rows]
    return tidy(rows)


def test_measures_that_agree_ring_nothing_and_one_that_turns_round_does() -> None:
    cka = np.arange(12.0).reshape(3, 4) / 12
    assert similarity.disagreements(similarity.similarity_rows(comparison(cka, cka**3), "b")) == []
    turned = cka.copy()
    turned[0, 0], turned[2, 3] = cka[2, 3], cka[0, 0]
    assert similarity.disagreements(similarity.similarity_rows(comparison(cka, turned), "b")) == [(0, 0), (2, 3)]


def test_the_nearest_layer_is_the_most_alike_whichever_way_a_measure_runs() -> None:
    cka = np.array([[0.9, 0.2], [0.3, 0.8], [0.1, 0.7]])
    rows = similarity.similarity_rows(comparison(cka, cka), "b")
    for metric in measures.menu("similarity"):
        assert similarity.nearest(rows, metric) == {0: 0, 1: 1}, metric
    figure = maps.similarity_map(rows, "rsa", "a", "b", [(2, 0)], [(0, 0), (2, 1), (9, 9)])
    drawn = {trace.name: trace for trace in figure.data if trace.type == "scatter"}
    assert list(drawn["CKA and RSA disagree"].x) == [0]
    assert (list(drawn["declared layer map"].x), list(drawn["declared layer map"].y)) == ([0, 1], [0, 2])


def test_the_sentence_counts_from_the_rows_and_names_the_random_baseline() -> None:
    cka = np.array([[0.9, 0.2], [0.3, 0.5]])
    rows = similarity.similarity_rows(comparison(cka, cka), "b")
    random = similarity.similarity_rows(comparison(cka / 10, cka / 10), "b")
    told = similarity.summary(rows, random, "a", "b")
    assert (
        "most similar to a at layer 0 (debiased CKA 0.900) and least at layer 1 (0.500). Random weights reach 0.050 there."
        in told
    )
    assert "no pair of layers" in told


def drift(values: dict[tuple[str, int], float]) -> pd.DataFrame:
    rows = [
        {"layer": layer, "metric": "drift", "value": value, "setting": {"second": "b"} | ({"parameter": kind} if kind else {})}
        for (kind, layer), value in values.items()
    ]
    return parameter_drift.drift_rows(tidy(rows), "b", "drift")


def test_drift_keeps_kinds_and_the_whole_layer_last() -> None:
    values = drift({("key.bias", 1): 0.0, ("key.bias", 2): 0.5, ("", 1): 0.1, ("", 2): 0.2, ("word.weight", 0): 9.0})
    heat = maps.drift_map(values, "mean").data[0]
    assert list(heat.y) == ["key.bias", "whole layer"]
    assert list(heat.x) == [1, 2]
    assert list(heat.text[0]) == ["0", "0.5"]
    assert np.isnan(heat.z[0][0]), "what did not move has no logarithm"
    assert (
        parameter_drift.summary(values, "b", "mean")
        == "Inside the layers of b only biases changed. Of 2 kinds of parameters by layer, key.bias of layer 2 changed most (mean 0.5); 1 did "
        "not change."
    )
    both = drift({("key.bias", 1): 0.5, ("key.weight", 1): 0.1, ("key.weight", 2): 0.0})
    assert "only biases" not in parameter_drift.summary(both, "b", "mean")
    assert "No parameter inside a layer of b has changed" in parameter_drift.summary(drift({("x", 1): 0.0}), "b", "mean")
    assert drift({}).empty
