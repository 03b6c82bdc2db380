"""Figures of decodability from hand-made tables: holes stay holes, bounds are hollow, staircases only rise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cache.table import tidy
from probing.analysis import codelengths, equal_accuracy, hardest
from probing.analysis import frontier as complexity
from probing.analysis import ranks as effort_ranks
from probing.analysis.equal_accuracy import EqualAccuracy
from probing.analysis.loss_curves import collect
from probing.analysis.rows import LayerQuestion, curve_rows
from probing.figures import frontier, ranks
from probing.figures.layer_curves import layer_curves
from probing.figures.loss_curves import loss_curves
from probing.figures.marks import marks
from probing.measures.effort import Curves, Effort, EqualAccuracyPair, effort

BASE = {"checkpoint": "a", "task": "upos", "probe": "linear", "split": "dev"}


def row(metric: str, layer: int, value: float | None, **more: Any) -> dict[str, Any]:
    bounds = {} if value is None else {"lower": value - 0.1, "upper": value + 0.1}
    return BASE | bounds | {"metric": metric, "layer": layer, "value": value} | more


def curve_table() -> pd.DataFrame:
    rows = []
    for layer in (0, 1):
        for n, loss in zip((10, 100, 1000), (2.0, 1.5 - layer, 1.0 - layer / 2), strict=True):
            missing = layer == 1 and n == 100
            rows.append(row("loss_at_n", layer, None if missing else loss, n=n, setting={"n": n}))
            rows.append(row("loss_at_n", layer, 2.5, n=n, setting={"n": n, "labels": "control"}))
            rows.append(row("accuracy_at_n", layer, 1 - loss / 3, n=n, setting={"n": n}))
            rows.append(row("codelength", layer, n * loss, n=n, split="train", setting={} if n == 1000 else {"n": n}))
            rows.append(row("codelength", layer, 5.0, n=n, split="train", setting={"as_published": True}))
    return tidy(rows)


def test_a_curve_with_a_hole_is_drawn_with_a_hole() -> None:
    rows = curve_rows(curve_table(), "upos", "linear", "loss_at_n")
    drawn = loss_curves(rows, "loss_at_n", {("a", 1): marks(["a"])["a"]}, 500, 1.2, 1.8, control=True)
    line = next(trace for trace in drawn.data if trace.name == "a, layer 1")
    assert np.isnan(np.array(line.y)[1])
    assert line.connectgaps is False
    bands = [trace for trace in drawn.data if trace.fill == "toself" and trace.legendgroup == "a, layer 1"]
    assert len(bands) == 2, "two stretches, none over the hole"
    assert any(trace.name == "a, layer 1: control task" and trace.line.dash == "dash" for trace in drawn.data)


def test_readings_keep_the_task_and_leave_out_what_is_as_published() -> None:
    found = collect(curve_table(), "upos", "linear", 4, lambda _checkpoint, _layer: np.ones((5, 3)))
    assert found is not None
    assert found.keys == [("a", 0), ("a", 1)]
    assert found.curves.code[0].tolist() == [20, 150, 1000]
    assert found.curves.ceiling == 2
    assert found.some(lambda key: key[1] == 1).curves.loss.shape == (1, 3)
    assert collect(curve_table(), "upos", "linear", 4, lambda _checkpoint, _layer: None) is None


def test_other_sizes_are_set_apart_and_named() -> None:
    other = curve_table().assign(checkpoint="b").assign(n=lambda table: table["n"] * 2)
    other = other[other["layer"] == 0]
    table = pd.concat([curve_table(), other], ignore_index=True)
    found = collect(table, "upos", "linear", 4, lambda _checkpoint, _layer: np.ones((5, 3)))
    assert found is not None
    assert found.apart == ["b"]


def test_where_only_a_bound_is_known_the_sign_is_hollow_and_points_up() -> None:
    table = tidy([row("esc", 0, 50.0, lower=40.0, upper=60.0), row("esc", 1, None, lower=1000.0)])
    drawn = layer_curves(LayerQuestion(table, "esc", "dev", "upos", "linear"), ["a"]).checked()
    hollow = next(trace for trace in drawn.data if trace.marker.symbol == "triangle-up-open")
    assert list(hollow.y) == [1000.0]
    assert list(hollow.x) == [1.0]
    assert drawn.layout.yaxis.type == "log"


def some_effort() -> Effort:
    loss = np.array([[2.0, 1.0], [2.0, 1.9]])
    return effort(Curves(np.array([10.0, 100.0]), loss, loss[:, None], 1 - loss / 4, loss * 10, 2.0), 100, 1.5)


def test_ranks_name_who_is_first_and_nobody_where_none_reaches_the_target() -> None:
    table = effort_ranks.rank_table([("a", 0), ("a", 1)], some_effort(), 100)
    assert effort_ranks.winners(table) == dict.fromkeys(("Accuracy", "Codelength", "SDL", "εSC"), ("a", 0))
    assert np.isnan(table["esc"][1])
    assert table["esc lower"][1] == 100
    drawn = ranks.rank_lines(table, marks(["a"]))
    assert [list(trace.y) for trace in drawn.data] == [[1, 1, 1, 1], [2, 2, 2, 2]]
    table["esc"] = np.nan
    assert "εSC" not in effort_ranks.winners(table)


def test_the_sentence_tells_the_pair_its_numbers_and_that_a_bound_is_one() -> None:
    accuracy = np.array([0.9, 0.91])

    def said(*found: EqualAccuracyPair) -> str:
        both = EqualAccuracy([("a", 0), ("a", 1)], accuracy, np.stack([accuracy, accuracy], 1), some_effort(), 100, list(found))
        return equal_accuracy.summary(both, "upos", "test", 1.5)

    sure = EqualAccuracyPair(0, 1, 0.01, -0.01, 0.03, 4.0, 2.0, 8.0, False)
    assert "a, layer 0 and a, layer 1 have equal accuracy on upos" in said(sure)
    assert "4.0 times as many (2.0 to 8.0)" in said(sure)
    bound = sure._replace(bound=True, ratio_upper=np.inf)
    assert "more than the 100 items of train" in said(bound)
    doubt = sure._replace(ratio_lower=0.9)
    assert "each interval of the ratio includes 1" in said(doubt)
    assert "no two of these 2" in said()


def test_the_frontier_only_rises_and_its_points_are_where_they_were_measured() -> None:
    table = tidy(
        [row("accuracy", 0, value, setting={"rank": rank}) for rank, value in ((1, 0.6), (2, 0.5), (4, 0.9))]
        + [row("accuracy", 0, 0.3, setting={"rank": 1, "labels": "control"})]
    )
    rows = complexity.points(table, "upos", "linear", "accuracy")
    trivial = {"task": 0.4, "control": 0.2}
    drawn = frontier.frontiers(complexity.with_frontier(rows, trivial), "accuracy", {("a", 0): marks(["a"])["a"]}, trivial)
    stairs = next(trace for trace in drawn.data if trace.line.shape == "hv" and trace.line.dash == "solid")
    assert list(stairs.y) == pytest.approx([0.6, 0.6, 0.9])
    assert any(list(trace.y) == [0.6, 0.5, 0.9] for trace in drawn.data if trace.mode == "markers")
    assert complexity.points(table, "upos", "mlp", "accuracy").empty


def items() -> pd.DataFrame:
    rows = [
        # Every layer says B of the first word, whose gold is A; the second is merely hard at one layer.
        *((layer, 0, 0, "A", "B", -6.0) for layer in range(5)),
        *((layer, 0, 1, "A", "B" if layer == 0 else "A", -3.0 if layer == 0 else -0.1) for layer in range(5)),
    ]
    frame = pd.DataFrame(rows, columns=["layer", "sentence", "word", "gold", "predicted", "log2p"])
    return frame.assign(seed=pd.array([None] * len(frame), dtype="Int64"))


def test_pointwise_information_finds_the_hard_and_the_doubtful() -> None:
    told = hardest.with_information(items(), np.log2([0.5, 0.5]), ["A", "B"])
    assert told["pvi"].tolist()[:1] == [-5.0]
    hard = hardest.hardest(told, 0)
    assert hard["word"].tolist() == [0, 1]
    assert hard["pvi"].tolist() == [-5.0, -2.0]
    doubt = hardest.doubtful(told)
    assert doubt["word"].tolist() == [0], "one layer's mistake is no doubt"
    assert doubt["layers"].tolist() == [1.0]
    assert doubt["predicted"].tolist() == ["B"]


def test_two_codes_stand_side_by_side_with_what_is_left() -> None:
    table = tidy(
        [
            row("codelength", 0, 70.0, split="train"),
            row("codelength", 0, 7.0, split="train", setting={"n": 10}),
            row("variational_codelength", 0, 120.0, split="train", probe="bayesian"),
            row(
                "variational_codelength", 0, 120.0, split="train", probe="bayesian", seed=0, setting={"architecture": "231-27-54"}
            ),
            row("variational_codelength", 0, 300.0, split="train", probe="bayesian", setting={"labels": "control"}),
        ]
    )
    (found,) = codelengths.side_by_side(table, "upos").to_dict("records")
    assert found["online, linear, bits"] == 70
    assert found["variational, bayesian, bits"] == 120
    assert found["units left"] == "231-27-54"
