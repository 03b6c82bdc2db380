"""Standardising: train's mean and deviation, and dead dimensions that give zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.errors import BadInput
from probing.solvers.standardise import Standardiser


def test_by_hand() -> None:
    vectors = np.array([[1, 5], [3, 5]], np.float32)
    standardiser = Standardiser.of(vectors)
    assert standardiser.mean.tolist() == [2, 5]
    assert standardiser.scale.tolist() == [1, 0]
    assert standardiser.apply(vectors).tolist() == [[-1, 0], [1, 0]]


def test_a_dimension_of_rounding_noise_is_dead() -> None:
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(500, 3)).astype(np.float32)
    vectors[:, 1] = 1000 + draw.choice([-1, 1], 500) * np.spacing(np.float32(1000))
    standardiser = Standardiser.of(vectors)
    assert standardiser.scale[1] == 0
    assert (standardiser.apply(vectors)[:, 1] == 0).all()
    assert (standardiser.scale[[0, 2]] > 0).all()


def test_a_large_mean_does_not_swallow_a_small_variance() -> None:
    draw = np.random.default_rng(0)
    vectors = (100 + 0.1 * draw.normal(size=(9000, 2))).astype(np.float32)
    rows = Standardiser.of(vectors).apply(vectors)
    assert rows.std(0) == pytest.approx([1, 1], abs=1e-3)
    assert rows.mean(0) == pytest.approx([0, 0], abs=1e-3)


def test_half_precision_is_read() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float16)
    rows = Standardiser.of(vectors).apply(vectors)
    assert rows.dtype == np.float32
    assert rows.std(0) == pytest.approx(np.ones(4), abs=1e-3)


def test_nan_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="NaN or infinite"):
        Standardiser.of(np.array([[0, 1], [np.nan, 2]], np.float32))


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_never_infinite(seed: int, items: int, width: int) -> None:
    draw = np.random.default_rng(seed)
    vectors = (draw.normal(size=(items, width)) * 10.0 ** draw.integers(-30, 10, width)).astype(np.float32)
    assert np.isfinite(Standardiser.of(vectors).apply(vectors)).all()
