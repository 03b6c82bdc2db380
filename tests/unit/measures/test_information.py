"""V-information against sources whose entropies are known."""

from __future__ import annotations

import numpy as np
import pytest

from probing.measures.information import information, pointwise, prior


def test_the_prior_is_the_shares_of_train() -> None:
    labels = np.array([0] * 600 + [1] * 300 + [2] * 100 + [-1] * 50)
    found = 2 ** prior(labels, 4)
    assert found.sum() == pytest.approx(1)
    assert found[:3] == pytest.approx([0.6, 0.3, 0.1], abs=0.003)
    assert 0 < found[3] < 0.002


def test_pointwise_by_hand() -> None:
    assert pointwise(np.array([-2.0, -2.0]), np.array([-0.5, -3.0])).tolist() == [1.5, -1.0]


def test_a_channel_of_known_capacity_is_met() -> None:
    """Two equal classes seen through a channel that lies one time in ten: 1 − H(0.1) bits."""
    draw = np.random.default_rng(0)
    count = 40_000
    gold = draw.integers(0, 2, count)
    seen = np.where(draw.random(count) < 0.1, 1 - gold, gold)
    given = np.log2(np.where(seen == gold, 0.9, 0.1))
    found = information(np.full(count, -1.0), given, np.arange(count) // 10)
    known = 1 + 0.1 * np.log2(0.1) + 0.9 * np.log2(0.9)
    assert found.lower < known < found.upper
    assert found.upper - found.lower < 0.05
    assert found.n == count


def test_nothing_added_is_nothing() -> None:
    same = np.log2(np.full(100, 0.25))
    found = information(same, same, np.arange(100) // 5)
    assert (found.value, found.lower, found.upper) == (0, 0, 0)
