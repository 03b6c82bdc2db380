"""The frontier's area on staircases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from probing.measures.frontier import frontier, hypervolume, lift


def test_lift_is_what_is_gained_of_what_the_majority_leaves() -> None:
    assert lift(np.array([0.6, 0.8, 1.0, 0.5]), 0.6) == pytest.approx([0, 0.5, 1, -0.25])
    assert np.isnan(lift(np.array([1.0]), 1.0)), "where the majority is always right nothing is left to gain"


def test_a_staircase_by_hand() -> None:
    # log2 places 0, 1/3, 1: 0.2 for a third of the range, 0.6 for the rest, the last point at its very end.
    assert hypervolume(np.array([1, 2, 8]), np.array([0.2, 0.6, 0.9]), 1, 8) == pytest.approx(0.2 / 3 + 0.6 * 2 / 3)


def test_a_point_that_is_worse_than_a_simpler_one_adds_nothing() -> None:
    assert hypervolume(np.array([1, 2, 8]), np.array([0.5, 0.1, -0.3]), 1, 8) == pytest.approx(0.5)
    assert frontier(np.array([8, 1, 2]), np.array([0.3, 0.5, np.nan])) == pytest.approx([0.5, 0.5, 0.5])
    assert hypervolume(np.array([1, 8]), np.array([-0.2, -0.1]), 1, 8) == 0


def test_points_of_one_complexity_share_the_best_of_them() -> None:
    assert frontier(np.array([2, 2, 4]), np.array([0.1, 0.4, 0.2])) == pytest.approx([0.4, 0.4, 0.4])
    assert hypervolume(np.array([3.0, 3.0]), np.array([0.1, 0.4]), 3.0, 3.0) == pytest.approx(0.4)


@given(arrays(np.float64, 6, elements=st.floats(-1, 1)), st.permutations(range(6)))
def test_it_lies_in_the_unit_square_and_knows_no_order(gains: np.ndarray, order: list[int]) -> None:
    complexity = np.array([1.0, 2, 4, 8, 16, 32])
    area = hypervolume(complexity, gains, 1, 32)
    assert 0 <= area <= 1
    assert hypervolume(complexity[order], gains[order], 1, 32) == pytest.approx(area)
