"""UUAS, DSpr, root accuracy and NSpr: hand-worked sentences, planted vectors, mirror images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from probing.measures.gold import Tree
from probing.measures.trees import (
    chain_depths,
    chain_distances,
    compare_depths,
    compare_distances,
    depth_scores,
    distance_scores,
    predicted_arcs,
    spanning_tree,
    spearman,
    squared_distances,
    squared_norms,
)
from tests.planted.trees import random_trees, vectors

CAT = Tree.of([2, 3, 0, 3], [False, False, False, True])  # The cat sat .
CHAIN = Tree.of([0, 1, 2, 3, 4], [False] * 5)  # its mirror image is a chain too, of which the last word is the root
MIRROR = Tree.of([2, 3, 4, 5, 0], [False] * 5)


def test_arcs_by_hand() -> None:
    # The words 0, 1, 2 count; 2 is nearest to both others, the full stop nearest of all and not asked.
    guess = np.array([[0, 5, 2, 0], [5, 0, 1, 0], [2, 1, 0, 0], [0, 0, 0, 0]])
    assert predicted_arcs(CAT, guess).tolist() == [[1, 2], [0, 2]]
    found = compare_distances([CAT], [guess])
    assert (found["found"][0], found["arcs"][0]) == (1, 2)
    assert distance_scores([found])["uuas"][:] == (0.5, 0.5, 0.5, 2)


def test_arcs_of_all_sentences_count_alike() -> None:
    two = Tree.of([0, 1], [False, False])
    found = compare_distances([CAT, two], [np.array([[0, 5, 2, 0], [5, 0, 1, 0], [2, 1, 0, 0], [0, 0, 0, 0]]), np.eye(2)])
    assert found["arcs"].tolist() == [2, 1]
    score = distance_scores([found])["uuas"]
    assert score.value == pytest.approx(2 / 3)
    assert (score.lower, score.upper, score.n) == (0.5, 1, 3)


def test_an_arc_through_punctuation_is_not_asked_for() -> None:
    tree = Tree.of([0, 1, 2], [False, True, False])  # 1 - 2 - 3, of which 2 is a comma
    found = compare_distances([tree], [tree.distances])
    assert found["arcs"][0] == found["found"][0] == 0
    assert np.isnan(distance_scores([found])["uuas"].value)


def test_of_equal_distances_the_first_pairs_are_taken() -> None:
    assert spanning_tree(np.ones((4, 4)) - np.eye(4)).tolist() == [[0, 1], [0, 2], [0, 3]]
    assert spanning_tree(np.zeros((1, 1))).shape == (0, 2)
    # 0-1 and 2-3 join first, and of the two pairs at distance 2 that join the halves the first does.
    distances = np.array([[0, 1, 3, 2], [1, 0, 2, 3], [3, 2, 0, 1], [2, 3, 1, 0]])
    assert spanning_tree(distances).tolist() == [[0, 1], [2, 3], [0, 3]]


@given(st.integers(0, 10_000), st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_a_spanning_tree_is_as_short_as_scipy_s(seed: int, n: int) -> None:
    from scipy.sparse.csgraph import minimum_spanning_tree

    distances = squared_distances(np.random.default_rng(seed).normal(size=(n, 4)))
    arcs = spanning_tree(distances)
    assert distances[arcs[:, 0], arcs[:, 1]].sum() == pytest.approx(minimum_spanning_tree(distances).sum())


def test_spearman_by_hand() -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
    assert spearman(np.array([[1, 2, 2, 3]]), np.array([[0, 1, 2, 3]])) == pytest.approx([4.5 / np.sqrt(22.5)])
    assert spearman(np.array([[7, 7, 7]]), np.array([[0, 1, 2]])).tolist() == [0]
    assert np.isnan(spearman(np.array([[1]]), np.array([[0]]))).all()


@given(st.integers(0, 10_000), st.integers(2, 20))
@settings(max_examples=40, deadline=None)
def test_spearman_is_scipy_s(seed: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    a, b = draw.integers(0, 6, (3, n)).astype(float), draw.integers(0, 6, (3, n))
    a[:, 0], b[:, 0] = -1, -1  # nothing constant
    expected = [spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    assert spearman(a, b) == pytest.approx(expected)


def test_lengths_weigh_alike_and_short_sentences_nothing() -> None:
    six = Tree.of([0, 1, 2, 3, 4, 5], [False] * 6)
    trees = [CHAIN, CHAIN, CHAIN, six, CAT]
    good, bad = chain_depths(5), -chain_depths(5)
    scores = depth_scores([compare_depths(trees, [good, good, bad, chain_depths(6), np.zeros(4)])])
    # Length 5: (1 + 1 − 1) / 3; length 6: 1.
    assert scores["nspr"].value == pytest.approx((1 / 3 + 1) / 2)
    assert scores["nspr"].n == 4


def test_a_gold_prediction_is_right_in_everything() -> None:
    trees = random_trees(0, [5, 9, 17, 50])
    distances = distance_scores([compare_distances(trees, [tree.distances for tree in trees])])
    depths = depth_scores([compare_depths(trees, [tree.depths + np.where(tree.counted, 0, 0.0) for tree in trees])])
    assert distances["uuas"][:3] == (1, 1, 1)
    assert distances["dspr"][:3] == pytest.approx((1, 1, 1))
    assert depths["nspr"][:3] == pytest.approx((1, 1, 1))


def test_planted_vectors_are_read_exactly() -> None:
    trees = random_trees(1, [1, 2, 5, 12, 30])
    planted = [vectors(tree, 30) for tree in trees]
    assert all((squared_distances(x) == tree.distances).all() for tree, x in zip(trees, planted, strict=True))
    whole = [Tree(tree.distances, tree.depths, np.ones(len(tree), bool)) for tree in trees]
    scores = distance_scores([compare_distances(whole, map(squared_distances, planted))])
    scores |= depth_scores([compare_depths(whole, map(squared_norms, planted))])
    for name, score in scores.items():
        assert score[:3] == pytest.approx((1, 1, 1)), name


def test_the_root_is_the_least_depth_without_punctuation() -> None:
    depths = [np.array([2, 1, 0.5, 0.1]), np.array([0.3, 1, 0.5, 0.1])]
    found = compare_depths([CAT, CAT], depths)
    assert found["root_found"].tolist() == [True, False]
    assert depth_scores([found])["root_accuracy"][:] == (0.5, 0, 1, 2)
    marks = Tree.of([0, 1], [True, True])  # nothing but punctuation: every word is a candidate
    assert compare_depths([marks], [np.array([0, 1])])["root_found"].tolist() == [True]


def test_a_sentence_that_lost_its_root_is_not_asked_for_it() -> None:
    rest = CAT.select(np.array([True, True, False, True]))
    found = compare_depths([rest, CAT], [np.zeros(3), np.array([2, 1, 0, 1])])
    assert found["roots"].tolist() == [False, True]
    assert depth_scores([found])["root_accuracy"].n == 1
    nothing = CAT.select(np.zeros(4, bool))
    assert compare_distances([nothing], [np.zeros((0, 0))])["arcs"].tolist() == [0]
    assert compare_depths([nothing], [np.zeros(0)])["roots"].tolist() == [False]


def test_a_chain_and_its_mirror_image() -> None:
    # The same path lengths, so nothing tells them apart; depths run the other way.
    scores = distance_scores([compare_distances([MIRROR], [CHAIN.distances])])
    assert (scores["uuas"].value, scores["dspr"].value) == pytest.approx((1, 1))
    scores = depth_scores([compare_depths([MIRROR], [CHAIN.depths])])
    assert (scores["root_accuracy"].value, scores["nspr"].value) == pytest.approx((0, -1))


@given(st.integers(0, 10_000), st.integers(2, 15))
@settings(max_examples=30, deadline=None)
def test_a_sentence_read_backwards_has_the_same_scores(seed: int, n: int) -> None:
    tree = random_trees(seed, [n])[0]
    mirror = Tree(tree.distances[::-1, ::-1], tree.depths[::-1], tree.counted[::-1])
    words = np.random.default_rng(seed).normal(size=(n, 6))
    straight = compare_distances([tree], [squared_distances(words)])
    turned = compare_distances([mirror], [squared_distances(words[::-1])])
    assert straight["found"][0] == turned["found"][0]
    assert straight["dspr"] == pytest.approx(turned["dspr"], nan_ok=True)
    one, other = compare_depths([tree], [squared_norms(words)]), compare_depths([mirror], [squared_norms(words[::-1])])
    assert one["root_found"][0] == other["root_found"][0]
    assert one["nspr"] == pytest.approx(other["nspr"], nan_ok=True)


def test_the_linear_chain_finds_the_arcs_between_neighbours() -> None:
    found = compare_distances([CAT, CHAIN], [chain_distances(4), chain_distances(5)])
    assert found["found"].tolist() == [2, 4]
    star = Tree.of([0, 1, 1, 1, 1], [False] * 5)
    assert compare_distances([star], [chain_distances(5)])["found"].tolist() == [1]
    assert compare_depths([CHAIN, MIRROR], [chain_depths(5)] * 2)["root_found"].tolist() == [True, False]


def test_seeds_are_averaged() -> None:
    right, wrong = (compare_depths([CHAIN] * 30, [depths] * 30) for depths in (CHAIN.depths, MIRROR.depths))
    both = depth_scores([right, wrong])
    assert (both["root_accuracy"].value, both["nspr"].value) == pytest.approx((0.5, 0))
    assert (both["root_accuracy"].lower, both["root_accuracy"].upper) == (0, 1)
