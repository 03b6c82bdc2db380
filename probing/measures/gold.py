"""Gold trees as arrays: path lengths, depths, and which words are punctuation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from probing.corpora.conllu import fault_of_tree
from probing.corpora.sentence import Sentence

Counts = dict[str, np.ndarray]  # what is counted of each of S trees, all [S]


@dataclass(frozen=True)
class Tree:
    """The tree of a sentence of n words, or what is left of it where words have no vector.

    `distances` int16 [n, n] are path lengths in the whole tree, so two words are an arc where theirs is 1; `depths` int16 [n],
    the root's 0; `counted` bool [n], False for punctuation.
    """

    distances: np.ndarray
    depths: np.ndarray
    counted: np.ndarray

    def __len__(self) -> int:
        return len(self.depths)

    @classmethod
    def of(cls, heads: Sequence[int], punctuation: Sequence[bool]) -> Tree:
        """The tree of `heads` (0 = root, else a 1-based position). Raises ValueError where they are not one tree."""
        fault = fault_of_tree(heads)
        if fault or not heads or heads[0] == -1:
            raise ValueError(fault[1] if fault else "the sentence has no tree")
        n = len(heads)
        distances, depths = np.zeros((n, n), np.int16), np.zeros(n, np.int16)
        below: list[list[int]] = [[] for _ in range(n + 1)]
        for word, head in enumerate(heads):
            below[head].append(word)
        placed = [below[0][0]]
        for parent in placed:
            for word in below[parent + 1]:
                # A word is one step further than its head from every word that is already placed.
                distances[word, placed] = distances[placed, word] = distances[parent, placed] + 1
                depths[word] = depths[parent] + 1
                placed.append(word)
        return cls(distances, depths, ~np.asarray(punctuation, dtype=bool))

    def select(self, present: np.ndarray) -> Tree:
        """The words that are `present` [n], with the distances and depths that they have in the whole tree."""
        return Tree(self.distances[np.ix_(present, present)], self.depths[present], self.counted[present])


def gold_tree(sentence: Sentence) -> Tree | None:
    """The tree of a sentence, punctuation by its tag PUNCT; None where it has no tree, several roots or a cycle.

    Parsers leave broken sentences out with a complaint; what comes from elsewhere may still hold them, and callers count them.
    """
    heads = [word.head for word in sentence.words]
    if not heads or heads[0] == -1 or fault_of_tree(heads):
        return None
    return Tree.of(heads, [word.upos == "PUNCT" for word in sentence.words])
