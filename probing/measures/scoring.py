"""From predictions to scores: every measure that reads single predictions, from one product of bootstrap weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from probing.errors import BadInput
from probing.measures.measure import MEASURES, Measure, Predictions, Score
from probing.measures.statistics import percentiles, sentence_weights

REPLICATES = 1000


def scores(
    log2p: np.ndarray, gold: np.ndarray, sentence: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> dict[str, Score]:
    """Metric → score of one probe: `log2p` [N, K], `gold` [N] (-1: not scored), `sentence` [N] any ids.

    95 % percentile intervals of a bootstrap over sentences. Raises BadInput where no item is scored.
    """
    return scores_over_seeds([log2p], gold, sentence, replicates, seed)


def scores_over_seeds(
    log2p: Sequence[np.ndarray],
    gold: np.ndarray | Sequence[np.ndarray],
    sentence: np.ndarray,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Score]:
    """Metric → mean score of the same probe under several seeds; `gold` one for all, or one a seed (control maps).

    A replicate draws sentences, the same for every seed, and seeds. `n` counts the items of one seed.
    """
    golds = [gold] * len(log2p) if isinstance(gold, np.ndarray) else list(gold)
    if not golds or not any((labels >= 0).any() for labels in golds):
        raise BadInput("There is nothing to score: the split has no items with a vector and a gold label.")
    ids, index = np.unique(sentence, return_inverse=True)
    weights = sentence_weights(len(ids), replicates, seed)
    predictions = [_predictions(p, labels, index, len(ids)) for p, labels in zip(log2p, golds, strict=True)]
    drawn = seed_weights(len(golds), replicates, seed)
    count = round(float(np.mean([len(some.gold) for some in predictions])))
    return {
        measure.card.name: _score(measure, predictions, weights, drawn, count)
        for measure in MEASURES
        if measure.statistics is not None
    }


def seed_weights(seeds: int, replicates: int, seed: int) -> np.ndarray:
    """[B, seeds], rows adding up to 1: which seeds a replicate draws."""
    return sentence_weights(seeds, replicates, seed + 1_000_003) / seeds


def _predictions(log2p: np.ndarray, gold: np.ndarray, index: np.ndarray, sentences: int) -> Predictions:
    kept = gold >= 0
    if kept.all():
        return Predictions(log2p, gold.astype(np.int64), index, sentences)
    return Predictions(log2p[kept], gold[kept].astype(np.int64), index[kept], sentences)


def _score(measure: Measure, seeds: list[Predictions], weights: np.ndarray, drawn: np.ndarray, count: int) -> Score:
    assert measure.statistics is not None
    assert measure.value is not None
    values, columns = [], []
    with np.errstate(invalid="ignore", divide="ignore"):
        for predictions in seeds:
            sums = measure.statistics(predictions)
            values.append(float(measure.value(sums.sum(0, keepdims=True))[0]))
            columns.append(measure.value(weights @ sums))
    value = float(np.mean(values))
    replicates = np.stack(columns, 1)
    if measure.rises:
        replicates = np.maximum(replicates - (np.nanmean(replicates, 0) - values), 0.0)
    lower, upper = percentiles((replicates * drawn).sum(1))
    return Score(value, lower, upper, count)
