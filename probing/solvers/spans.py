"""What edge probes are trained on: items on the words of spans, and labellings of them. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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
    """One labelling at one layer, or at a mix of several: `layers` index `SpanBank.rows`. `train` [N], `dev` [M]: classes, -1 = not in it.

    With `steps` its probe takes that many and dev chooses nothing. `name` is "task" or "control".
    """

    layers: tuple[int, ...]
    train: np.ndarray
    dev: np.ndarray
    classes: int
    seed: int = 0
    steps: int | None = None
    name: str = "task"

    @property
    def mixed(self) -> bool:
        return len(self.layers) > 1
