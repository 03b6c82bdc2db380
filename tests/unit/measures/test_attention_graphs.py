"""Graphs of attention on maps whose answers are known by hand, and the relations that hold for any map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from probing.measures.attention_graphs import SCALE, THRESHOLDS, drift, features, graphs

HALF = THRESHOLDS.index(0.5)


def joined(vertices: int, *pairs: tuple[int, int], weight: float = 0.5) -> np.ndarray:
    """A map in which the first of each pair attends to the second."""
    found = np.zeros((vertices, vertices), dtype=np.float32)
    for i, j in pairs:
        found[i, j] = weight
    return found


@pytest.mark.parametrize(
    ("pairs", "edges", "components", "cycles"),
    [
        ((), 0, 4, 0),  # empty
        (((0, 1), (1, 2), (2, 3)), 3, 1, 0),  # a path
        (((0, 1), (1, 0), (2, 3)), 2, 2, 0),  # both ways are one edge
        (((0, 1), (2, 1), (0, 2)), 3, 2, 1),  # a triangle and a token by itself
        (((0, 1), (1, 2), (2, 3), (3, 0)), 4, 1, 1),  # a ring
        (((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)), 6, 1, 3),  # complete
        (((0, 0), (3, 3)), 0, 4, 0),  # to itself
    ],
)
def test_by_hand(pairs: tuple[tuple[int, int], ...], edges: int, components: int, cycles: int) -> None:
    found = graphs(joined(4, *pairs))
    for place in range(len(THRESHOLDS)):
        there = THRESHOLDS[place] <= 0.5
        assert found.edges[place] == (edges if there else 0)
        assert found.components[place] == (components if there else 4)
        assert found.cycles[place] == (cycles if there else 0)


def test_the_shortest_tree_by_hand() -> None:
    """Distances .1, .4 and .6 make the tree; .7 would close a ring, and the pair at .4 counts by its nearer direction."""
    attention = joined(4, (0, 1), weight=0.9) + joined(4, (2, 1), weight=0.6) + joined(4, (1, 2), weight=0.2)
    attention += joined(4, (3, 0), weight=0.4) + joined(4, (3, 2), weight=0.3)
    found = graphs(attention)
    assert found.bars.tolist() == pytest.approx([0.1, 0.4, 0.6])
    assert features(found)[-1] == pytest.approx(1.1 / 3)
    assert found.components.tolist() == [1, 1, 1, 1, 2, 3]


def test_features_are_counts_for_each_token() -> None:
    told = features(graphs(joined(4, (0, 1), (2, 1), (0, 2))))
    counts = told[:-1].reshape(3, len(THRESHOLDS))
    assert counts[:, HALF].tolist() == [3 / 4, 2 / 4, 1 / 4]
    assert features(graphs(np.ones((1, 1)))).tolist() == [0.0] * 6 + [1.0] * 6 + [0.0] * 7
    with pytest.raises(ValueError, match="without tokens"):
        graphs(np.zeros((2, 0, 0)))


@st.composite
def attentions(draw: st.DrawFn) -> np.ndarray:
    """Rows that sum to 1, sharp or even [L, H, V, V]."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vertices, sharp = draw(st.integers(1, 12)), draw(st.floats(0.1, 6))
    weights = np.exp(sharp * random.normal(size=(2, 3, vertices, vertices)))
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


@given(attentions())
def test_what_holds_for_any_map(attention: np.ndarray) -> None:
    found = graphs(attention)
    vertices = attention.shape[-1]
    # As the threshold falls, edges come and pieces join, and the last piece stays.
    assert (np.diff(found.edges, axis=-1) <= 0).all()
    assert (np.diff(found.components, axis=-1) >= 0).all()
    assert (found.components >= 1).all()
    assert (found.cycles >= 0).all()
    assert (found.edges - found.cycles + found.components == vertices).all()
    each = features(found)
    assert ((each[..., :6] * THRESHOLDS <= 1 + 1e-6) & (each[..., 12:18] * THRESHOLDS <= 1 + 1e-6)).all()
    # A graph by itself, by another's algorithms.
    one = np.maximum(attention[1, 2], attention[1, 2].T)
    np.fill_diagonal(one, 0)
    for place, threshold in enumerate(THRESHOLDS):
        assert found.components[1, 2, place] == connected_components(one >= threshold, directed=False)[0]
        assert found.edges[1, 2, place] == (one >= threshold).sum() / 2
    away = 2 - one.astype(np.float64)  # a distance of 0 would be no edge there
    np.testing.assert_allclose(found.bars[1, 2].sum(), minimum_spanning_tree(np.triu(away, 1)).sum() - (vertices - 1), atol=1e-5)


def test_the_same_attention_has_not_drifted() -> None:
    told = np.random.default_rng(0).random((20, 2, 19))
    assert drift(told, told)[:3] == (0, 0, 0)


def test_drift_by_hand() -> None:
    """Every sentence has one component less of two tokens at each threshold: a half in 6 of 19 features of one of two heads."""
    first = np.zeros((12, 2, 19))
    second = first.copy()
    second[:, 1, 6:12] = 0.5
    found = drift(first, second)
    assert found.value == pytest.approx(np.sqrt(6 * 0.25 / 38))
    assert (found.lower, found.upper, found.n) == (pytest.approx(found.value), pytest.approx(found.value), 12)
    assert drift(second, first).value == found.value
    edges = first.copy()
    edges[:, :, 5] = 1 / 0.75  # as many edges as there can be at .75
    assert drift(first, edges).value == pytest.approx(np.sqrt(1 / 19))


def test_the_length_of_sentences_does_not_decide() -> None:
    """Rings of five tokens and of fifty have the same features but for what the ring itself closes."""
    rings = [features(graphs(joined(n, *((i, (i + 1) % n) for i in range(n))))) for n in (5, 50)]
    assert drift(*(np.stack([ring, ring])[:, None] for ring in rings)).value < 0.15
    assert rings[0][HALF] == rings[1][HALF] == 1


def test_few_sentences_do_not_look_further_apart_and_intervals_hold_the_truth() -> None:
    """Over 200 draws of 30 sentences from a population whose drift is known, and small beside the spread of a sentence."""
    random = np.random.default_rng(0)
    shift = random.normal(size=(2, 19)) * 0.04
    truth = np.sqrt(((shift * SCALE) ** 2).mean())
    found = []
    for _ in range(200):
        first = random.random((30, 2, 19))
        found.append(drift(first, first + shift + random.normal(size=(30, 2, 19)) * 0.15))
    squares = np.array([one.value**2 for one in found])
    assert squares.mean() == pytest.approx(truth**2, abs=3 * squares.std() / np.sqrt(200))
    assert 0.9 <= np.mean([one.lower <= truth <= one.upper for one in found]) <= 0.99


def test_chance_alone_is_no_drift() -> None:
    random = np.random.default_rng(1)
    first = random.random((30, 2, 19))
    found = [drift(first, first + random.normal(size=first.shape) * 0.15) for _ in range(40)]
    assert np.mean([one.lower == 0 for one in found]) >= 0.9
