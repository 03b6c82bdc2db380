"""A trained probe: layers of weights behind a standardiser, read out with NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from probing.errors import BadInput
from probing.measures.loss import log2_smoothed, unseen_share
from probing.measures.variational import Code
from probing.probes.family import Problem
from probing.solvers.standardise import Standardiser

if TYPE_CHECKING:
    from probing.solvers.spans import EdgeProblem

FEW = 30  # dev items below which a choice is left to the first problem
ROWS = 8192  # vectors read out at a time


@dataclass
class Fitted:
    """A probe with any number of layers, ReLU between them (satisfies `FittedProbe`).

    `state`, all fp32: `mean` [D], `scale` [D], `weights_0` [D, H], `bias_0` [H], … to the last layer's [H, K], [K]; a
    class that train lacked has bias -inf. `unseen` [1] is the share of probability spread evenly over all classes.
    """

    problem: Problem
    setting: dict[str, float | int | str]
    dev_loss: float  # bits an item, NaN where nothing was chosen on dev
    state: dict[str, np.ndarray]
    code: Code | None = None

    def log2_probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """[N, D] → [N, K] fp32: log2 of the probabilities after the unseen-class rule (measures/loss.py)."""
        return read_out(self.state, vectors)


def read_out(
    state: Mapping[str, np.ndarray], vectors: np.ndarray, projection: Mapping[str, np.ndarray] | None = None
) -> np.ndarray:
    """What a probe of this `Fitted.state` says of vectors [N, D]: log2 of probabilities [N, K] fp32, after the unseen-class rule.

    `projection`: `mean`, `scale` [D] and `axes` [D, d], where the probe was trained on vectors that were brought to d numbers.
    """
    if projection:
        vectors = Standardiser(projection["mean"], projection["scale"]).apply(vectors) @ projection["axes"]
    standardiser = Standardiser(state["mean"], state["scale"])
    layers = sum(name.startswith("weights_") for name in state)
    result = np.empty((len(vectors), len(state[f"bias_{layers - 1}"])), np.float32)
    for start in range(0, len(vectors), ROWS):
        values = standardiser.apply(vectors[start : start + ROWS])
        for layer in range(layers):
            values = values @ state[f"weights_{layer}"] + state[f"bias_{layer}"]
            if layer < layers - 1:
                np.maximum(values, 0, out=values)
        result[start : start + ROWS] = log2_smoothed(values, float(state["unseen"][0]))
    return result


def items(labels: np.ndarray) -> int:
    """How many of the vectors are in the problem."""
    return int((labels >= 0).sum())


def state_of(
    problem: Problem, standardiser: Standardiser, layers: Iterable[tuple[np.ndarray, np.ndarray]]
) -> dict[str, np.ndarray]:
    """The `Fitted.state` of layers of weights [in, out] and bias [out] behind a standardiser."""
    state = {"mean": standardiser.mean, "scale": standardiser.scale, "unseen": unseen_of(problem)}
    for index, (weights, bias) in enumerate(layers):
        state |= {f"weights_{index}": np.ascontiguousarray(weights), f"bias_{index}": bias}
    return state


def unseen_of(problem: Problem | EdgeProblem) -> np.ndarray:
    """fp32 [1]: the share of probability that its probe spreads evenly over all classes."""
    return np.array([unseen_share(items(problem.train), problem.classes)], np.float32)


def too_few_dev_items(problems: Sequence[Problem]) -> list[int]:
    """The problems with too few dev items to choose on: they take the first problem's choice."""
    return [index for index, problem in enumerate(problems) if index and problem.penalty is None and items(problem.dev) < FEW]


def refuse_unfit(problems: Sequence[Problem] | Sequence[EdgeProblem]) -> None:
    """Raise BadInput, one sentence, where a problem cannot be trained, or the first one has nothing to choose on."""
    for problem in problems:
        if not items(problem.train):
            raise BadInput(f"The {problem.name} has no train items to fit a probe on: take more sentences.")
        if len(np.unique(problem.train[problem.train >= 0])) < 2:
            raise BadInput(
                f"The {problem.name} has one label only in train, so there is nothing to tell apart: "
                "take more sentences or another task."
            )
    if problems and not items(problems[0].dev):
        raise BadInput(f"The {problems[0].name} has no dev items to choose the probe on: take more dev sentences.")


class Ticker:
    """Calls `progress(done, total)` at most twice a second between the problems that finish; `progress` may raise."""

    def __init__(self, progress: Callable[[int, int], None], total: int) -> None:
        self._progress, self._total = progress, total
        self._done = 0
        self._last = monotonic()

    def __call__(self, count: int = 0) -> None:
        """As solvers report it: `count` problems ended, or none, and the solver is still at work."""
        self._done += count
        if count or monotonic() - self._last > 0.5:
            self._last = monotonic()
            self._progress(self._done, self._total)
