"""Layers of equal accuracy that need different numbers of items: the pairs, as a table and in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from probing.analysis.loss_curves import Key, LossCurves, title
from probing.measures.effort import Effort, EqualAccuracyPair, pairs
from probing.measures.statistics import LEVEL, sentence_weights


class CorrectCounts(NamedTuple):
    """`correct` [P, S]: how many items of each sentence each of `keys` answers rightly, a mean over seeds; `counts` [S]: how many it has."""

    keys: list[Key]
    correct: np.ndarray
    counts: np.ndarray


class EqualAccuracy(NamedTuple):
    """`keys` [P] that answered the same items, their `accuracy` [P] with `bounds` [P, 2] and their `effort` with all `most` items of train;
    `pairs` are those whose accuracies do not differ significantly and whose εSC are at least twofold apart."""

    keys: list[Key]
    accuracy: np.ndarray
    bounds: np.ndarray
    effort: Effort
    most: float
    pairs: list[EqualAccuracyPair]


def correct_counts(cells: Iterable[tuple[str, pd.DataFrame]], split: str) -> CorrectCounts | None:
    """From (checkpoint, items of its cell): of every layer, on the sentences of `split`. A layer that answered other items than the first is left
    out, since it cannot be paired; None where there are no items."""
    keys: list[Key] = []
    found: list[np.ndarray] = []
    counts: np.ndarray | None = None
    for checkpoint, items in cells:
        for layer, rows in items[items["split"] == split].groupby("layer", sort=True):
            seeds = max(1, rows["seed"].nunique())
            sentence = rows["sentence"].to_numpy(np.int64)
            same = (rows["gold"].to_numpy() == rows["predicted"].to_numpy()).astype(np.float64)
            length = max(int(sentence.max()) + 1, 0 if counts is None else len(counts))
            here = np.bincount(sentence, minlength=length) / seeds
            if counts is None:
                counts = here
            if np.array_equal(here, counts):
                keys.append((checkpoint, int(str(layer))))
                found.append(np.bincount(sentence, same, length) / seeds)
    return None if counts is None else CorrectCounts(keys, np.stack(found), counts)


def equal_accuracy(of: LossCurves, whole: Effort, counted: CorrectCounts, epsilon: float) -> EqualAccuracy:
    """Of those of `of` that `counted` has; `whole` is the effort of all of `of` with all of train."""
    place = {key: number for number, key in enumerate(counted.keys)}
    chosen = [number for number, key in enumerate(of.keys) if key in place]
    both = of.some(lambda key: key in place)
    correct, counts = counted.correct[[place[key] for key in both.keys]], counted.counts
    weights = sentence_weights(len(counts))
    ends = np.quantile((weights @ correct.T) / (weights @ counts)[:, None], [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return EqualAccuracy(
        both.keys,
        correct.sum(1) / counts.sum(),
        ends.T,
        Effort(*(column[chosen] for column in whole)),
        float(both.curves.sizes[-1]),
        pairs(correct, counts, weights, both.curves, epsilon),
    )


def pair_table(found: EqualAccuracy) -> pd.DataFrame:
    """A row a pair. Ratios of who never reaches ε are the least they can be."""
    keys, accuracy, of = found.keys, found.accuracy, found.effort
    rows = [
        {
            "easier": title(keys[pair.easy]),
            "harder": title(keys[pair.hard]),
            "accuracy, easier": accuracy[pair.easy],
            "accuracy, harder": accuracy[pair.hard],
            "difference": pair.difference,
            "difference lower": pair.difference_lower,
            "difference upper": pair.difference_upper,
            "εSC, easier": of.esc[pair.easy],
            "εSC, harder": np.nan if pair.bound else of.esc[pair.hard],
            "times as many": pair.ratio,
            "times lower": pair.ratio_lower,
            "times upper": np.nan if np.isinf(pair.ratio_upper) else pair.ratio_upper,
            "at least": pair.bound,
        }
        for pair in found.pairs
    ]
    return pd.DataFrame(rows)


def summary(found: EqualAccuracy, task: str, split: str, epsilon: float) -> str:
    """The pair with the largest ratio of εSC whose interval excludes 1, in words."""
    keys, accuracy, of, most = found.keys, found.accuracy, found.effort, found.most
    sure = [pair for pair in found.pairs if pair.ratio_lower > 1]
    if not sure:
        doubt = (
            f" {len(found.pairs)} are at least twofold apart, but each interval of the ratio includes 1." if found.pairs else ""
        )
        return (
            f"At ε = {epsilon:.2f} bits no two of these {len(keys)} have equal accuracy on {task} ({split}) and reliably need different amounts "
            f"of data.{doubt}"
        )
    pair = sure[0]
    easy, hard = title(keys[pair.easy]), title(keys[pair.hard])
    needs = f"more than the {most:,.0f} items of train" if pair.bound else f"{of.esc[pair.hard]:,.0f} items"
    times = f"more than {pair.ratio:.1f} times as many" if pair.bound else f"{pair.ratio:.1f} times as many"
    ends = f"at least {pair.ratio_lower:.1f}" if pair.bound else f"{pair.ratio_lower:.1f} to {pair.ratio_upper:.1f}"
    return (
        f"{easy} and {hard} have equal accuracy on {task} ({split}: {accuracy[pair.easy]:.3f} and {accuracy[pair.hard]:.3f}; the difference of "
        f"{100 * pair.difference:+.1f} points [{100 * pair.difference_lower:+.1f}, {100 * pair.difference_upper:+.1f}] is not "
        f"significant). To reach {epsilon:.2f} bits an item {easy} needs {of.esc[pair.easy]:,.0f} items and {hard} needs {needs}: {times} ({ends})."
    )
