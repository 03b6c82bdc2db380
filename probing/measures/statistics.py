"""Intervals and tests: the sentence bootstrap, McNemar, Benjamini-Hochberg, and what a sample can show at all."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

LEVEL = 0.95  # of every interval
REPLICATES = 1000  # of a bootstrap
POWER = 0.80  # of the smallest detectable difference


@lru_cache(maxsize=8)
def sentence_weights(sentences: int, replicates: int = REPLICATES, seed: int = 0) -> np.ndarray:
    """[B, S] fp64, read-only: how often each sentence is drawn when S are drawn with replacement, B times."""
    draw = np.random.default_rng(seed)
    weights = draw.multinomial(sentences, np.full(sentences, 1 / sentences), size=replicates).astype(np.float64)
    weights.flags.writeable = False
    return weights


def by_sentence(sentence: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """[S, F]: the sums of each column [N] over the items of each sentence that occurs; `sentence` [N] any ids."""
    ids, index = np.unique(sentence, return_inverse=True)
    return np.stack([np.bincount(index, column, len(ids)) for column in columns], axis=1)


def percentiles(replicates: np.ndarray) -> tuple[float, float]:
    """The bounds that leave 2.5 % of the replicates [B] on either side (NaNs, where nothing was drawn, left out)."""
    lower, upper = np.nanquantile(replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(lower), float(upper)


def smallest_detectable_difference(n: int, accuracy: float) -> float:
    """The least difference between two accuracies near `accuracy` that n items each would show.

    Two-sided test at 5 %, power 80 %, independent items and samples: (z.975 + z.8) · √(2 a (1 − a) / n). Words of one
    sentence are not independent, which makes the true figure larger; two probes on the same items agree on most,
    which makes it smaller. Raises ValueError for n < 1.
    """
    if n < 1:
        raise ValueError("no items")
    # An accuracy of exactly 0 or 1 on n items does not say that the spread is 0: half an item either way.
    share = min(max(accuracy, 0.5 / n), 1 - 0.5 / n)
    return _reach() * math.sqrt(2 * share * (1 - share) / n)


def _reach() -> float:
    """How many standard errors a difference has to be long to be seen."""
    normal = NormalDist()
    return normal.inv_cdf((1 + LEVEL) / 2) + normal.inv_cdf(POWER)


def paired_detectable_difference(n: int, discordant: int) -> float:
    """The least difference between two accuracies on the same n items that they would show, where `discordant` items had one answer right.

    Two-sided test at 5 %, power 80 %, items taken as independent: (z.975 + z.8) · √discordant / n, with one discordant item at least.
    Raises ValueError for n < 1.
    """
    if n < 1:
        raise ValueError("no items")
    return _reach() * math.sqrt(max(discordant, 1)) / n


def detectable_from(lower: float, upper: float) -> float:
    """The least difference that would be seen where a difference has this 95 % interval: the same reach, times its standard error."""
    return _reach() * standard_error(lower, upper)


def standard_error(lower: float, upper: float) -> float:
    """Of a value with this 95 % interval, under a normal law."""
    return (upper - lower) / (2 * NormalDist().inv_cdf((1 + LEVEL) / 2))


def normal_p(value: float, lower: float, upper: float) -> float:
    """Two-sided p that a value is 0, from the width of its 95 % interval under a normal law; NaN where one of them is not known."""
    if math.isnan(value + lower + upper):
        return float("nan")
    spread = standard_error(lower, upper)
    if spread <= 0:
        return 1.0 if value == 0 else 0.0
    return 2 * NormalDist().cdf(-abs(value) / spread)


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray) -> float:
    """Exact two-sided p that the two probes [N] err alike: a binomial test on the items that only one got right."""
    from scipy.special import bdtr

    first, second = int(np.sum(correct_a & ~correct_b)), int(np.sum(correct_b & ~correct_a))
    return min(1.0, 2 * float(bdtr(min(first, second), first + second, 0.5)))  # both tails of a fair coin are alike


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjusted p [N], in the order given: rejecting those ≤ q keeps the false discovery rate at q. NaN stays NaN and counts for nothing."""
    adjusted = np.array(p, dtype=np.float64)
    order = np.argsort(adjusted, kind="stable")[: int((~np.isnan(adjusted)).sum())]  # NaN is sorted last
    scaled = adjusted[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
