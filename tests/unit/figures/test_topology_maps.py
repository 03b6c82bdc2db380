"""What the charts of attention's shape draw, from rows that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cache.table import tidy
from probing.analysis.attention_topology import summary, topology_rows
from probing.figures import topology_maps as maps


def table(values: dict[int, float], second: str = "b") -> pd.DataFrame:
    """Drift of `values` by layer, of which head 2 has it all; one component a token in the first and half of one in the second."""
    rows: list[dict[str, Any]] = []
    for layer, value in values.items():
        base = {"checkpoint": "a", "layer": layer, "metric": "topology_drift", "n": 40}
        rows.append(base | {"value": value, "lower": value / 2, "upper": value * 2, "setting": {"second": second}})
        rows += [
            base | {"value": value * share, "setting": {"second": second, "head": head}} for head, share in ((1, 0.0), (2, 1.4))
        ]
        for of, pieces in (("first", 1.0), ("second", 0.5)):
            for threshold in (0.1, 0.25):
                setting = {"second": second, "of": of, "threshold": threshold}
                for metric, count in (("attention_components", pieces), ("attention_cycles", pieces * threshold)):
                    rows.append(base | {"metric": metric, "value": count, "setting": setting})
    return tidy(rows)


def test_the_curve_is_of_whole_layers_in_their_order_beside_its_floor() -> None:
    both = pd.concat([table({2: 0.2, 1: 0.1}), table({1: 0.4, 2: 0.4}, "other")])
    sides = {"b": topology_rows(both, "b")}
    figure = maps.drift_curve(sides, {"random weights": topology_rows(both, "other")})
    drawn = {trace.name: trace for trace in figure.data if trace.name}
    assert (list(drawn["b"].x), list(drawn["b"].y)) == ([1, 2], [0.1, 0.2])
    assert list(drawn["random weights"].y) == [0.4, 0.4]
    assert drawn["b"].line.color != drawn["random weights"].line.color
    assert list(figure.data[0].y) == [0.2, 0.4, 0.1, 0.05], (
        "the band goes out along the upper ends and comes back along the lower"
    )


def test_a_comparison_without_attention_has_no_rows() -> None:
    other = tidy([{"checkpoint": "a", "layer": 1, "metric": "cka", "value": 1.0, "setting": {"second": "b", "second_layer": 1}}])
    assert topology_rows(other, "b").empty


def test_the_map_is_head_by_layer_and_the_lower_chart_has_both_sides() -> None:
    rows = topology_rows(table({1: 0.1, 2: 0.2}), "b")
    heat = maps.head_map(rows).data[0]
    np.testing.assert_allclose(heat.z, [[0, 0], [0.14, 0.28]])
    assert (list(heat.x), list(heat.y)) == ([1, 2], [1, 2])
    curves = {trace.name: list(trace.y) for trace in maps.shape_curves(rows, 0.25, "a", "b").data}
    assert curves == {
        "a: components per token": [1, 1],
        "a: cycles per token": [0.25, 0.25],
        "b: components per token": [0.5, 0.5],
        "b: cycles per token": [0.125, 0.125],
    }


def test_the_sentence_names_the_furthest_layer_and_what_stands_beside() -> None:
    rows = topology_rows(table({1: 0.1, 2: 0.2}), "b")
    floor = topology_rows(table({1: 0.5, 2: 0.6}), "b")
    told = summary(rows, floor, "a", "b", ("Two seeds (x and y)", topology_rows(table({1: 0.01, 2: 0.02}), "b")))
    assert "differs most from that of a at layer 2 (0.200 [0.100, 0.400]) and least at layer 1 (0.100)." in told
    assert "Random weights differ by 0.600 at layer 2." in told
    assert "Two seeds (x and y) differ by 0.020 at layer 2." in told
    assert "Random" not in summary(rows, floor.iloc[:0], "a", "b")
    still = topology_rows(table({1: 0.0, 2: 0.0}), "b")
    assert summary(still, floor, "a", "b").endswith("the attention of b has the same shape as that of a in every layer.")
