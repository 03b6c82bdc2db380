"""Depth labels that fit a probe's own norms: the best ones, and those of the published code.

A valid sequence of depths, sorted, begins 1, 2 and then each step repeats or adds 1: the depths of the words of some tree whose
root has depth 1. Li, Yin & Lin 2023 (arXiv 2310.12454); labels are given in the words' own order.
"""

from __future__ import annotations

import numpy as np


def valid_depths(norms: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """[B, n] → fp64 [B, n]: the valid depths nearest to the `norms` of each sentence in squared error.

    Exact: depths that rise with the norms are never worse (rearrangement), and over those a dynamic programme runs, in O(n²) a
    sentence. `lengths` [B] are the words of each row (all by default); what stands behind them means nothing.
    """
    order, rising, real = _ascending(norms, lengths)
    count, n = rising.shape
    depth = np.arange(1, n + 1)
    cost = np.full((count, n), np.inf)  # of the best labels so far that end at each depth
    cost[:, 0] = (rising[:, 0] - 1) ** 2
    rose = np.zeros((n, count, n), dtype=bool)
    for k in range(1, n):
        up = np.full_like(cost, np.inf)
        up[:, 1:] = cost[:, :-1]
        rose[k] = up < cost if k > 1 else True  # one root: the second word is deeper than the first
        cost = np.where(rose[k], up, cost) + np.where(real[:, k, None], (rising[:, k, None] - depth) ** 2, 0.0)
    labels = np.ones((count, n))
    last, row = cost.argmin(1), np.arange(count)
    for k in range(n - 1, 0, -1):
        labels[:, k] = last + 1
        last = last - rose[k, row, last]
    return _in_order(labels, order)


def published_depths(norms: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """[B, n] → fp64 [B, n]: labels as the published code assigns them, greedily along the sorted norms.

    A word takes the depth before it if that is strictly nearer to its norm than one more. Never nearer in all than `valid_depths`.
    """
    order, rising, _ = _ascending(norms, lengths)
    labels = np.ones_like(rising)
    for k in range(1, rising.shape[1]):
        before = labels[:, k - 1]
        near = np.abs(rising[:, k] - before) < np.abs(before + 1 - rising[:, k])
        labels[:, k] = np.where(near & (k > 1), before, before + 1)
    return _in_order(labels, order)


def published_reversed(norms: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """[B, n] → fp64 [B, n]: the published labels read from the last word to the first, meant as the worst ones.

    They turn over the words' positions and not their norms, so they are not the worst.
    """
    labels = published_depths(norms, lengths)
    n = labels.shape[1]
    ends = np.full(len(labels), n) if lengths is None else lengths
    position = np.arange(n)
    return np.take_along_axis(labels, np.where(position < ends[:, None], ends[:, None] - 1 - position, position), 1)


def _ascending(norms: np.ndarray, lengths: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order of rising norms, the norms in it, and which places hold a word; all [B, n]."""
    norms = np.asarray(norms, dtype=np.float64)
    real = np.ones(norms.shape, dtype=bool) if lengths is None else np.arange(norms.shape[1]) < lengths[:, None]
    norms = np.where(real, norms, np.inf)
    order = np.argsort(norms, axis=1, kind="stable")
    return order, np.where(real, np.take_along_axis(norms, order, 1), 0.0), real


def _in_order(labels: np.ndarray, order: np.ndarray) -> np.ndarray:
    result = np.empty_like(labels)
    np.put_along_axis(result, order, labels, 1)
    return result
