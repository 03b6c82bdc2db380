"""What the same search finds where there is nothing: noise features, permuted rows, scores permuted within families."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from probing.prediction.baselines import rmse
from probing.prediction.honest import nested
from probing.prediction.subsets import Progress, best_subsets

SEARCHES = 100  # draws of as many noise features, searched in sample
NESTED = 10  # draws searched in every fold


def searched_noise(y: np.ndarray, features: int, k: int, seed: int, draws: int, progress: Progress | None = None) -> np.ndarray:
    """RMSE in sample of y (n,) on the best k of `features` noise features: (draws,)."""
    noise = np.random.default_rng([seed, 1]).normal(size=(draws, len(y), features))
    return np.sqrt(best_subsets(noise, y[:, None], k, progress=progress).rss[:, 0] / len(y))


def nested_noise(y: np.ndarray, features: int, k: int, seed: int, draws: int, progress: Progress | None = None) -> np.ndarray:
    """RMSE of leave-one-out with the search inside, on as many noise features: (draws,)."""
    generator = np.random.default_rng([seed, 2])
    found = []
    for draw in range(draws):
        if progress:
            progress(draw, draws)
        x = generator.normal(size=(len(y), features))
        found.append(rmse(nested(x, y[:, None], k, np.arange(len(y))).predicted[:, 0] - y))
    return np.array(found)


def nested_permuted(x: np.ndarray, y: np.ndarray, k: int, seed: int, draws: int, progress: Progress | None = None) -> np.ndarray:
    """The same on the features themselves, their rows permuted against the scores: (draws,)."""
    generator = np.random.default_rng([seed, 3])
    scores = np.stack([y[generator.permutation(len(y))] for _ in range(draws)], axis=1)
    predicted = nested(x, scores, k, np.arange(len(y)), progress).predicted
    return np.sqrt(np.mean((predicted - scores) ** 2, axis=0))


def within_families(y: np.ndarray, families: Sequence[str], generator: np.random.Generator) -> np.ndarray:
    """y (n,) with the scores of each family in a random order among its own rows."""
    names, found = np.array(families), y.copy()
    for family in dict.fromkeys(families):
        rows = np.flatnonzero(names == family)
        found[rows] = y[generator.permutation(rows)]
    return found


def family_permutation_p(
    x: np.ndarray, y: np.ndarray, families: Sequence[str], k: int, permutations: int, seed: int, progress: Progress | None = None
) -> float | None:
    """How often scores permuted within families are fitted as well by the best k of x (n, p), the search made again for each.

    (1 + permutations with an RMSE in sample at most the measured one) / (1 + permutations). It asks whether probes tell the
    members of a family apart; what families differ by stays. None where no two members of a family differ in y.
    """
    names = np.array(families)
    if permutations < 1 or all(np.ptp(y[names == family]) == 0 for family in set(families)):
        return None
    generator = np.random.default_rng([seed, 4])
    scores = np.stack([y, *(within_families(y, families, generator) for _ in range(permutations))], axis=1)
    rss = best_subsets(x, scores, k, progress=progress).rss[0]
    return float((1 + (rss[1:] <= rss[0] * (1 + 1e-9)).sum()) / (1 + permutations))
