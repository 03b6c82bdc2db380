"""What a family of edge probes is: networks on the words of spans, many layers, mixes of layers and labellings at once. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from probing.probes.family import Family
from probing.tasks.task import Level

SPANS: tuple[Level, ...] = ("word", "span", "edge")
WIDTH = 256  # of the projection and of the hidden layer, where a run names none


@dataclass(frozen=True)
class SpanBank:
    """N items of one split on its W words: `rows` L × [W, D] fp16 or fp32, `ends` S × [N, 2] rows from the first to before the second.

    S is 1 for words and spans, 2 for edges.
    """

    rows: Sequence[np.ndarray]
    ends: Sequence[np.ndarray]

    def __len__(self) -> int:
        return len(self.ends[0])

    def of(self, layers: Sequence[int]) -> SpanBank:
        """The same items on some of the layers."""
        return SpanBank([self.rows[layer] for layer in layers], self.ends)


@dataclass(frozen=True)
class EdgeProblem:
    """One labelling at one layer, or at a mix of several: `layers` index `SpanBank.rows`. `train` [N], `dev` [M]: classes, -1 = not in it."""

    name: str  # "task" or "control"
    layers: tuple[int, ...]
    train: np.ndarray
    dev: np.ndarray
    classes: int
    seed: int = 0


class FittedEdge(Protocol):
    """A trained probe."""

    problem: EdgeProblem
    setting: dict[str, float | int | str]
    dev_loss: float  # binary cross-entropy in bits an item, summed over classes
    state: dict[str, np.ndarray]  # enough for `restore`

    @property
    def shares(self) -> np.ndarray:
        """[l]: what the mix gives each of its layers, adding up to 1."""
        ...

    def logits(self, bank: SpanBank) -> np.ndarray:
        """[N, K] fp32 on a bank of the probe's own layers (`SpanBank.of`): log odds of each class by itself; over 0 the class is said."""
        ...

    def log2_probabilities(self, logits: np.ndarray) -> np.ndarray:
        """[N, K] fp32, base 2: the sigmoids divided by their sum, after the unseen-class rule (see measures/loss.py)."""
        ...


class EdgeFamily(Family, Protocol):
    """A registered family of edge probes."""

    @property
    def cost(self) -> float:
        """What a probe takes, in fits of a linear probe on all words of train."""
        ...

    def fit(
        self,
        train: SpanBank,
        dev: SpanBank,
        problems: Sequence[EdgeProblem],
        width: int,
        device: str,
        progress: Callable[[int, int], None],
    ) -> list[FittedEdge]:
        """A fitted probe a problem, in order, choosing on `dev` alone. `progress(done, total)` may raise to cancel.

        Raises BadInput where a problem has no item in train or dev, or one label only in train, or vectors are not finite.
        """
        ...

    def restore(self, state: dict[str, np.ndarray]) -> FittedEdge:
        """A fitted probe from what was stored (its `problem` has its layers alone)."""
        ...
