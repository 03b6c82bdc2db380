"""How far parameters moved: hand-worked sums."""

from __future__ import annotations

import math

import numpy as np
import pytest

from probing.measures.drift import Moved, moved


def test_by_hand() -> None:
    found = moved(np.array([3.0, 4.0]), np.array([3.0, 0.0]))
    assert (found.n, found.mean) == (2, 2.0)
    assert found.relative == pytest.approx(4 / 5)
    assert found.angle == pytest.approx(math.degrees(math.atan2(4, 3)))


def test_growth_is_no_turn_and_opposites_are_half_a_circle() -> None:
    theta = np.random.default_rng(0).normal(size=50)
    assert moved(theta, 3 * theta).angle == pytest.approx(0, abs=1e-5)
    assert moved(theta, -theta).angle == pytest.approx(180)
    assert moved(theta, theta) == Moved(50, 0.0, 0.0, theta @ theta, theta @ theta)
    assert moved(theta, theta).angle == 0


def test_a_small_angle_keeps_its_digits() -> None:
    turn = 1e-7
    found = moved(np.array([1.0, 0.0]), np.array([math.cos(turn), math.sin(turn)]))
    assert found.angle == pytest.approx(math.degrees(turn), rel=1e-3)


def test_parts_add_up_to_the_whole() -> None:
    before, after = np.random.default_rng(1).normal(size=(2, 30))
    parts, whole = moved(before[:11], after[:11]) + moved(before[11:], after[11:]), moved(before, after)
    assert parts.n == whole.n
    for name in ("mean", "relative", "angle"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name))


def test_nothing_says_nothing() -> None:
    assert np.isnan([Moved().mean, Moved().relative, Moved().angle]).all()
    assert np.isnan(moved(np.zeros(3), np.ones(3)).relative)
