"""What a probe family is: it fits many problems that share their vectors. Families of trees: see trees.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from probing.measures.variational import Code
from probing.registry import Card, Registry
from probing.tasks.task import LABELS, Level

# What sort of answer a family gives, which decides the cell that carries it out.
Kind = Literal["labels", "numbers", "conditional", "trees", "edges"]
Progress = Callable[[int, int], None]  # told of done and total; may raise to cancel


@dataclass(frozen=True)
class Problem:
    """One labelling of the shared vectors.

    `train` int32 [N], `dev` int32 [M]: class per vector, -1 = the vector is not in this problem.
    `classes` is K. `seed` drives whatever the family draws at random for this problem (initial weights, batches).
    `penalty` fixes λ where the family has one, and then nothing is chosen on dev; infinite leaves the prior.
    """

    name: str  # "task" or "control"
    train: np.ndarray
    dev: np.ndarray
    classes: int
    seed: int = 0
    penalty: float | None = None


@dataclass(frozen=True)
class ProbeOptions:
    """What a run may set for a family; each reads what concerns it."""

    width: int = 128  # hidden units of the MLP, and of each hidden layer of the Bayesian probe
    rank: int = 8  # of the low-rank probe
    device: str = "cpu"


class FittedProbe(Protocol):
    """A trained probe. `setting` tells what was chosen on dev (JSON-able: lambda, width, steps …)."""

    problem: Problem
    setting: dict[str, float | int | str]
    dev_loss: float  # bits per item, of the chosen probe
    state: dict[str, np.ndarray]  # weights and standardiser: enough to answer again
    code: Code | None  # the message that tells it and train's labels, of a family with `codes`

    def log2_probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """[N, D] fp32 → [N, K] fp32, base 2, after the unseen-class rule (see measures/loss.py); rows sum to 1 in 2**."""
        ...


class Family:
    """What every registered family says of itself, whatever it fits; its `kind` tells which class of families it is of."""

    card: Card
    kind: Kind
    levels: tuple[Level, ...] = LABELS  # of the tasks that it can answer
    options: tuple[str, ...] = ()  # the fields of a run that change its result: they enter a cell's id


class ProbeFamily(Family, ABC):
    """A registered family of labels: one names its card, and what is not as here, and fits."""

    kind: Kind = "labels"
    seeded = False  # whether a fit on the same labels depends on the seed
    penalised = False  # whether it reads `Problem.penalty`
    codes = False  # whether its probes carry a `Code`: then it has no loss-data curve, nor an online codelength

    @abstractmethod
    def fit(
        self, train: np.ndarray, dev: np.ndarray, problems: Sequence[Problem], options: ProbeOptions, progress: Progress
    ) -> list[FittedProbe]:
        """Fit every problem on `train` [N, D], choosing on `dev` [M, D] alone; one fitted probe a problem, in order.

        `progress(done, total)` is called as problems finish, and may raise to cancel.
        Raises BadInput for an empty problem or one with fewer than two classes in train.
        """


FAMILIES: Registry[Family] = Registry("probe family")
