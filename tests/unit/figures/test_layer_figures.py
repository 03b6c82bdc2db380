"""What the charts of the Layers page draw, on tables whose answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.results import tidy
from probing.analysis.confusion import confusion
from probing.analysis.layer_grid import grid
from probing.analysis.rows import LayerQuestion, rows_over_seeds
from probing.analysis.summaries import summary
from probing.figures import heatmap
from probing.figures.confusion import MOST, confusion_figure
from probing.figures.layer_curves import layer_axis, layer_curves
from probing.figures.marks import MARKS, marks


def row(
    checkpoint: str, layer: int, value: float | None, metric: str = "accuracy", split: str = "test", **more: Any
) -> dict[str, Any]:
    bounds = {} if value is None else {"lower": value - 0.01, "upper": value + 0.01}
    base = {"run": "r", "checkpoint": checkpoint, "corpus": "c", "task": "upos", "probe": "linear", "unit": "fraction"}
    return base | bounds | {"layer": layer, "split": split, "metric": metric, "value": value, "n": 100} | more


def curve(figure: go.Figure, name: str) -> Any:
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


def bands(figure: go.Figure) -> list[Any]:
    return [trace for trace in figure.data if trace.fill == "toself"]


def drawn(rows: list[dict[str, Any]], metric: str = "accuracy", **more: Any) -> go.Figure:
    return layer_curves(LayerQuestion(tidy(rows), metric, "test", "upos", "linear"), ["a"], **more).checked()


TABLE = [row("a", layer, 0.5 + layer / 10) for layer in range(4)]


def test_a_curve_is_its_rows() -> None:
    figure = drawn(TABLE)
    line = curve(figure, "a")
    assert list(line.x) == [0, 1, 2, 3]
    assert list(line.y) == pytest.approx([0.5, 0.6, 0.7, 0.8])
    (band,) = bands(figure)
    assert list(band.y) == pytest.approx([0.51, 0.61, 0.71, 0.81, 0.79, 0.69, 0.59, 0.49])


def test_seeds_settings_and_dev_are_not_the_curve() -> None:
    noise = [
        row("a", 1, 0.01, seed=3),
        row("a", 1, 0.02, setting={"lambda": "1/n"}),
        row("a", 1, 0.03, split="dev"),
        row("a", 1, 0.04, task="xpos"),
        row("a", 1, 0.05, probe="mlp"),
    ]
    assert list(curve(drawn(noise + TABLE), "a").y) == pytest.approx([0.5, 0.6, 0.7, 0.8])


def test_a_layer_without_the_measure_leaves_a_hole() -> None:
    rows = [row("a", layer, 0.9 if layer != 2 else None, "ece") for layer in range(5)]
    figure = drawn(rows, "ece")
    assert np.isnan(curve(figure, "a").y[2])
    assert [sorted(set(band.x)) for band in bands(figure)] == [[0, 1], [3, 4]]
    # The same where the layer was probed but has no row of that measure at all.
    rows = [row("a", layer, 0.9, "ece") for layer in (0, 1, 3, 4)] + TABLE
    assert np.isnan(curve(drawn(rows, "ece"), "a").y[2])


def test_layers_that_were_not_asked_for_are_no_hole() -> None:
    assert list(curve(drawn([row("a", layer, 0.5) for layer in (0, 3, 6)]), "a").x) == [0, 3, 6]


def test_depth_is_normalised_by_each_checkpoint() -> None:
    table = tidy([row("a", layer, 0.5) for layer in (0, 3, 6)] + [row("b", layer, 0.5) for layer in (0, 6, 12)])
    figure = layer_curves(
        LayerQuestion(table, "accuracy", "test", "upos", "linear"), ["a", "b"], depths={"a": 6, "b": 12}
    ).checked()
    assert list(curve(figure, "a").x) == list(curve(figure, "b").x) == [0, 0.5, 1]
    axis = figure.layout.xaxis
    assert axis.ticktext == ("0", "1", "2", "3", "4", "5", "6"), "the first checkpoint's layers"
    assert axis.title.text == "layer of a; others at the same share of their depth"
    assert axis.tickvals[3] == 0.5


def test_a_deep_checkpoint_numbers_some_of_its_layers() -> None:
    axis = layer_axis("a", 30)
    assert axis["ticktext"] == ["0", "3", "6", "9", "12", "15", "18", "21", "24", "27", "30"]


def test_baselines_are_told_apart_by_more_than_colour() -> None:
    table = tidy(
        TABLE
        + [row("random:a@0", layer, 0.3) for layer in range(4)]
        + [row("a", layer, 0.2, "control_accuracy") for layer in range(4)]
        + [row("a", -1, 0.25, "majority")]
    )
    figure = layer_curves(LayerQuestion(table, "accuracy", "test", "upos", "linear"), ["a"], ["random:a@0"]).checked()
    lines = [curve(figure, name).line.dash for name in ("a", "a: control task", "random:a@0")]
    assert len(set(lines)) == 3
    assert [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1] == [0.25]
    assert {"majority 0.250", "embeddings"} <= {note.text for note in figure.layout.annotations}


def test_what_is_read_without_a_vector_is_drawn_on_accuracy_alone() -> None:
    more = [row("a", -1, level, setting=f'{{"baseline":"{name}"}}') for name, level in (("bag of words", 0.4), ("length", 0.3))]
    table = tidy([*TABLE, row("a", -1, 0.25, "majority"), *more])
    figure = layer_curves(LayerQuestion(table, "accuracy", "test", "upos", "linear"), ["a"]).checked()
    assert {"majority 0.250", "bag of words 0.400", "length 0.300"} <= {note.text for note in figure.layout.annotations}
    assert list(curve(figure, "a").x) == list(
        curve(layer_curves(LayerQuestion(tidy(TABLE), "accuracy", "test", "upos", "linear"), ["a"]).checked(), "a").x
    )
    assert not any(
        "bag" in (note.text or "")
        for note in layer_curves(LayerQuestion(table, "loss", "test", "upos", "linear"), ["a"]).checked().layout.annotations
    )


def test_runs_on_other_sentences_keep_their_own_majority() -> None:
    rows = [row(name, layer, 0.9, split=s) for name in "ab" for layer in (0, 1) for s in ("test", "dev")]
    rows += [row(name, layer, 1.0, "loss", "dev") for name in "ab" for layer in (0, 1)]
    table = tidy([*rows, row("a", -1, 0.2, "majority"), row("b", -1, 0.4, "majority")])
    figure = layer_curves(LayerQuestion(table, "accuracy", "test", "upos", "linear"), ["a", "b"]).checked()
    assert [shape.y0 for shape in figure.layout.shapes if shape.y0 == shape.y1] == [0.2, 0.4]
    first, second = summary(table, ["a", "b"], {}, "test", "upos", "linear")
    assert "+70.0 points against the majority" in first
    assert "+50.0 points against the majority" in second


def test_a_name_keeps_a_mark_of_its_own() -> None:
    found = marks(["a", "b", "random:a@0"], ["random:a@0"])
    assert found["a"] == MARKS[0]
    assert found["b"] == MARKS[1]
    assert found["random:a@0"].dash != found["a"].dash


def test_the_map_has_a_marker_on_every_cell_that_has_a_value() -> None:
    table = tidy([row("a", 0, 0.5), row("a", 2, 0.7), row("a", 0, 0.1, task="xpos"), row("b", 1, 0.9)])
    values = grid(table, "accuracy", "test", ["upos", "xpos", "deprel"], "linear", "a", [0, 1, 2])
    np.testing.assert_allclose(values, [[0.5, np.nan, 0.7], [0.1, np.nan, np.nan], [np.nan] * 3])
    figure = heatmap.layer_by_task(
        values, ["upos", "xpos", "deprel"], [0, 1, 2], "accuracy", ("xpos", 0), ["surface", "syntax", "syntax"]
    )
    map_, markers = figure.data
    assert [list(point) for point in markers.customdata] == [["upos", 0], ["upos", 2], ["xpos", 0]]
    assert [note.text for note in figure.layout.annotations] == ["surface", "syntax"]
    assert figure.layout.hoverdistance == -1
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (-0.5, 0.5, 0.5, 1.5)
    assert map_.text[2][0] == ""


@pytest.mark.parametrize(("metric", "reversed_"), [("loss", True), ("ece", True), ("accuracy", False)])
def test_bright_is_always_better(metric: str, reversed_: bool) -> None:
    map_ = heatmap.layer_by_task(np.array([[0.5]]), ["upos"], [0], metric).data[0]
    assert bool(map_.reversescale) is reversed_


def items(gold: list[str], predicted: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"gold": gold, "predicted": predicted})


def test_a_confusion_cell_carries_gold_then_predicted() -> None:
    counts = confusion(items(["N", "N", "V"], ["N", "V", "V"]))
    map_, markers = confusion_figure(counts, normalised=True).data
    assert [list(point) for point in markers.customdata] == [["N", "N", 1], ["N", "V", 1], ["V", "V", 1]]
    assert [list(line) for line in map_.text] == [["50%", "50%"], ["", "100%"]]
    assert list(confusion_figure(counts, normalised=False).data[0].text[0]) == ["1", "1"]


def test_only_the_commonest_classes_are_drawn_and_shares_count_the_rest() -> None:
    gold = [f"c{i:02}" for i in range(25) for _ in range(30 - i)]
    counts = confusion(items([*gold, "c00"], [*gold, "c24"]))
    map_ = confusion_figure(counts, normalised=True).data[0]
    assert len(map_.x) == len(map_.y) == MOST == 20
    assert map_.z[0][0] == pytest.approx(30 / 31)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=13))
def test_a_curve_has_a_point_for_every_layer(values: list[float]) -> None:
    rows = rows_over_seeds(
        tidy([row("a", layer, value) for layer, value in enumerate(values)]), "accuracy", "test", "upos", "linear"
    )
    assert rows["value"].tolist() == values


def test_rows_of_a_curve_are_sorted_by_checkpoint_and_layer_and_the_first_of_two_is_taken() -> None:
    table = tidy([row("b", 1, 0.1), row("a", 2, 0.2), row("a", 0, 0.3), row("b", 1, 0.9), row("a", 2, 0.8)])
    for one in (
        table,
        table.astype(dict.fromkeys(("checkpoint", "task", "probe", "split", "metric", "setting"), "category")),
    ):
        rows = rows_over_seeds(one, "accuracy", "test", "upos", "linear")
        assert rows[["checkpoint", "layer", "value"]].values.tolist() == [["a", 0, 0.3], ["a", 2, 0.2], ["b", 1, 0.1]]
    assert rows_over_seeds(table.iloc[:0], "accuracy", "test", "upos", "linear").empty
