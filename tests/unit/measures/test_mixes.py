"""Micro-F1 by hand; what mixes say, by hand, on a published curve, and where it has to be refused."""

from __future__ import annotations

import numpy as np
import pytest

from probing.measures import micro_f1, mixes
from probing.measures.measure import Score

# Tenney et al. 2019, dependency labels from BERT-base: F1 of the mix of layers 0 to l, for l = 0 to 12.
PUBLISHED = [85.2, 90.2, 91.3, 92.6, 93.7, 94.1, 94.6, 94.9, 95.2, 95.2, 95.1, 95.3, 95.2]


def ladder(*shares: float, sentences: int = 400, spread: float = 0.0, seed: int = 0) -> list[list[np.ndarray]]:
    """A rung a share: sentences of ten items of which about that share is right, answered one class each."""
    draw = np.random.default_rng(seed)
    ease = draw.normal(scale=0.05, size=sentences)
    rungs = []
    for share in shares:
        right = np.clip(np.round(10 * (share + ease + draw.normal(scale=spread, size=sentences))), 0, 10)
        rungs.append([np.stack([2 * right, np.full(sentences, 20.0)], 1)])
    return rungs


def test_micro_f1_by_hand() -> None:
    # Item 0: its class and another. Item 1: nothing. Item 2: the wrong one. Item 3: its own alone. 2 hits, 4 gold, 4 said.
    chosen = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    sums = micro_f1.answers(chosen, np.array([0, 1, 2, 2]), np.array([7, 7, 3, 3]))
    assert sums.tolist() == [[2, 4], [2, 4]]
    score = micro_f1.score([sums], 4)
    assert score.value == 0.5
    assert score.n == 4
    only = micro_f1.answers(np.eye(3, dtype=bool)[[0, 1, 1, 2]], np.array([0, 1, 2, 2]), np.array([0, 0, 1, 1]))
    assert micro_f1.score([only], 4).value == 0.75, "one answer an item: the accuracy"


def test_the_published_curve_has_the_layer_of_its_formula() -> None:
    # Gains 5.0 1.1 1.3 1.1 .4 .5 .3 .3 0 −.1 .2 −.1 add up to 10; Σ l·Δ = 5 + 2.2 + 3.9 + 4.4 + 2 + 3 + 2.1 + 2.4 + 0 − 1 + 2.2 − 1.2 = 25.
    assert mixes.expected(np.array(PUBLISHED), range(13)) == pytest.approx(2.5)
    assert mixes.expected(np.array([0.5, 0.5, 0.9]), (0, 3, 6)) == pytest.approx(6), "layers count by their own number"


def test_a_curve_that_rises_has_its_layer_within_its_interval() -> None:
    found = mixes.expected_layer(ladder(0.5, 0.7, 0.8, 0.8), range(4), 4000)
    assert found.reason is None
    values = [float(s[0][:, 0].sum() / s[0][:, 1].sum()) for s in ladder(0.5, 0.7, 0.8, 0.8)]
    gains = np.diff(values)
    assert found.score.value == pytest.approx((gains * [1, 2, 3]).sum() / gains.sum())
    assert found.score.lower <= found.score.value <= found.score.upper
    assert [gain.value for gain in found.gains] == pytest.approx(gains)
    assert found.gains[0].lower > 0
    assert found.score.n == 4000


def test_gains_that_are_noise_are_refused_instead_of_a_layer_outside_the_model() -> None:
    rungs = ladder(*[0.6] * 13, spread=0.1, seed=0)
    values = np.array([one[0][:, 0].sum() / one[0][:, 1].sum() for one in rungs])
    assert not 0 <= mixes.expected(values, range(13)) <= 12, "the case of 23.9 of 12"
    found = mixes.expected_layer(rungs, range(13), 4000)
    assert np.isnan([found.score.value, found.score.lower, found.score.upper]).all()
    assert found.reason is not None
    assert "may be nothing" in found.reason
    assert len(found.gains) == 12, "what each adds is told all the same"


def test_a_layer_that_takes_away_for_certain_is_refused_and_a_doubtful_one_is_not() -> None:
    found = mixes.expected_layer(ladder(0.4, 0.8, 0.6), range(3), 4000)
    assert found.reason is not None
    assert "layer 2 takes away" in found.reason
    noisy = ladder(0.4, 0.8, 0.799, sentences=60, spread=0.1)
    assert mixes.expected_layer(noisy, range(3), 600).reason is None


def test_seeds_are_averaged_and_one_alone_has_no_interval() -> None:
    assert mixes.over_seeds(np.array([2.0]), 10)[:1] == (2.0,)
    assert np.isnan(mixes.over_seeds(np.array([2.0]), 10).lower)
    assert mixes.over_seeds(np.array([1.0, 3.0]), 10) == Score(2.0, 1.0, 3.0, 10)
    one, other = ladder(0.5, 0.7, 0.9), ladder(0.5, 0.9, 0.9)
    both = mixes.expected_layer([a + b for a, b in zip(one, other, strict=True)], range(3), 4000)
    first, second = (mixes.expected_layer(rungs, range(3), 4000) for rungs in (one, other))
    assert min(first.score.value, second.score.value) < both.score.value < max(first.score.value, second.score.value)
    assert both.score.upper - both.score.lower > first.score.upper - first.score.lower
