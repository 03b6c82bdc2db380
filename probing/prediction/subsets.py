"""Least squares with an intercept on every subset of k features, for many problems and targets at once.

Feature after feature is swept out of the Gram matrix of the centred, scaled columns; what two more features explain then has a
closed form, read for all pairs in one array. So k features of p cost C(p, k − 2) sweeps of small arrays, whatever the number
of subsets. Furnival and Wilson (1974), Regressions by leaps and bounds, without the bounds: nothing is skipped.

Notation: F problems (folds, or draws of features), n rows, p features, T targets that share a problem's features.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Progress = Callable[[int, int], None]  # done, total
MOST_FEATURES = 1_000
MOST_SUBSETS = 40_000_000
LARGEST = 5  # features chosen together
TOLERANCE = 1e-9  # a column with less than this share of its own variation left is a combination of those before it
ELEMENTS = 500_000  # numbers held in one array at a time: what stays in a processor's cache


@dataclass(frozen=True)
class Chosen:
    """The best subset of each problem and target."""

    features: np.ndarray  # (F, T, k) column numbers, ascending; -1 where no k columns are independent
    rss: np.ndarray  # (F, T) residual sum of squares in sample; infinite there


def subsets(features: int, k: int) -> int:
    """How many subsets are fitted."""
    return math.comb(features, k)


def best_subsets(
    x: np.ndarray, y: np.ndarray, k: int, rows: np.ndarray | None = None, progress: Progress | None = None
) -> Chosen:
    """The k columns whose least-squares fit with intercept leaves the least, by problem and target.

    x: (n, p), or (F, n, p) where each problem has features of its own. y: (n, T). rows: (F, n), true where a problem may
    read the row (all by default). Of equals the first in the order of columns. Columns that are constant in a problem's rows,
    and subsets that are linearly dependent, are never chosen.
    """
    if rows is None:
        rows = np.ones((len(x) if x.ndim == 3 else 1, len(y)), bool)
    problems, p = len(rows), x.shape[-1]
    targets = y.shape[1]
    features = np.full((problems, targets, k), -1)
    rss = np.full((problems, targets), np.inf)
    if k > p:
        return Chosen(features, rss)
    together = max(1, ELEMENTS // (p * p))  # problems whose Gram matrices are held at a time
    side = max(1, ELEMENTS // (min(together, problems) * p * p))  # targets whose pairs are
    steps = math.ceil(problems / together) * math.ceil(targets / side)
    done = 0
    for start in range(0, problems, together):
        part = slice(start, start + together)
        gram, products, total = _moments(x[part] if x.ndim == 3 else x, y, rows[part])
        for first in range(0, targets, side):
            some = slice(first, first + side)
            search = _Search(gram, products[:, some], k)
            search.run(lambda share, done=done: progress(int(100 * (done + share) / steps), 100) if progress else None)  # type: ignore[misc]
            features[part, some], gain = search.features, search.gain
            rss[part, some] = np.where(np.isfinite(gain), np.maximum(total[:, some] * (1 - gain), 0), np.inf)
            done += 1
    if progress:
        progress(100, 100)
    return Chosen(features, rss)


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Least squares with an intercept: x (n, k), y (n,) → (k + 1,), the intercept first."""
    middle = x.mean(axis=0)
    slopes = np.linalg.lstsq(x - middle, y - y.mean(), rcond=None)[0]
    return np.concatenate([[y.mean() - middle @ slopes], slopes])


