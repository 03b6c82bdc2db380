"""Random trees, and vectors that hold them: f(root) = e_root, f(child) = f(parent) + e_child."""

from __future__ import annotations

import numpy as np

from probing.corpora.sentence import Corpus, Sentence, Word
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


def planted_corpus(sizes: dict[str, int], longest: int) -> Corpus:
    """Sentences of 2 to `longest` words; of every third the last is punctuation, but no root. Test holds four that have no tree to ask."""
    draw = np.random.default_rng(0)
    splits = {
        split: [
            _sentence(f"{split}-{i}", random_heads(draw, int(draw.integers(2, longest + 1))), i % 3 == 0) for i in range(size)
        ]
        for split, size in sizes.items()
    }
    faulty = {"alone": [0], "two roots": [0, 0, 1], "long": [0, *range(1, 201)], "none": [-1, -1]}
    splits["test"][3:7] = [_sentence(name, heads) for name, heads in faulty.items()]
    return Corpus("planted", "0" * 32, splits)


def _sentence(name: str, heads: list[int], stopped: bool = False) -> Sentence:
    tags = ["NOUN"] * (len(heads) - 1) + ["PUNCT" if stopped and heads[-1] else "NOUN"]
    words = (Word(f"w{i}", "_", tag, "_", (), head, "dep") for i, (head, tag) in enumerate(zip(heads, tags, strict=True)))
    return Sentence(name, tuple(words))
