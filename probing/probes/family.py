"""What a probe family is: it fits many problems that share their vectors. Families of trees: see trees.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from probing.measures.variational import Code
from probing.probes.kind import Kind
from probing.registry import Card, Registry
from probing.tasks.task import Level


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
    state: dict[str, np.ndarray]  # weights and standardiser: enough for `restore`
    code: Code | None  # the message that tells it and train's labels, of a family with `codes`

    def log2_probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """[N, D] fp32 → [N, K] fp32, base 2, after the unseen-class rule (see measures/loss.py); rows sum to 1 in 2**."""
        ...


class Family(Protocol):
    """What every registered family says of itself, whatever it fits; its `kind` tells which protocol it follows."""

    @property
    def card(self) -> Card: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of the tasks that it can answer."""
        ...

    @property
    def options(self) -> tuple[str, ...]:
        """The fields of a run that change its result: they enter a cell's id."""
        ...


class ProbeFamily(Family, Protocol):
    """A registered family of labels. `seeded` says whether a fit on the same labels depends on the seed."""

    @property
    def seeded(self) -> bool: ...
    @property
    def penalised(self) -> bool:
        """Whether it reads `Problem.penalty`."""
        ...

    @property
    def codes(self) -> bool:
        """Whether its probes carry a `Code`: then it has no loss-data curve, nor an online codelength."""
        ...

    def fit(
        self,
        train: np.ndarray,
        dev: np.ndarray,
        problems: Sequence[Problem],
        options: ProbeOptions,
        progress: Callable[[int, int], None],
    ) -> list[FittedProbe]:
        """Fit every problem on `train` [N, D], choosing on `dev` [M, D] alone; one fitted probe a problem, in order.

        `progress(done, total)` is called as problems finish, and may raise to cancel.
        Raises BadInput for an empty problem or one with fewer than two classes in train.
        """
        ...

    def restore(self, state: dict[str, np.ndarray], setting: dict[str, float | int | str]) -> FittedProbe:
        """A fitted probe from what was stored (its `problem` is empty)."""
        ...


FAMILIES: Registry[Family] = Registry("probe family")
