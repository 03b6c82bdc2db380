"""How well predicted numbers follow the gold ones: R² and Spearman's rank correlation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from probing.errors import BadInput
from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import resampled, seed_weights
from probing.measures.statistics import sentence_weights

AT_ONCE = 4_000_000  # weights of items that are ranked at a time


def scores_of_numbers(
    predicted: Sequence[np.ndarray], gold: np.ndarray | Sequence[np.ndarray], sentence: np.ndarray
) -> dict[str, Score]:
    """`r2` and `spearman` of the same probe under several seeds: `predicted` [N] each, `gold` [N] of all or of each, `sentence` [N] any ids.

    Means over seeds with 95 % intervals of a bootstrap over sentences (and seeds). NaN where gold does not vary, and of Spearman where the
    predictions do not either. Raises BadInput where nothing is scored.
    """
    if not len(sentence):
        raise BadInput("There is nothing to score: the split has no items with a vector and a gold number.")
    golds = [gold] * len(predicted) if isinstance(gold, np.ndarray) else list(gold)
    ids, index = np.unique(sentence, return_inverse=True)
    sums = [_sums(one, own, index, len(ids)) for one, own in zip(predicted, golds, strict=True)]
    # Resampling repeats items and so moves no mean of squares: nothing to shift back.
    found = {"r2": resampled(sums, r2_of_sums, len(sentence))}
    return found | {"spearman": _spearman(predicted, golds, index, len(ids))}


def r2_of_sums(totals: np.ndarray) -> np.ndarray:
    """[B, 4] → [B]: 1 - Σ(y - ŷ)² / Σ(y - ȳ)², from the count, Σy, Σy² and Σ(y - ŷ)²; the mean ȳ is that of the scored items."""
    count, first, second, error = totals.T
    spread = second - first**2 / count
    return 1 - error / np.where(spread > 1e-12 * np.maximum(second, 1.0), spread, np.nan)


def spearman_of(predicted: np.ndarray, gold: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """[B]: the correlation of ranks of N items, each counted `weight` [B, N] times; equal values share their mean rank."""
    first, second = _ranks(predicted, weight), _ranks(gold, weight)
    total = weight.sum(1, keepdims=True)
    first -= (weight * first).sum(1, keepdims=True) / total
    second -= (weight * second).sum(1, keepdims=True) / total
    products = [(weight * a * b).sum(1) for a, b in ((first, second), (first, first), (second, second))]
    spread = np.sqrt(products[1] * products[2])
    return products[0] / np.where(spread > 0, spread, np.nan)


def _sums(predicted: np.ndarray, gold: np.ndarray, index: np.ndarray, sentences: int) -> np.ndarray:
    """[S, 4] of each sentence. Shifted by gold's mean, so that a large mean does not swallow a small variance."""
    centred = gold - gold.mean()
    columns = (np.ones(len(gold)), centred, centred**2, (gold - predicted) ** 2)
    return np.stack([np.bincount(index, column, sentences) for column in columns], 1)


def _spearman(predicted: Sequence[np.ndarray], golds: Sequence[np.ndarray], index: np.ndarray, sentences: int) -> Score:
    weights = sentence_weights(sentences)
    count, step = len(index), max(1, AT_ONCE // len(index))
    with np.errstate(invalid="ignore", divide="ignore"):
        values = [float(spearman_of(p, g, np.ones((1, count)))[0]) for p, g in zip(predicted, golds, strict=True)]
        columns = np.stack(
            [
                np.concatenate([spearman_of(p, g, weights[b : b + step][:, index]) for b in range(0, len(weights), step)])
                for p, g in zip(predicted, golds, strict=True)
            ],
            1,
        )
    return Score.of(np.mean(values), (columns * seed_weights(len(values))).sum(1), count)


def _ranks(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """[B, N]: the mid-rank of each value [N] where each stands `weight` [B, N] times."""
    order = np.argsort(values, kind="stable")
    _, group = np.unique(values[order], return_inverse=True)
    starts = np.flatnonzero(np.r_[True, np.diff(group) > 0])
    each = np.add.reduceat(weight[:, order], starts, axis=1)
    middle = np.cumsum(each, 1) - each / 2
    ranks = np.empty_like(weight)
    ranks[:, order] = middle[:, group]
    return ranks


of_numbers = partial(Measure, sources=("numbers",), better="more", zero=True)
MEASURES.register(
    of_numbers(
        name="r2",
        title="R²",
        measures="The share of the numbers' variance that the probe explains: 1 less the squared error over the squared "
        "distance from the mean of the scored items; at most 1, and below 0 where that mean would have done better.",
        assumes="Items are scored once, on a split that no choice has read; intervals resample sentences.",
        misleads="A few extreme numbers carry most of the variance; and what goes with length explains much of any depth: read "
        "it beside the baseline and Spearman's correlation.",
        source="The coefficient of determination, as scikit-learn's r2_score defines it",
        unit="fraction",
        formula=r2_of_sums,
        short="R²",
        axis="R²",
        control="r2",
        menus={"numbers": 1},
    ),
    of_numbers(
        name="spearman",
        title="Spearman's correlation",
        measures="The correlation, -1 to 1, of the ranks of predicted and gold numbers; equal numbers share their mean rank.",
        assumes="Only the order matters. Every replicate of the interval is ranked anew.",
        misleads="Numbers that take few values are mostly ties, which bounds it below 1 whatever the probe knows.",
        source="Spearman 1904",
        unit="correlation",
        formula=spearman_of,
        short="Spearman",
        axis="Spearman's correlation",
        control="spearman",
        menus={"numbers": 2},
    ),
)
