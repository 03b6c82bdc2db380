"""sp and its bounds: planted vectors, hand-worked sentences, bounds that hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.measures.depths import published_depths, published_reversed
from probing.measures.gold import Tree
from probing.measures.topology import bound_scores, bounds, constant_error, levels, own_error, own_errors, random_place
from probing.measures.trees import squared_norms
from tests.planted.trees import random_trees, vectors

CAT = Tree.of([2, 3, 0, 3], [False] * 4)  # levels 3, 2, 1, 2


def test_by_hand() -> None:
    norms = np.array([1.0, 2.0, 3.0, 2.0])  # the first and the third the wrong way round
    found = bounds([CAT], [norms])
    assert levels(CAT).tolist() == [3, 2, 1, 2]
    assert (found["words"][0], found["sp"][0], found["sp_sorted"][0], found["essp_upper"][0], found["ssp_lower"][0]) == (
        4,
        8,
        0,
        8,
        0,
    )
    scores = bound_scores([found])
    assert {name: score.value for name, score in scores.items()} == {
        "sp": 2,
        "ssp_lower": 0,
        "sp_sorted": 0,
        "essp_upper": 2,
        "place": 1,
    }
    # Σn² = Σt² = 18, Σn = Σt = 8: 36 − 2 · 64 / 4 = 4, halfway.
    assert found["random"][0] == pytest.approx(4)
    assert random_place([found]).value == pytest.approx(0.5)


def test_planted_vectors_have_no_error() -> None:
    trees = random_trees(3, [1, 2, 7, 25])
    found = bounds(trees, [squared_norms(vectors(tree, 25)) for tree in trees])
    assert (found["sp"] == 0).all()
    assert (found["ssp_lower"] == 0).all()
    assert bound_scores([found])["place"].value == 0


@given(st.integers(0, 100_000), st.lists(st.integers(1, 12), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_bounds_bound(seed: int, lengths: list[int]) -> None:
    draw = np.random.default_rng(seed)
    trees = random_trees(seed, lengths)
    found = bounds(trees, [draw.gamma(2, 1.5, n) for n in lengths])
    slack = 1e-9
    assert (found["ssp_lower"] <= found["sp_sorted"] + slack).all()
    assert (found["sp_sorted"] <= found["sp"] + slack).all()
    assert (found["sp"] <= found["essp_upper"] + slack).all()
    assert (found["random"] <= found["essp_upper"] + slack).all()
    place = bound_scores([found])["place"].value
    assert np.isnan(place) or -slack <= place <= 1 + slack


def test_the_random_order_is_an_average_over_orders() -> None:
    draw = np.random.default_rng(0)
    tree, norms = random_trees(5, [9])[0], draw.gamma(2, 1.5, 9)
    gold = levels(tree)
    drawn = np.mean([((norms - draw.permutation(gold)) ** 2).sum() for _ in range(20_000)])
    assert bounds([tree], [norms])["random"][0] == pytest.approx(drawn, rel=0.02)


def test_the_place_of_a_constant_is_not_known() -> None:
    score = bound_scores([bounds([CAT, CAT], [np.full(4, 1.7), np.full(4, 0.1)])])["place"]
    assert np.isnan(score.value)


def test_a_sentence_that_lost_a_word_has_no_bounds() -> None:
    for lost in range(2, 4):  # the root, and the only word between: either leaves levels that no tree has
        tree = Tree.of([2, 3, 0], [False] * 3) if lost == 2 else CAT
        rest = tree.select(np.arange(len(tree)) != (1 if lost == 2 else 2))
        with pytest.raises(ValueError, match="leave its sentence out"):
            bounds([rest], [np.ones(len(rest))])


def test_words_weigh_alike() -> None:
    one = Tree.of([0], [False])
    score = bound_scores([bounds([CAT, one], [levels(CAT), np.array([6.0])])])["sp"]
    assert score.value == pytest.approx(25 / 5)
    assert score.n == 5
    assert (score.lower, score.upper) == (0, 25)


def test_a_probe_against_its_own_labels() -> None:
    norms = [np.array([2.6, 0.3, 2.4, 0.2])]
    exact = own_error([own_errors(norms)]).value
    # 1, 2, 2, 3 and 1, 2, 3, 3 tie in nothing: .64 + 2.89 + .16 + .16.
    assert exact == pytest.approx((0.8**2 + 1.7**2 + 0.4**2 + 0.4**2) / 4)
    assert own_error([own_errors(norms, published_depths)]).value == pytest.approx(exact)
    reversed_ = ((norms[0] - [1, 2, 2, 3]) ** 2).sum() / 4
    assert own_error([own_errors(norms, published_reversed)]).value == pytest.approx(reversed_)


def test_the_constant_is_train_s_mean_level() -> None:
    two = Tree.of([0, 1], [False] * 2)  # levels 1, 2
    score = constant_error([CAT], [two])  # mean 2
    assert (score.value, score.n) == (pytest.approx(0.5), 2)
