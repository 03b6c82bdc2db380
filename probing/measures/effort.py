"""Checkpoints and layers compared at n items and a target loss, and pairs of equal accuracy.

P readings have one set of sizes [J]. Everything is derived from stored curves; nothing is trained.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from probing.measures import curve
from probing.measures.statistics import LEVEL

TWOFOLD = 2.0  # least ratio of two εSC for a reported pair


class Curves(NamedTuple):
    """`sizes` [J]; `loss`, `accuracy` and `code` [P, J]; `losses` [P, B, J], replicates of the losses; `ceiling` is log2 K.

    `code` is the codelength of the first items up to each size.
    """

    sizes: np.ndarray
    loss: np.ndarray
    losses: np.ndarray
    accuracy: np.ndarray
    code: np.ndarray
    ceiling: float


class Effort(NamedTuple):
    """Each [P], of one who has n items; `esc` is infinite where they do not reach the target. The bounds are 95 % intervals."""

    accuracy: np.ndarray
    loss: np.ndarray
    code: np.ndarray
    sdl: np.ndarray
    sdl_lower: np.ndarray
    sdl_upper: np.ndarray
    esc: np.ndarray
    esc_lower: np.ndarray
    esc_upper: np.ndarray


def effort(of: Curves, n: float, epsilon: float) -> Effort:
    """Between sizes, losses and accuracies are linear in log n, and the code is linear in n: within a block each item costs alike."""
    sizes, loss = curve.up_to(of.sizes, of.loss, n, of.ceiling)
    _, losses = curve.up_to(of.sizes, of.losses, n, of.ceiling)
    bounds = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    surplus = np.nanquantile(curve.surplus(sizes, losses, epsilon, of.ceiling), bounds, axis=1)
    complexity = sample_complexity(of._replace(sizes=sizes, loss=loss, losses=losses), epsilon)
    inside = min(max(n, of.sizes[0]), of.sizes[-1])
    return Effort(
        accuracy=curve.loss_at(of.sizes, of.accuracy, inside, np.nan),
        loss=curve.loss_at(of.sizes, of.loss, inside, of.ceiling),
        code=np.array([np.interp(inside, of.sizes, row) for row in of.code]),
        sdl=curve.surplus(sizes, loss, epsilon, of.ceiling),
        sdl_lower=surplus[0],
        sdl_upper=surplus[1],
        esc=complexity[0],
        esc_lower=complexity[1],
        esc_upper=complexity[2],
    )


def sample_complexity(of: Curves, epsilon: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """εSC of each [P] with the lower and upper ends of its 95 % interval."""
    resampled = curve.sample_complexity(of.sizes, of.losses, epsilon)
    # Whole replicates, not means of two: one of them may be infinite.
    lower, upper = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1, method="inverted_cdf")
    return curve.sample_complexity(of.sizes, of.loss, epsilon), lower, upper


def ranks(values: np.ndarray, high_is_good: bool) -> np.ndarray:
    """[P] from 1, the best; equals share the better place, NaN has the last."""
    cost = np.where(np.isnan(values), np.inf, -values if high_is_good else values)
    return np.array([1 + int((cost < own).sum()) for own in cost])


class EqualAccuracyPair(NamedTuple):
    """Two readings whose accuracies cannot be told apart; `hard` needs `ratio` times the items of `easy`.

    `bound` says that `hard` never reaches the target, so that the ratio is the least it can be and has no interval above.
    """

    easy: int
    hard: int
    difference: float
    difference_lower: float
    difference_upper: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    bound: bool


def pairs(right: np.ndarray, counts: np.ndarray, weights: np.ndarray, of: Curves, epsilon: float) -> list[EqualAccuracyPair]:
    """The pairs of like accuracy whose εSC are at least twofold apart, the greatest ratio first.

    `right` [P, S]: right answers of each sentence; `counts` [S]: its items; `weights` [B, S] of a bootstrap over sentences. Two
    accuracies are alike where the 95 % interval of their difference, paired by sentence, holds 0.
    """
    replicates = (right @ weights.T) / (weights @ counts)  # [P, B]
    accuracy = right.sum(1) / counts.sum()
    complexity = curve.sample_complexity(of.sizes, of.loss, epsilon)
    resampled = curve.sample_complexity(of.sizes, of.losses, epsilon)
    most = float(of.sizes[-1])
    bounds = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    with np.errstate(invalid="ignore"):
        ratio = np.minimum(complexity[None, :], most) / complexity[:, None]  # [easy, hard]
        easy, hard = np.nonzero((complexity[:, None] < complexity[None, :]) & (ratio >= TWOFOLD))
    lower, upper = np.quantile(replicates[hard] - replicates[easy], bounds, axis=1)
    found = []
    for place in np.flatnonzero((lower <= 0) & (upper >= 0)):
        one, other = int(easy[place]), int(hard[place])
        ends = np.quantile(np.minimum(resampled[other], most) / np.minimum(resampled[one], most), bounds, method="inverted_cdf")
        bound = bool(np.isinf(complexity[other]))
        found.append(
            EqualAccuracyPair(
                one,
                other,
                difference=float(accuracy[other] - accuracy[one]),
                difference_lower=float(lower[place]),
                difference_upper=float(upper[place]),
                ratio=float(ratio[one, other]),
                ratio_lower=float(ends[0]),
                ratio_upper=np.inf if bound else float(ends[1]),
                bound=bound,
            )
        )
    return sorted(found, key=lambda pair: -pair.ratio)
