"""Figures of edge probes from rows and items that were worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cache.table import tidy
from probing.analysis.edges import by_label, expected_layer_summary, layer_rows, mixed_rows
from probing.figures import edges
from probing.figures.marks import MARKS

BASE = {
    "run": "r",
    "checkpoint": "m",
    "corpus": "c",
    "task": "arc_label",
    "probe": "edge",
    "split": "test",
    "unit": "fraction",
    "n": 9,
}


def row(layer: int, metric: str, value: float, **more: Any) -> dict[str, Any]:
    return BASE | {"layer": layer, "metric": metric, "value": value, "lower": value - 0.1, "upper": value + 0.2} | more


TABLE = tidy(
    [
        *(row(layer, "micro_f1", 0.5 + layer / 10) for layer in (1, 0)),
        *(row(layer, "micro_f1", 0.6 + layer / 10, setting={"mix": f"0..{layer}"}) for layer in (1, 0)),
        row(1, "micro_f1", 0.9, setting={"mix": "0..1"}, seed=3),
        row(1, "micro_f1", 0.9, setting={"items": "seen types"}),
        row(1, "micro_f1", 0.9, setting={"mix": "0..1"}, checkpoint="other"),
        row(1, "mix_gain", 0.1),
        row(-1, "expected_layer", 1.25, unit="layers"),
    ]
)
WHERE = ("test", "arc_label", "edge", "m")


def test_f1_by_label_by_hand_with_support_in_its_order() -> None:
    items = pd.DataFrame({"gold": ["obj"] * 3 + ["det"], "predicted": ["obj", "obj", "amod", "obj"]})
    found = by_label(items)
    assert found["class"].tolist()[:2] == ["obj", "det"]
    assert found["support"].tolist() == [3, 1, 0]
    assert found["f1"].tolist()[0] == pytest.approx(4 / 6)
    assert found["f1"].tolist()[1] == 0
    figure = edges.label_bars(found, MARKS[3])
    assert list(figure.data[0].y) == ["obj (3)", "det (1)"], "a label that is only said is no bar"
    assert figure.data[0].x[0] == pytest.approx(4 / 6)


def test_mixes_are_told_from_layers_seeds_and_others() -> None:
    found = mixed_rows(TABLE, *WHERE)
    assert found["layer"].tolist() == [0, 1]
    assert found["value"].tolist() == pytest.approx([0.6, 0.7])
    assert layer_rows(TABLE, "micro_f1", *WHERE)["value"].tolist() == pytest.approx([0.5, 0.6])
    assert mixed_rows(TABLE, "test", "arc", "edge", "m").empty


def test_the_curve_has_both_and_what_is_added_below() -> None:
    own, gains = (layer_rows(TABLE, metric, *WHERE) for metric in ("micro_f1", "mix_gain"))
    figure = edges.mix_curve(mixed_rows(TABLE, *WHERE), gains, own, MARKS[3])
    mixed, alone, added = figure.data
    assert list(mixed.y) == pytest.approx([0.6, 0.7])
    assert list(alone.y) == pytest.approx([0.5, 0.6])
    assert (list(added.x), list(added.y), added.yaxis) == ([1], pytest.approx([0.1]), "y2")
    assert list(mixed.error_y.array) == pytest.approx([0.2, 0.2])
    assert list(mixed.error_y.arrayminus) == pytest.approx([0.1, 0.1])
    assert mixed.line.dash != alone.line.dash
    assert mixed.marker.symbol != alone.marker.symbol


def test_shares_have_their_centre_marked() -> None:
    shares = pd.DataFrame({"layer": [0, 1], "value": [0.25, 0.75], "lower": np.nan, "upper": np.nan})
    figure = json.loads(edges.mix_shares(shares, 0.75, MARKS[3]).to_json())
    assert figure["layout"]["shapes"][0]["x0"] == 0.75
    assert "0.75" in figure["layout"]["annotations"][0]["text"]
    assert "shapes" not in json.loads(edges.mix_shares(shares, None, MARKS[3]).to_json())["layout"]


def test_the_expected_layer_is_said_or_why_there_is_none() -> None:
    rows = layer_rows(TABLE, "expected_layer", *WHERE)
    assert "1.25 (95 % interval 1.15 to 1.45)" in expected_layer_summary(rows, [], "m", "arc_label", "test")
    refused = rows.assign(value=np.nan)
    notes = [
        "x, arc_label, test: no expected layer, since not this.",
        "m, arc_label, test: no expected layer, since it is noise.",
    ]
    assert expected_layer_summary(refused, notes, "m", "arc_label", "test") == "No expected layer, since it is noise."
    assert expected_layer_summary(refused, [], "m", "arc_label", "test") == "No expected layer, since what layers add is noise."
    assert "needs a mix" in expected_layer_summary(rows.iloc[:0], [], "m", "arc_label", "test")
