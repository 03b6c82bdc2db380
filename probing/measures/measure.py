"""What a measure is: a number of the tidy table, its unit, and its card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from probing.registry import Card, Registry


class Score(NamedTuple):
    """A value with its 95 % interval and the number of items scored."""

    value: float
    lower: float
    upper: float
    n: int


@dataclass(frozen=True)
class Predictions:
    """One probe's answers to N items, and where they stand: `sentence` [N] counts from 0 to `sentences` - 1."""

    log2p: np.ndarray  # [N, K]
    gold: np.ndarray  # [N]
    sentence: np.ndarray  # [N]
    sentences: int

    @property
    def classes(self) -> int:
        return self.log2p.shape[1]

    def summed(self, column: np.ndarray, columns: int, weight: np.ndarray | None = None) -> np.ndarray:
        """[S, columns]: the `weight` [N] (default 1 each) of the items of each sentence, by their `column` [N]."""
        flat = np.bincount(self.sentence * columns + column, weight, self.sentences * columns)
        return flat.reshape(self.sentences, columns).astype(np.float64)


@dataclass(frozen=True)
class Measure:
    """A registered measure. What reads single predictions brings two functions, so that one product serves all:

    `statistics` gives sums for each sentence [S, F]; `value` turns their weighted totals [B, F] into B values.
    `rises` marks a value that resampling alone raises: its interval is shifted back by that much. `classes` is how many a task must have
    for the measure to be read of it, where it matters.
    """

    card: Card
    unit: str  # "fraction", "bits", "ratio", "correlation", "items", "layers", "depth²", "weight" or "degrees"
    statistics: Callable[[Predictions], np.ndarray] | None = None
    value: Callable[[np.ndarray], np.ndarray] | None = None
    rises: bool = False
    classes: int | None = None


MEASURES: Registry[Measure] = Registry("measure")
