"""Paper mode: the error in sample of the best subset, against as many noise features that nobody chose. Kept as published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probing.prediction.baselines import rmse
from probing.prediction.subsets import Progress, apply, best_subsets, fit

DRAWS = 1000
SPREAD = 0.1  # the standard deviation of the published noise; least squares does not depend on it


@dataclass(frozen=True)
class Paper:
    """One target's answer in sample."""

    features: tuple[int, ...]  # columns, ascending
    coefficients: np.ndarray  # (k + 1,), the intercept first
    rmse: float
    noise_rmse: float  # of k noise features, the mean of the draws
    reduction: float  # 1 − rmse / noise_rmse
    reduction_draws: tuple[float, float]  # between which 95 % of single draws put it


def in_sample(x: np.ndarray, y: np.ndarray, k: int, seed: int, progress: Progress | None = None) -> Paper | None:
    """The best k of the columns of x (n, p) for y (n,); None where no k columns are independent."""
    found = best_subsets(x, y[:, None], k, progress=progress)
    columns = found.features[0, 0]
    if columns[0] < 0:
        return None
    coefficients = fit(x[:, columns], y)
    error = rmse(apply(coefficients, x[:, columns]) - y)
    draws = unselected_noise(y, k, seed)
    low, high = np.quantile(1 - error / draws, [0.025, 0.975])
    mean = float(draws.mean())
    return Paper(tuple(map(int, columns)), coefficients, error, mean, 1 - error / mean, (float(low), float(high)))


def unselected_noise(y: np.ndarray, k: int, seed: int, draws: int = DRAWS) -> np.ndarray:
    """RMSE in sample of y (n,) on k features drawn from N(0, 0.1), no choice made: (draws,)."""
    noise = np.random.default_rng(seed).normal(0, SPREAD, (draws, len(y), k))
    noise -= noise.mean(axis=1, keepdims=True)
    left = y - y.mean()
    basis = np.linalg.qr(noise)[0]  # (draws, n, k), orthonormal columns
    explained = (np.einsum("dnk,n->dk", basis, left) ** 2).sum(axis=1)
    return np.sqrt(np.maximum(left @ left - explained, 0) / len(y))
