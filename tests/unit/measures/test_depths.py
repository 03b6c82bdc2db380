"""Valid depths by dynamic programming against every valid sequence; the published labels by hand."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.measures.depths import published_depths, published_reversed, valid_depths


def sequences(n: int) -> np.ndarray:
    """Every rising sequence of valid depths."""
    steps = product((0, 1), repeat=max(0, n - 2))
    return np.array([[1, *(2 + np.cumsum([0, *step]))][:n] for step in steps])


@given(st.integers(0, 100_000), st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_exact(seed: int, n: int) -> None:
    draw = np.random.default_rng(seed)
    norms = draw.uniform(0, draw.choice([2.0, 5.0, 12.0]), n)
    best = min(((np.sort(norms) - depths) ** 2).sum() for depths in sequences(n))
    found = valid_depths(norms[None])[0]
    assert sorted(found) in sequences(n).tolist()
    assert ((norms - found) ** 2).sum() == pytest.approx(best, abs=1e-12)


def test_no_order_is_better_than_the_rising_one() -> None:
    norms = np.array([2.7, 0.4, 3.1, 1.2, 2.2])
    best = min(((norms - np.array(p)) ** 2).sum() for depths in sequences(5) for p in permutations(depths))
    assert ((norms - valid_depths(norms[None])[0]) ** 2).sum() == pytest.approx(best)


@given(st.integers(0, 100_000))
@settings(max_examples=30, deadline=None)
def test_padded_sentences_get_the_labels_they_get_alone(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(1, 12, 6)
    norms = draw.uniform(0, 6, (6, 14))
    for labels in (valid_depths, published_depths, published_reversed):
        together = labels(norms, lengths)
        for row, n, one in zip(norms, lengths, together, strict=True):
            assert (labels(row[None, :n])[0] == one[:n]).all(), labels.__name__


def test_published_labels_by_hand() -> None:
    # Sorted .2 .3 2.4 2.6: the first is 1 and the second 2 whatever they are; 2.4 stays at 2, 2.6 is nearer to 3.
    norms = np.array([[2.6, 0.3, 2.4, 0.2]])
    assert published_depths(norms).tolist() == [[3, 2, 2, 1]]
    assert published_reversed(norms).tolist() == [[1, 2, 2, 3]]
    # Halfway between, it goes on: "strictly nearer" is asked for staying.
    assert published_depths(np.array([[1, 2, 2.5]])).tolist() == [[1, 2, 3]]


def test_greedy_labels_can_be_beaten() -> None:
    draw = np.random.default_rng(0)
    norms = draw.uniform(0, 6, (300, 12))
    exact, greedy = (((norms - labels(norms)) ** 2).sum(1) for labels in (valid_depths, published_depths))
    assert (exact <= greedy + 1e-12).all()
    assert (exact < greedy - 1e-9).mean() > 0.1
