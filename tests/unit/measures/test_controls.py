"""Majority, selectivity and shares: hand-worked cases and intervals."""

from __future__ import annotations

import numpy as np
import pytest

from probing.errors import BadInput
from probing.measures import majority, selectivity, share


def test_majority_by_hand() -> None:
    score = majority(np.array([2, 2, 1, -1]), np.array([2, 1, 2, 0]), np.array([0, 0, 1, 1]))
    assert score.value == 0.5
    assert score.n == 4


def test_majority_of_equals_is_the_first() -> None:
    assert majority(np.array([0, 1]), np.array([0, 0]), np.array([0, 1])).value == 1


def test_share() -> None:
    score = share(np.array([1, 0, 0, 0], bool), np.arange(4))
    assert score.value == 0.25
    assert 0 <= score.lower <= 0.25 <= score.upper <= 1


def test_selectivity_by_hand() -> None:
    task = np.array([1, 1, 0, 1, 0], bool)
    control = np.array([1, 0, 0, 1, 1], bool)
    seen = np.array([1, 1, 1, 1, 0], bool)
    result = selectivity(task, control, np.array([0, 0, 1, 1, 1]), seen)
    assert result.accuracy.value == 0.75
    assert result.control_accuracy.value == 0.5
    assert result.selectivity.value == 0.25
    assert result.selectivity.n == 4


def test_selectivity_is_paired() -> None:
    # Task and control err on the same items but for one in ten, so their difference is far surer than either.
    draw = np.random.default_rng(0)
    sentence = np.repeat(np.arange(50), 10)
    control = draw.random(500) < np.repeat(draw.random(50), 10)
    task = control.copy()
    task[::10] = True
    result = selectivity(task, control, sentence, np.ones(500, bool))
    spread = result.selectivity.upper - result.selectivity.lower
    assert spread < 0.5 * (result.accuracy.upper - result.accuracy.lower)


def test_selectivity_over_control_seeds() -> None:
    task = np.ones(6, bool)
    controls = [np.ones(6, bool), np.zeros(6, bool)]
    result = selectivity([task], controls, np.arange(6), np.ones(6, bool))
    assert result.selectivity.value == 0.5
    assert (result.selectivity.lower, result.selectivity.upper) == (0, 1)
    assert result == selectivity([task], controls, np.arange(6), np.ones(6, bool))


def test_what_cannot_be_read_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="train has none of its word types"):
        selectivity(np.ones(2, bool), np.ones(2, bool), np.arange(2), np.zeros(2, bool))
    with pytest.raises(BadInput, match="no items"):
        majority(np.array([-1]), np.array([0]), np.array([0]))
    with pytest.raises(BadInput, match="nothing to score"):
        share(np.empty(0, bool), np.empty(0, int))
