"""Random trees, and vectors that hold them: f(root) = e_root, f(child) = f(parent) + e_child."""

from __future__ import annotations

import numpy as np

from probing.measures.gold import Tree


def random_heads(draw: np.random.Generator, n: int) -> list[int]:
    """Heads (0 = root) of a tree whose words stand in any order."""
    place = draw.permutation(n)
    heads = [0] * n
    for k in range(1, n):
        heads[place[k]] = int(place[draw.integers(0, k)]) + 1
    return heads


def random_trees(seed: int, lengths: list[int]) -> list[Tree]:
    """A fifth of the words is punctuation."""
    draw = np.random.default_rng(seed)
    return [Tree.of(random_heads(draw, n), list(draw.random(n) < 0.2)) for n in lengths]


def vectors(tree: Tree, width: int) -> np.ndarray:
    """[n, width]: a word's vector is the sum of the axes of the words from the root down to it."""
    result = np.zeros((len(tree), width))
    for word in range(len(tree)):
        # An ancestor is as far from the word as their depths differ.
        path = tree.distances[word] == tree.depths[word] - tree.depths
        result[word, : len(tree)] = path
    return result
