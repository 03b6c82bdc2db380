"""The loss-data curve on curves whose sums are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probing.measures import curve

SIZES = np.array([10, 100, 1000])


def test_sizes_are_the_cuts_of_voita_and_titov() -> None:
    assert curve.sizes(100_000) == [100, 200, 400, 800, 1600, 3200, 6250, 12500, 25000, 50000, 100000]
    assert curve.sizes(60) == [2, 4, 8, 15, 30, 60]
    assert curve.sizes(2) == [2]


def test_loss_between_sizes_is_linear_in_the_logarithm() -> None:
    loss = np.array([3.0, 2.0, 1.0])
    assert curve.loss_at(SIZES, loss, 10**1.5, 4.0) == pytest.approx(2.5)
    assert curve.loss_at(SIZES, loss, 100, 4.0) == 2.0
    assert curve.loss_at(SIZES, loss, 5, 4.0) == 4.0
    assert curve.loss_at(SIZES, loss, 1000, 4.0) == 1.0
    assert np.isnan(curve.loss_at(SIZES, loss, 1001, 4.0)), "more than train has is not known"
    assert np.isnan(curve.loss_at(SIZES, np.array([3.0, np.nan, 1.0]), 500, 4.0)), "a hole is not filled"


def test_a_smaller_budget_cuts_the_curve_where_it_stands() -> None:
    loss = np.array([[3.0, 2.0, 1.0], [3.0, 1.0, 0.5]])
    sizes, cut = curve.up_to(SIZES, loss, 10**1.5, 4.0)
    assert sizes == pytest.approx([10, 10**1.5])
    assert cut == pytest.approx(np.array([[3.0, 2.5], [3.0, 2.0]]))
    assert curve.up_to(SIZES, loss, 5000, 4.0)[1] is loss
    assert np.isinf(curve.sample_complexity(sizes, cut, 1.9)).all()
    assert np.isfinite(curve.sample_complexity(SIZES, loss, 1.9)).all()


def test_sample_complexity_is_where_the_curve_first_reaches_the_target() -> None:
    loss = np.array([[3.0, 2.0, 1.0], [3.0, 3.0, 3.0], [0.5, 0.4, 0.3], [3.0, 1.0, 2.0]])
    found = curve.sample_complexity(SIZES, loss, 1.5)
    assert found[0] == pytest.approx(10**2.5)
    assert np.isinf(found[1])
    assert found[2] == 10
    assert found[3] == pytest.approx(10**1.75)
    hole = curve.sample_complexity(SIZES, np.array([3.0, np.nan, 1.0]), 1.5)
    assert hole == 1000


def test_surplus_of_a_flat_curve_is_its_height_times_its_length() -> None:
    assert curve.surplus(SIZES, np.array([2.0, 2.0, 2.0]), 0.5, 2.0) == pytest.approx(1.5 * 1000)
    assert curve.surplus(SIZES, np.array([2.0, 2.0, 2.0]), 2.5, 2.0) == 0


def test_surplus_is_the_sum_over_the_interpolant() -> None:
    losses = np.array([3.0, 1.8, 0.7])
    for epsilon in (0.2, 1.0, 2.5):
        one_by_one = sum(max(float(curve.loss_at(SIZES, losses, n, 4.0)) - epsilon, 0.0) for n in range(1, 1001))
        assert curve.surplus(SIZES, losses, epsilon, 4.0) == pytest.approx(one_by_one, rel=2e-3)


@given(
    falls=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    epsilon=st.floats(0, 4),
)
def test_a_falling_curve_lies_between_its_bounds(falls: list[float], epsilon: float) -> None:
    """Between the sums at the right and at the left end of each piece."""
    loss = 4.0 - np.cumsum(falls)
    above, steps = np.maximum(loss - epsilon, 0.0), np.diff(SIZES)
    first = max(4.0 - epsilon, 0.0) * (SIZES[0] - 1) + above[0]
    lower, upper = first + (above[1:] * steps).sum(), first + (above[:-1] * (steps - 1)).sum() + above[1:].sum()
    found = curve.surplus(SIZES, loss, epsilon, 4.0)
    slack = 1e-6 + 0.5 * (loss[0] - loss[-1])  # of the integral for a sum
    assert lower - slack <= found <= upper + slack


def test_replicates_are_curves_of_their_own_and_holes_are_bridged() -> None:
    loss = np.array([[3.0, np.nan, 1.0], [3.0, 2.0, 1.0]])
    found = curve.surplus(SIZES, loss, 0.5, 4.0)
    assert found[0] == pytest.approx(found[1])