def apply(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What the fit says of x (m, k): (m,)."""
    return coefficients[0] + x @ coefficients[1:]


def _moments(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gram matrices (F, p, p) and products with the targets (F, T, p), all of unit columns, and sums of squares (F, T).

    Columns are centred on the rows of their problem before they are multiplied, so nothing is lost to cancellation.
    """
    keep = rows.astype(float)
    count = keep.sum(axis=1)
    # A column that varies by rounding alone counts as constant: its size is that of its largest number.
    size = np.abs(x).max(axis=-2, keepdims=True)
    middle = np.einsum("fn,fnp->fp" if x.ndim == 3 else "fn,np->fp", keep, x) / count[:, None]
    centred = (x - middle[:, None]) * keep[:, :, None]  # (F, n, p)
    norm = np.sqrt((centred**2).sum(axis=1))
    real = norm > 1e-12 * np.sqrt(count)[:, None] * np.broadcast_to(size, (len(rows), 1, x.shape[-1]))[:, 0]
    centred *= np.where(real, 1 / np.where(real, norm, 1), 0)[:, None]
    means = (keep @ y) / count[:, None]  # (F, T)
    left = (y.T[None] - means[:, :, None]) * keep[:, None]  # (F, T, n)
    total = (left**2).sum(axis=2)
    length = np.sqrt(np.where(total > 0, total, 1))
    return centred.transpose(0, 2, 1) @ centred, (left / length[:, :, None]) @ centred, total


class _Search:
    """One walk over the subsets of some problems and targets; `gain` is the share of variation explained."""

    def __init__(self, gram: np.ndarray, products: np.ndarray, k: int) -> None:
        self.gram, self.products, self.k = gram, products, k
        problems, targets = products.shape[:2]
        self.gain = np.full((problems, targets), -np.inf)
        self.features = np.full((problems, targets, k), -1)

    def run(self, tell: Callable[[float], None]) -> None:
        nothing = np.zeros(self.gain.shape)
        if self.k == 1:
            self._singles(nothing)
        else:
            self._walk(self.gram, self.products, nothing, (), tell)

    def _singles(self, before: np.ndarray) -> None:
        left = self.gram.diagonal(axis1=1, axis2=2)[:, None]
        gain = np.where(left > TOLERANCE, self.products**2 / np.where(left > TOLERANCE, left, 1), 0)
        best = gain.argmax(axis=2)
        self._take(before, np.take_along_axis(gain, best[:, :, None], 2)[:, :, 0], (best,), ())

    def _walk(
        self, gram: np.ndarray, products: np.ndarray, before: np.ndarray, prefix: tuple[int, ...], tell: Callable[[float], None]
    ) -> None:
        """gram (F, m, m) and products (F, T, m) of the columns after the prefix, with the prefix swept out of them."""
        if len(prefix) == self.k - 2:
            self._pairs(gram, products, before, prefix)
            return
        width, offset = gram.shape[1], prefix[-1] + 1 if prefix else 0
        last = width - (self.k - len(prefix)) + 1
        for column in range(last):
            left = gram[:, column, column]  # (F,)
            usable = left > TOLERANCE
            scale = np.where(usable, 1 / np.where(usable, left, 1), 0)
            row = gram[:, column, column + 1 :]  # (F, m')
            share = products[:, :, column] * scale[:, None]  # (F, T)
            swept = gram[:, column + 1 :, column + 1 :] - (row * scale[:, None])[:, :, None] * row[:, None]
            moved = products[:, :, column + 1 :] - share[:, :, None] * row[:, None]
            gained = np.where(usable[:, None], before + share * products[:, :, column], -np.inf)
            self._walk(swept, moved, gained, (*prefix, offset + column), lambda _share: None)
            tell((column + 1) / last)

    def _pairs(self, gram: np.ndarray, products: np.ndarray, before: np.ndarray, prefix: tuple[int, ...]) -> None:
        """What each pair of the columns left would explain: (u² + v² − 2ruv) / (1 − r²), r their correlation."""
        problems, targets, width = products.shape
        left = gram.diagonal(axis1=1, axis2=2)
        real = left > TOLERANCE
        root = np.where(real, 1 / np.sqrt(np.where(real, left, 1)), 0)
        correlation = gram * root[:, :, None] * root[:, None]
        apart = 1 - correlation**2
        fine = real[:, :, None] & real[:, None] & (apart > TOLERANCE) & np.triu(np.ones((width, width), bool), 1)
        weight = np.where(fine, 1 / np.where(fine, apart, 1), 0)  # (F, m, m)
        cross = -2 * correlation * weight
        unit = products * root[:, None]  # (F, T, m)
        square = unit**2
        gain = unit[:, :, :, None] * unit[:, :, None]  # (F, T, m, m)
        gain *= cross[:, None]
        sides = square[:, :, :, None] + square[:, :, None]
        sides *= weight[:, None]
        gain += sides
        best = gain.reshape(problems, targets, -1).argmax(axis=2)
        found = np.take_along_axis(gain.reshape(problems, targets, -1), best[:, :, None], 2)[:, :, 0]
        self._take(before, found, (best // width, best % width), prefix)

    def _take(self, before: np.ndarray, found: np.ndarray, columns: tuple[np.ndarray, ...], prefix: tuple[int, ...]) -> None:
        """Keep what is better than the best so far; a gain of nothing is that of a subset that may not be chosen."""
        total = before + np.where(found > 0, found, -np.inf)
        better = total > self.gain
        if not better.any():
            return
        self.gain = np.where(better, total, self.gain)
        offset = prefix[-1] + 1 if prefix else 0
        for place, column in enumerate(prefix):
            self.features[..., place][better] = column
        for place, last in enumerate(columns, start=len(prefix)):
            self.features[..., place][better] = last[better] + offset
