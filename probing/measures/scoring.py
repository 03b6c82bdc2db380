"""From predictions to scores: every measure that reads single predictions, from one product of bootstrap weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from probing.errors import BadInput
from probing.measures.measure import MEASURES, Predictions, Score
from probing.measures.statistics import sentence_weights


def scores(log2p: np.ndarray, gold: np.ndarray, sentence: np.ndarray) -> dict[str, Score]:
    """Metric → score of one probe: `log2p` [N, K], `gold` [N] (-1: not scored), `sentence` [N] any ids.

    95 % percentile intervals of a bootstrap over sentences. Raises BadInput where no item is scored.
    """
    return scores_over_seeds([log2p], gold, sentence)


def scores_over_seeds(
    log2p: Sequence[np.ndarray], gold: np.ndarray | Sequence[np.ndarray], sentence: np.ndarray
) -> dict[str, Score]:
    """Metric → mean score of the same probe under several seeds; `gold` one for all, or one a seed (control maps).

    A replicate draws sentences, the same for every seed, and seeds. `n` counts the items of one seed.
    """
    golds = [gold] * len(log2p) if isinstance(gold, np.ndarray) else list(gold)
    if not golds or not any((labels >= 0).any() for labels in golds):
        raise BadInput("There is nothing to score: the split has no items with a vector and a gold label.")
    ids, index = np.unique(sentence, return_inverse=True)
    predictions = []
    for p, labels in zip(log2p, golds, strict=True):
        known = slice(None) if (labels >= 0).all() else labels >= 0  # what is large is not copied where all is known
        predictions.append(Predictions(p[known], labels[known].astype(np.int64), index[known], len(ids)))
    count = round(float(np.mean([len(some.gold) for some in predictions])))
    return {
        measure.name: resampled([measure.statistics(one) for one in predictions], measure.formula, count, measure.rises)
        for measure in MEASURES
        if measure.statistics is not None and measure.classes in (None, log2p[0].shape[1])
    }


def resampled(sums: Sequence[np.ndarray], value: Callable[[np.ndarray], np.ndarray], count: int, rises: bool = False) -> Score:
    """The mean of a value over seeds, and its interval: `sums` [S, F] a seed, what each sentence adds to the totals.

    `value` turns totals [B, F] into B values; `rises` as in `Measure`. A replicate draws sentences, the same for every seed, and
    seeds. NaN where the totals say nothing. `count` is the score's n.
    """
    weights, seed_shares = sentence_weights(len(sums[0])), seed_weights(len(sums))
    with np.errstate(invalid="ignore", divide="ignore"):
        values = [float(value(one.sum(0, keepdims=True).astype(np.float64))[0]) for one in sums]
        columns = np.stack([value(weights @ one) for one in sums], 1)
    if rises:
        columns = np.maximum(columns - (np.nanmean(columns, 0) - values), 0.0)
    return Score.of(np.mean(values), (columns * seed_shares).sum(1), count)


def ratio(totals: np.ndarray) -> np.ndarray:
    """[B, 2] → [B]: the first over the second; NaN where there is nothing to divide by."""
    return np.divide(totals[:, 0], totals[:, 1], out=np.full(len(totals), np.nan), where=totals[:, 1] > 0)


def seed_weights(seeds: int, stream: int = 0) -> np.ndarray:
    """[B, seeds], rows adding up to 1: which seeds a replicate draws. Draws of another `stream` are independent."""
    return sentence_weights(seeds, seed=1_000_003 + stream) / seeds
