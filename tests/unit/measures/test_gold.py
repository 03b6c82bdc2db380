"""Gold trees as arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.corpora.sentence import Sentence, Word
from probing.measures.gold import Tree, gold_tree
from tests.planted.trees import random_heads


def sentence(heads: list[int], upos: list[str]) -> Sentence:
    words = (Word("w", "w", tag, "_", (), head, "dep") for head, tag in zip(heads, upos, strict=True))
    return Sentence("s", tuple(words))


def test_by_hand() -> None:
    # The cat sat .
    tree = gold_tree(sentence([2, 3, 0, 3], ["DET", "NOUN", "VERB", "PUNCT"]))
    assert tree is not None
    assert tree.distances.tolist() == [[0, 1, 2, 3], [1, 0, 1, 2], [2, 1, 0, 1], [3, 2, 1, 0]]
    assert tree.depths.tolist() == [2, 1, 0, 1]
    assert tree.counted.tolist() == [True, True, True, False]


@pytest.mark.parametrize("heads", [[0, 0], [2, 1], [0, 3, 2], [-1, -1], [0, -1], [3, 0]])
def test_what_is_no_tree_is_left_out(heads: list[int]) -> None:
    assert gold_tree(sentence(heads, ["X"] * len(heads))) is None
    with pytest.raises(ValueError, match=r"\w"):
        Tree.of(heads, [False] * len(heads))


def test_no_words_no_tree() -> None:
    assert gold_tree(sentence([], [])) is None


@given(st.integers(0, 10_000), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_path_lengths_are_those_of_shortest_paths(seed: int, n: int) -> None:
    heads = random_heads(np.random.default_rng(seed), n)
    tree = Tree.of(heads, [False] * n)
    paths = np.where(np.eye(n, dtype=bool), 0, np.inf)
    for word, head in enumerate(heads):
        if head:
            paths[word, head - 1] = paths[head - 1, word] = 1
    for middle in range(n):
        paths = np.minimum(paths, paths[:, middle, None] + paths[middle])
    assert (tree.distances == paths).all()
    assert (tree.depths == paths[heads.index(0)]).all()


def test_words_left_out_keep_the_distances_of_the_whole_tree() -> None:
    tree = Tree.of([0, 1, 2, 3], [False, False, True, False]).select(np.array([True, False, True, True]))
    assert tree.distances.tolist() == [[0, 2, 3], [2, 0, 1], [3, 1, 0]]
    assert tree.depths.tolist() == [0, 2, 3]
    assert tree.counted.tolist() == [True, False, True]
