"""A cell of conditional probes on planted vectors: what the baseline has is not gained twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probing.cells.work import CellResult
from probing.tasks import control
from tests.unit.cells.rows import answered, row


def answer(**more: Any) -> CellResult:
    return answered("upos", probes=("conditional",), **more)


def test_a_layer_that_knows_adds_all_of_it_to_noise(store_root: Path) -> None:
    found = answer()
    bits, points = row(found, "conditional_v_information", 1), row(found, "conditional_accuracy", 1)
    before = row(found, "accuracy", -1, given="layer 0")["value"]
    # Three tags about equally often: 1.58 bits, and nearly all items right.
    assert bits["value"] > 1.3
    assert points["value"] == pytest.approx(row(found, "accuracy", 1)["value"] - before)
    assert bits["unit"] == "bits"
    assert points["unit"] == "fraction"


def test_the_layer_that_is_given_has_no_row(store_root: Path) -> None:
    assert {one["layer"] for one in answer().rows} == {-1, 1}


def test_information_given_itself_is_nothing_within_its_interval(store_root: Path) -> None:
    found = answer(conditional_on="1")
    bits = row(found, "conditional_v_information", 1, baseline="1")
    assert bits["lower"] <= 0.005
    assert bits["upper"] >= -0.005
    assert abs(bits["value"]) < 0.01
    assert abs(row(found, "conditional_accuracy", 1, baseline="1")["value"]) < 0.01


def test_noise_adds_nothing_to_a_layer_that_knows(store_root: Path) -> None:
    found = answer(conditional_on="1")
    assert row(found, "conditional_v_information", 0, baseline="1")["value"] < 0.02


def test_control_labels_are_gained_by_memory_alone(store_root: Path) -> None:
    found = answer()
    control = row(found, "conditional_v_information", 1, labels="control")
    assert control["value"] < row(found, "conditional_v_information", 1)["value"] / 2
    assert {one["setting"] for one in answer(baselines=False).rows} == {"{}", '{"given":"layer 0"}'}


def test_control_seeds_that_say_nothing_are_left_out_and_told(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = control.control_labels

    def collapsing(train: np.ndarray, types: list[str], classes: int, seed: int) -> np.ndarray:
        return np.zeros(len(types), np.int32) if seed == 1 else drawn(train, types, classes, seed)

    monkeypatch.setattr(control, "control_labels", collapsing)
    assert "upos: the control task of 1 of 2 seeds gives every word type one label" in "\n".join(answer().notes)
    monkeypatch.setattr(control, "control_labels", lambda _train, types, *_: np.zeros(len(types), np.int32))
    nothing = answer()
    assert "control task of 2 of 2 seeds" in "\n".join(nothing.notes)
    assert not [one for one in nothing.rows if "control" in one["setting"]]
