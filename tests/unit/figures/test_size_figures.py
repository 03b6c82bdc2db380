"""The size curve: points, means and crossings of planted tables."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from probing.analysis.size_curves import crossing, lead, means, points
from probing.figures.size_curve import size_curve

HALF = 0.01  # of each planted interval


def row(method: str, train: int, seed: int, value: float, collapsed: bool = False, half: float = HALF) -> dict[str, Any]:
    setting = {"method": method, "train": train, "steps": 9} | ({"collapsed": True} if collapsed else {})
    told = {"metric": "accuracy", "split": "test", "seed": seed, "setting": json.dumps(setting)}
    return told | {"value": value, "lower": value - half, "upper": value + half}


def scored(curves: dict[str, dict[int, tuple[float, ...]]], half: float = HALF) -> pd.DataFrame:
    """method → size → a value a seed."""
    rows = [
        row(method, size, seed, value, half=half)
        for method, sizes in curves.items()
        for size, values in sizes.items()
        for seed, value in enumerate(values)
    ]
    return points(pd.DataFrame(rows), "accuracy", "test")


def test_points_are_of_one_metric_and_split() -> None:
    rows = [row("full", 64, 0, 0.5), row("full", 64, 0, 0.9) | {"split": "dev"}, row("full", 64, 0, 0.1) | {"metric": "mcc"}]
    found = points(pd.DataFrame(rows), "accuracy", "test")
    assert found[["method", "n", "seed", "value", "state"]].values.tolist() == [["full", 64, 0, 0.5, ""]]


def test_one_seed_has_the_interval_of_its_sentences() -> None:
    (only,) = means(scored({"full": {64: (0.5,)}})).to_dict("records")
    assert (only["value"], only["lower"], only["upper"]) == pytest.approx((0.5, 0.49, 0.51))


def test_several_seeds_add_students_t_to_the_sentences() -> None:
    (only,) = means(scored({"full": {64: (0.5, 0.52)}})).to_dict("records")
    # t at .975 with one degree of freedom is 12.706; the standard error of two values .02 apart is .01.
    assert only["upper"] - only["value"] == pytest.approx(np.hypot(0.127062, HALF), abs=1e-5)
    assert only["value"] - only["lower"] == pytest.approx(only["upper"] - only["value"])


def test_a_clear_crossing_is_said_with_its_sizes() -> None:
    found = scored({"bitfit": {64: (0.7,), 256: (0.8,), 1024: (0.85,)}, "full": {64: (0.5,), 256: (0.8,), 1024: (0.95,)}})
    assert crossing(found, "bitfit", "full") == "bitfit leads up to 64 sentences, full from 1,024 on: the lines cross between."
    assert crossing(found, "full", "bitfit") == "bitfit leads up to 64 sentences, full from 1,024 on: the lines cross between."
    assert lead(found, "bitfit", "full")["decided"].tolist() == [True, False, True]


def test_no_crossing_is_said_to_be_none() -> None:
    found = scored({"bitfit": {64: (0.5,), 13_084: (0.6,)}, "full": {64: (0.7,), 13_084: (0.9,)}})
    assert crossing(found, "bitfit", "full").endswith("no crossing is to be seen between 64 and 13,084: full leads throughout.")
    part = scored({"bitfit": {64: (0.7,), 256: (0.6,)}, "full": {64: (0.7,), 256: (0.9,)}})
    assert "full leads at 256, and elsewhere it cannot be told" in crossing(part, "bitfit", "full")


def test_overlap_everywhere_cannot_be_told_even_where_the_means_change_places() -> None:
    found = scored({"bitfit": {64: (0.701,), 256: (0.8,)}, "full": {64: (0.7,), 256: (0.801,)}})
    said = crossing(found, "bitfit", "full")
    assert "whether they cross is unclear" in said
    assert "The means change place" in said


def test_seeds_that_disagree_decide_nothing() -> None:
    found = scored({"bitfit": {64: (0.9, 0.5), 256: (0.9, 0.5)}, "full": {64: (0.5, 0.6), 256: (0.5, 0.6)}}, half=0.001)
    assert not lead(found, "bitfit", "full")["decided"].any()
    paired = scored({"bitfit": {64: (0.9, 0.5)}, "full": {64: (0.8, 0.4)}}, half=0.001)
    assert lead(paired, "bitfit", "full")["decided"].all(), "seeds differ much, and both methods alike"


def test_more_than_one_change_and_one_size_and_nothing_in_common() -> None:
    found = scored({"a": {1: (0.9,), 2: (0.1,), 3: (0.9,)}, "b": {1: (0.5,), 2: (0.5,), 3: (0.5,)}})
    assert "change places more than once: a leads at 1, 3, b at 2" in crossing(found, "a", "b")
    assert "one size shows no crossing" in crossing(scored({"a": {1: (0.9,)}, "b": {1: (0.5,)}}), "a", "b")
    assert "no size in common" in crossing(scored({"a": {1: (0.9,)}, "b": {2: (0.5,)}}), "a", "b")


def planted_wrong() -> pd.DataFrame:
    rows = [row("full", 64, 0, 0.8), row("full", 64, 1, 0.2, collapsed=True), row("bitfit", 64, 0, 0.6)]
    return points(pd.DataFrame(rows), "accuracy", "test", [("bitfit", 64, 1)])


def test_what_went_wrong_stays_and_is_marked() -> None:
    told = {one["method"]: one for one in means(planted_wrong()).to_dict("records")}
    assert told["full"]["value"] == pytest.approx(0.5), "a collapsed training has a score, which counts"
    assert (told["full"]["value_sound"], told["full"]["wrong"]) == (0.8, 1)
    assert (told["bitfit"]["value"], told["bitfit"]["seeds"], told["bitfit"]["wrong"]) == (0.6, 2, 1)
    figure = size_curve(planted_wrong(), means(planted_wrong()), ["bitfit", "full"], "accuracy")
    crosses = [trace for trace in figure.data if trace.marker.symbol == "x-thin"]
    assert {(trace.legendgroup, trace.customdata[0]) for trace in crosses} == {
        ("full", "seed 1: 0.2000 collapsed"),
        ("bitfit", "seed 1: no score, diverged"),
    }
    assert all(np.isfinite(trace.y).all() for trace in crosses)


def test_an_interval_over_few_seeds_does_not_stretch_the_axis_beyond_what_a_score_can_be() -> None:
    apart = scored({"full": {64: (0.2, 0.8)}})
    figure = size_curve(apart, means(apart), ["full"], "accuracy")
    low, high = figure.layout.yaxis.range
    assert means(scored({"full": {64: (0.2, 0.8)}}))["lower"].iloc[0] < -3
    assert -0.3 < low < 0.01
    assert 1 < high < 2


def test_only_diverged_trainings_still_make_a_chart() -> None:
    empty = pd.DataFrame(columns=["metric", "split", "setting", "seed", "value", "lower", "upper"])
    lost = points(empty, "accuracy", "test", [("full", 64, 0)])
    figure = size_curve(lost, means(lost), ["full"], "accuracy")
    assert [trace.marker.symbol for trace in figure.data] == ["x-thin"]


def test_the_chart_has_a_line_a_method_and_all_at_its_count() -> None:
    found = scored({"bitfit": {64: (0.7,), 256: (0.8,)}, "full": {64: (0.72,), 256: (0.9,)}})
    figure = size_curve(found, means(found), ["bitfit", "full"], "accuracy", majority=0.2, available=256)
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [trace.name for trace in lines] == ["bitfit", "full"]
    assert lines[1].y.tolist() == pytest.approx([0.72, 0.9])
    assert list(figure.layout.xaxis.ticktext) == ["64", "all: 256"]
    assert "below" in figure.layout.annotations[0].text, "the majority does not squeeze the lines"
    near = size_curve(found, means(found), ["bitfit", "full"], "accuracy", majority=0.75)
    assert near.layout.shapes[0].y0 == 0.75
