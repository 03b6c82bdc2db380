"""Honest mode: features are chosen and fitted without the rows they are judged on, by checkpoint and by family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from probing.prediction.subsets import Progress, apply, best_subsets, fit

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Nested:
    """Predictions of rows by models that never saw them."""

    predicted: np.ndarray  # (n, T); NaN where its fold had too few rows
    chosen: np.ndarray  # (F, T, k) columns of each fold's model; -1 where it had none


def family_out(families: Sequence[str]) -> np.ndarray:
    """Each family a fold, numbered as they come: (n,)."""
    order = {family: number for number, family in enumerate(dict.fromkeys(families))}
    return np.array([order[family] for family in families])


def nested(x: np.ndarray, y: np.ndarray, k: int, fold: np.ndarray, progress: Progress | None = None) -> Nested:
    """Best subset and fit on the rows outside each fold, read on those inside. x (n, p), y (n, T), fold (n,).

    A fold whose remaining rows do not outnumber the k + 1 coefficients predicts nothing.
    """
    folds = int(fold.max()) + 1
    rows = fold[None] != np.arange(folds)[:, None]  # (F, n)
    enough = rows.sum(axis=1) > k + 1
    chosen = np.full((folds, y.shape[1], k), -1)
    if enough.any():
        chosen[enough] = best_subsets(x, y, k, rows[enough], progress).features
    predicted = np.full(y.shape, np.nan)
    for number in range(folds):
        inside = fold == number
        for target in range(y.shape[1]):
            columns = chosen[number, target]
            if columns[0] >= 0:
                model = fit(x[rows[number]][:, columns], y[rows[number], target])
                predicted[inside, target] = apply(model, x[inside][:, columns])
    return Nested(predicted, chosen)


def conformal(errors: np.ndarray) -> tuple[float, float]:
    """Half the width of an interval for a new row from the absolute errors (m,) of rows predicted unseen, and its level.

    The ⌈0.95 (m + 1)⌉-th smallest error, as in conformal prediction (Vovk, Gammerman and Shafer 2005); with fewer than 19
    errors the largest, which covers m / (m + 1). Holds where checkpoints are exchangeable; families make it approximate.
    """
    size = np.sort(np.abs(errors[np.isfinite(errors)]))
    m = len(size)
    if m == 0:
        return float("nan"), 0.0
    place = int(np.ceil(LEVEL * (m + 1)))
    return (float(size[place - 1]), LEVEL) if place <= m else (float(size[-1]), m / (m + 1))


def intervals(y: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, float]:
    """An interval for each leave-one-out prediction from the errors of the other rows: (n, 2), and the level they have."""
    errors = predicted - y
    found, level = np.full((len(y), 2), np.nan), LEVEL
    for row in range(len(y)):
        half, level = conformal(np.delete(errors, row))
        found[row] = predicted[row] - half, predicted[row] + half
    return found, level


def reduction(error: np.ndarray, baseline: np.ndarray, seed: int) -> tuple[float, float, float]:
    """1 − RMSE / baseline RMSE with its 95 % interval: a bootstrap over rows, both errors (n,) of a row drawn together."""
    draws = np.random.default_rng(seed).integers(0, len(error), (RESAMPLES, len(error)))
    both = [np.sqrt(np.mean(np.square(one)[draws], axis=1)) for one in (error, baseline)]
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.nanquantile(1 - both[0] / both[1], [0.025, 0.975])
        value = 1 - np.sqrt(np.mean(error**2)) / np.sqrt(np.mean(baseline**2))
    return float(value), float(low), float(high)
