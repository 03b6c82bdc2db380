"""What a budget buys, on curves whose answers can be read off."""

from __future__ import annotations

import numpy as np
import pytest

from probing.measures.effort import Curves, effort, pairs, ranks
from probing.measures.statistics import sentence_weights

SIZES = np.array([10.0, 100.0, 1000.0])
LOSS = np.array([[2.0, 1.0, 0.5], [2.0, 1.8, 0.4], [2.0, 1.9, 1.8]])
ACCURACY = np.array([[0.5, 0.7, 0.9], [0.5, 0.6, 0.9], [0.5, 0.5, 0.5]])
CODE = np.array([[30.0, 210.0, 1110.0], [30.0, 210.0, 1830.0], [30.0, 210.0, 1920.0]])


def curves(spread: float = 0.0) -> Curves:
    noise = np.linspace(-spread, spread, 101)[None, :, None]
    return Curves(SIZES, LOSS, LOSS[:, None, :] + noise, ACCURACY, CODE, 3.0)


def test_a_small_budget_sees_less_and_reaches_less() -> None:
    whole, part = effort(curves(), 1000, 1.0), effort(curves(), 100, 1.0)
    assert whole.esc[:2] == pytest.approx([100, 10 ** (2 + 0.8 / 1.4)])
    assert np.isinf(whole.esc[2])
    assert part.esc[0] == pytest.approx(100)
    assert np.isinf(part.esc[1:]).all()
    assert part.accuracy == pytest.approx([0.7, 0.6, 0.5])
    assert part.code == pytest.approx([210, 210, 210])
    assert (part.sdl < whole.sdl)[1:].all()


def test_between_sizes_the_code_is_linear_in_n_and_the_rest_in_its_logarithm() -> None:
    found = effort(curves(), 550, 1.0)
    assert found.code[0] == pytest.approx(660)
    share = np.log10(5.5)
    assert found.loss[0] == pytest.approx(1 - 0.5 * share)
    assert found.accuracy[0] == pytest.approx(0.7 + 0.2 * share)


def test_who_wins_depends_on_the_budget() -> None:
    """At 100 items the first is ahead, at 1,000 the second: moving n has to show it."""
    few, many = effort(curves(), 100, 1.0), effort(curves(), 1000, 1.0)
    assert ranks(few.loss, False)[0] == 1
    assert ranks(many.loss, False)[1] == 1


def test_bounds_surround_the_value_and_an_unreached_target_has_none_above() -> None:
    found = effort(curves(0.2), 1000, 0.6)
    assert found.esc_lower[0] < found.esc[0] < found.esc_upper[0]
    assert (found.sdl_lower < found.sdl).all()
    assert (found.sdl < found.sdl_upper).all()
    assert np.isinf(found.esc_upper[2])


def test_ranks_put_what_is_not_known_last_and_share_a_place() -> None:
    assert ranks(np.array([3.0, 1.0, 3.0, np.nan]), True).tolist() == [1, 3, 1, 4]
    assert ranks(np.array([np.inf, 1.0, np.inf]), False).tolist() == [2, 1, 2]


def right(shares: tuple[float, ...], sentences: int = 200, items: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right answers whose differences between readings are noise of single items."""
    draw = np.random.default_rng(0)
    answers = np.stack([draw.binomial(items, share, sentences) for share in shares]).astype(float)
    return answers, np.full(sentences, float(items)), sentence_weights(sentences, 500, 0)


def test_only_pairs_alike_in_accuracy_and_twofold_apart_are_told() -> None:
    found = pairs(*right((0.9, 0.9, 0.5)), curves(0.01), 1.0)
    assert [(pair.easy, pair.hard) for pair in found] == [(0, 1)], "the third is worse, and so no riddle"
    (pair,) = found
    assert pair.ratio == pytest.approx(10 ** (0.8 / 1.4))
    assert pair.ratio_lower < pair.ratio < pair.ratio_upper
    assert pair.difference_lower < 0 < pair.difference_upper
    assert pairs(*right((0.9, 0.8, 0.5)), curves(0.01), 1.0) == []


def test_who_never_reaches_the_target_is_a_bound() -> None:
    found = pairs(*right((0.9, 0.2, 0.9)), curves(0.01), 1.0)
    (pair,) = found
    assert (pair.easy, pair.hard, pair.bound) == (0, 2, True)
    assert pair.ratio == pytest.approx(10, rel=0.1)
    assert np.isinf(pair.ratio_upper)
