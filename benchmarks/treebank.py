"""What the benchmarks of tree probes share: whole sentences of a treebank at every layer of a checkpoint, with their trees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.words import SPLITS, encoded
from probing.measures.gold import Tree, gold_tree
from probing.solvers.projections import SentenceVectors


@dataclass
class Treebank:
    """`trees` of the sentences with a tree and a vector for every word, and `rows` [L, N, D] fp32 of their words; a split each."""

    trees: dict[str, list[Tree]]
    rows: dict[str, np.ndarray]

    @classmethod
    def read(cls, checkpoint: str, corpus: str, limits: dict[str, int | None]) -> Treebank:
        """Encodes what the store lacks."""
        text, found, readers = encoded(checkpoint, corpus, limits)
        trees: dict[str, list[Tree]] = {}
        rows: dict[str, np.ndarray] = {}
        for name in SPLITS:
            kept, places = [], []
            for s, sentence in enumerate(text.splits[name]):
                tree = gold_tree(sentence)
                place = np.full(len(sentence.words), s), np.arange(len(sentence.words))
                if tree is not None and readers[name].present(*place).all():
                    kept.append(tree)
                    places.append(np.stack(place))
            sentence_of, word = np.concatenate(places, axis=1)
            trees[name] = kept
            rows[name] = np.stack([readers[name].words(layer, sentence_of, word) for layer in range(found.facts.layers + 1)])
        return cls(trees, rows)

    @property
    def layers(self) -> int:
        return len(self.rows["train"])

    def text(self, split: str, gold: Callable[[Tree], np.ndarray]) -> SentenceVectors:
        """What the solver trains on."""
        trees = self.trees[split]
        return SentenceVectors(
            list(torch.from_numpy(self.rows[split])), np.array([len(tree) for tree in trees]), [gold(tree) for tree in trees]
        )

    def projected(self, split: str, layer: int, weights: np.ndarray) -> Iterator[np.ndarray]:
        """[n, R] a sentence, under `weights` [D, R]."""
        ends = np.cumsum([len(tree) for tree in self.trees[split]])
        yield from np.split(self.rows[split][layer] @ weights, ends[:-1])
