"""Bootstrap, McNemar, Benjamini–Hochberg, detectable differences: hand-worked cases and properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.measures.statistics import (
    benjamini_hochberg,
    detectable_from,
    mcnemar,
    normal_p,
    paired_detectable_difference,
    percentiles,
    sentence_weights,
    smallest_detectable_difference,
)


def test_every_replicate_draws_as_many_sentences_as_there_are() -> None:
    weights = sentence_weights(17, 50, 3)
    assert weights.shape == (50, 17)
    assert (weights.sum(1) == 17).all()
    assert (weights == sentence_weights(17, 50, 3)).all()
    assert not (weights == sentence_weights(17, 50, 4)).all()


def test_percentiles_of_a_known_sample() -> None:
    lower, upper = percentiles(np.arange(1001) / 1000)
    assert (lower, upper) == pytest.approx((0.025, 0.975))


def test_mcnemar_by_hand() -> None:
    # One discordant item for a, five for b: 2 · (1 + 6) / 2⁶.
    a = np.array([1, 0, 0, 0, 0, 0, 1, 0], bool)
    b = np.array([0, 1, 1, 1, 1, 1, 1, 0], bool)
    assert mcnemar(a, b) == pytest.approx(14 / 64)
    assert mcnemar(b, a) == pytest.approx(14 / 64)


def test_mcnemar_without_a_difference_is_one() -> None:
    same = np.array([1, 0, 1], bool)
    assert mcnemar(same, same) == 1.0
    assert mcnemar(np.array([1, 0], bool), np.array([0, 1], bool)) == 1.0


def test_mcnemar_survives_thousands_of_items() -> None:
    a = np.zeros(4000, bool)
    a[:1900] = True
    assert 0.001 < mcnemar(a, ~a) < 0.002  # 1,900 against 2,100: z = 3.15 with the continuity correction


def test_benjamini_hochberg_by_hand() -> None:
    adjusted = benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_benjamini_hochberg_leaves_the_unknown_out() -> None:
    adjusted = benjamini_hochberg(np.array([0.01, np.nan, 0.5]))
    assert adjusted[0] == pytest.approx(0.02)
    assert np.isnan(adjusted[1])
    assert adjusted[2] == pytest.approx(0.5)
    assert benjamini_hochberg(np.array([])).shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_benjamini_hochberg_never_lowers_p_and_keeps_the_order(p: list[float]) -> None:
    values = np.array(p)
    adjusted = benjamini_hochberg(values)
    assert (adjusted >= values - 1e-15).all()
    assert (adjusted <= 1).all()
    order = np.argsort(values, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-15).all()


def test_smallest_detectable_difference_by_hand() -> None:
    expected = (1.959964 + 0.841621) * math.sqrt(2 * 0.9 * 0.1 / 1000)
    assert smallest_detectable_difference(1000, 0.9) == pytest.approx(expected, rel=1e-5)
    assert smallest_detectable_difference(100, 1.0) > 0
    with pytest.raises(ValueError, match="no items"):
        smallest_detectable_difference(0, 0.5)


def test_paired_differences_depend_on_the_items_that_differ() -> None:
    assert paired_detectable_difference(1000, 25) == pytest.approx((1.959964 + 0.841621) * 5 / 1000, rel=1e-5)
    assert paired_detectable_difference(1000, 0) == paired_detectable_difference(1000, 1) > 0
    with pytest.raises(ValueError, match="no items"):
        paired_detectable_difference(0, 0)


def test_p_from_an_interval_by_hand() -> None:
    assert normal_p(1.959964, 0.0, 2 * 1.959964) == pytest.approx(0.05, rel=1e-4)
    assert normal_p(0.0, -1.0, 1.0) == pytest.approx(1)
    assert normal_p(-3.0, -3.0, -3.0) == 0
    assert normal_p(0.0, 0.0, 0.0) == 1
    assert math.isnan(normal_p(float("nan"), 0.0, 1.0))
    assert detectable_from(-1.959964, 1.959964) == pytest.approx(1.959964 + 0.841621, rel=1e-5)
