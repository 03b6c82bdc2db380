"""R² and Spearman's correlation against scikit-learn, SciPy and hand-worked cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import r2_score

from probing.errors import BadInput
from probing.measures.numbers import scores_of_numbers, spearman_of

SENTENCE = np.array([0, 0, 1, 2])
GOLD = np.array([1.0, 2.0, 3.0, 6.0])


def test_by_hand() -> None:
    told = np.array([2.0, 1.0, 3.0, 4.0])
    found = scores_of_numbers([told], GOLD, SENTENCE)
    # Errors 1, 1, 0, 4; the mean is 3, and squared distances from it are 4, 1, 0, 9.
    assert found["r2"].value == pytest.approx(1 - 6 / 14)
    # Ranks 2 1 3 4 against 1 2 3 4: 1 - 6·2 / (4·15).
    assert found["spearman"].value == pytest.approx(0.8)
    assert found["r2"].n == found["spearman"].n == 4


def test_exact_answers_are_one_and_the_mean_is_zero() -> None:
    exact = scores_of_numbers([GOLD], GOLD, SENTENCE)
    assert (exact["r2"].value, exact["spearman"].value) == (1.0, pytest.approx(1.0))
    flat = scores_of_numbers([np.full(4, GOLD.mean())], GOLD, SENTENCE)
    assert flat["r2"].value == pytest.approx(0.0)
    assert np.isnan(flat["spearman"].value), "what does not vary has no ranks to follow"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(2, 6))
def test_as_the_libraries_say(seed: int, items: int, values: int) -> None:
    draw = np.random.default_rng(seed)
    gold = draw.integers(0, values, items).astype(float)
    told = gold + draw.integers(-2, 3, items)
    gold[:2], told[:2] = (0, 1), (5, 4)  # neither is constant
    found = scores_of_numbers([told], gold, np.arange(items))
    assert found["r2"].value == pytest.approx(r2_score(gold, told), abs=1e-9)
    assert found["spearman"].value == pytest.approx(spearmanr(gold, told).statistic, abs=1e-9)


def test_a_weight_counts_an_item_so_often() -> None:
    draw = np.random.default_rng(0)
    gold, told = draw.integers(0, 5, 30).astype(float), draw.normal(size=30)
    times = draw.integers(0, 4, 30)
    repeated = spearmanr(np.repeat(gold, times), np.repeat(told, times)).statistic
    assert spearman_of(told, gold, times[None].astype(float))[0] == pytest.approx(repeated)


def test_the_interval_holds_the_value_and_narrows_with_more_sentences() -> None:
    draw = np.random.default_rng(1)
    widths = []
    for count in (50, 800):
        gold = draw.normal(size=count)
        found = scores_of_numbers([gold + draw.normal(size=count)], gold, np.arange(count))
        for score in found.values():
            assert score.lower < score.value < score.upper
        widths.append(found["r2"].upper - found["r2"].lower)
    assert widths[1] < widths[0] / 2


def test_seeds_are_averaged_each_against_its_own_gold() -> None:
    other = GOLD[::-1].copy()
    found = scores_of_numbers([GOLD, GOLD], [GOLD, other], SENTENCE)
    alone = scores_of_numbers([GOLD], other, SENTENCE)
    assert found["r2"].value == pytest.approx((1 + alone["r2"].value) / 2)


def test_nothing_to_score_is_refused_in_words() -> None:
    with pytest.raises(BadInput, match="nothing to score"):
        scores_of_numbers([np.empty(0)], np.empty(0), np.empty(0, np.int64))
