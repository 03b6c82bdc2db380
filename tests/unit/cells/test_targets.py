"""The target of a run, and what it takes to reach it, on a hand-made table."""

from __future__ import annotations

import numpy as np
import pytest

from cache.table import tidy
from probing.cells.targets import targets

SIZES = (10, 100, 1000)
LOSSES = {("a", 0): (1.9, 1.6, 1.4), ("a", 1): (1.8, 1.0, 0.5), ("random:a@0", 1): (2.0, 1.9, 0.1)}


def found(epsilon: float | None = None) -> tuple[dict[tuple[str, str, int], dict[str, object]], list[str]]:
    rows = [
        {"checkpoint": "a", "task": "upos", "probe": "linear", "split": "dev", "metric": "v_entropy", "layer": -1, "value": 1.5}
    ]
    for (checkpoint, layer), losses in LOSSES.items():
        for n, value in zip(SIZES, losses, strict=True):
            rows.append(
                {"checkpoint": checkpoint, "task": "upos", "probe": "linear", "split": "dev", "metric": "loss_at_n"}
                | {"layer": layer, "n": n, "value": value}
            )

    def kept(checkpoint: str, _task: str, _probe: str, name: str) -> np.ndarray:
        layer, rest = name.split("/", 1)
        assert rest == "curve/task"
        return np.array(LOSSES[checkpoint, int(layer)]) + np.linspace(-0.05, 0.05, 41)[:, None]

    made, notes = targets(tidy(rows), kept, {"upos": 4}, frozenset({"random:a@0"}), epsilon)
    return {(str(row["checkpoint"]), str(row["metric"]), int(row["layer"])): row for row in made}, notes


def test_the_target_is_most_of_what_the_best_that_was_asked_for_tells() -> None:
    rows, notes = found()
    assert rows["a", "epsilon", -1]["value"] == pytest.approx(0.5 + 0.1 * (1.5 - 0.5))
    assert notes == []


def test_who_reaches_it_has_a_size_and_an_interval_and_who_does_not_has_a_bound() -> None:
    rows, _ = found(0.75)
    reached, missed = rows["a", "esc", 1], rows["a", "esc", 0]
    assert reached["value"] == pytest.approx(100 * 10**0.5)
    assert reached["lower"] < reached["value"] < reached["upper"]  # type: ignore[operator]
    assert (missed["value"], missed["lower"], missed["upper"]) == (None, 1000, None)
    surplus = rows["a", "sdl", 0]
    assert surplus["lower"] < surplus["value"] < surplus["upper"]  # type: ignore[operator]
    assert surplus["value"] > rows["a", "sdl", 1]["value"]  # type: ignore[operator]


@pytest.mark.parametrize(("epsilon", "word"), [(1.6, "smaller"), (0.3, "larger")])
def test_a_target_that_says_nothing_is_noted(epsilon: float, word: str) -> None:
    _, notes = found(epsilon)
    assert len(notes) == 1
    assert word in notes[0]
