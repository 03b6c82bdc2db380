"""From the states of sub-words to the vectors of words and sentences, on the device. Imports torch at its top, as forward.py does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import embedding_bag

from probing.extraction.batches import TokenBatch


class Pooling:
    """How a batch's states become vectors: W words and B sentences. `kind` is mean, first, last or max.

    Words of a single sub-word are copied; only those of several are computed. A sentence's mean and maximum are taken over its words
    (weighted by their sub-words), which is the same and reads less.
    """

    def __init__(self, batch: TokenBatch, kind: str, device: torch.device) -> None:
        self._kind, self._device = kind, device
        last = batch.first + batch.count - 1
        self._word = self._put(last if kind == "last" else batch.first)
        some = batch.tail >= 0
        self._sentence = self._put(batch.head if kind == "first" else batch.tail[some])
        self._some = self._put(np.flatnonzero(some))
        several = np.flatnonzero(batch.count > 1)
        self._several = self._put(several)
        counts = batch.count[several]
        begin = np.cumsum(counts) - counts
        self._parts = self._put(np.repeat(batch.first[several] - begin, counts) + np.arange(counts.sum()))
        self._of_parts = self._bags(begin, np.repeat(1 / counts, counts))
        share = batch.count / np.maximum(np.bincount(batch.row, batch.count, len(batch.ids)), 1)[batch.row]
        self._of_words = self._bags(np.searchsorted(batch.row, np.arange(len(batch.ids))), share)

    def __call__(self, states: torch.Tensor, out: torch.Tensor) -> None:
        """Pool `states` [B, T, D] into `out` [W + B, D] float32: words, then sentences (zeros where one has no sub-word of a word)."""
        flat = states.flatten(0, 1)
        words, sentences = out[: len(self._word)], out[len(self._word) :]
        words.copy_(flat.index_select(0, self._word))
        if self._kind == "first":
            sentences.copy_(flat.index_select(0, self._sentence))
        elif self._kind == "last" or not len(words):
            sentences.zero_().index_copy_(0, self._some, flat.index_select(0, self._sentence).float())
        else:
            if len(self._several):
                words.index_copy_(0, self._several, self._of_parts(flat.index_select(0, self._parts).float()))
            sentences.copy_(self._of_words(words))

    def _bags(self, begin: np.ndarray, weight: np.ndarray) -> Callable[[torch.Tensor], torch.Tensor]:
        """What makes of [R, D] float32 the weighted sums (or highest values) [M, D] of its rows in bags, which begin at `begin` [M].

        A bag without rows yields zeros. Each bag is added up in order by one thread: no atomics, the same sum always.
        """
        rows, offsets, weights = map(self._put, (np.arange(len(weight)), begin, weight.astype(np.float32)))
        if self._kind == "max":
            return lambda matrix: embedding_bag(rows, matrix, offsets, mode="max")
        return lambda matrix: embedding_bag(rows, matrix, offsets, mode="sum", per_sample_weights=weights)

    def _put(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(self._device)
