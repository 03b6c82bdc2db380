"""Regression probes: ridge regression of a number on the vector, the penalty chosen on dev."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from probing.errors import BadInput
from probing.probes.family import FAMILIES, Family, Kind, Progress
from probing.registry import Card
from probing.solvers.standardise import Standardiser

# λ of targets of variance 1, from strong to weak. A penalty of 0 is not among them: where items are fewer than dimensions it fits noise.
GRID = (100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5)
ROWS = 8192  # vectors read out at a time


@dataclass(frozen=True)
class NumberProblem:
    """One number for each of the shared vectors: `train` float64 [N], `dev` [M], NaN where a vector is not in the problem."""

    name: str  # "task" or "control"
    train: np.ndarray
    dev: np.ndarray
    seed: int = 0


@dataclass
class FittedNumbers:
    """A linear map behind a standardiser. `state`, fp32: `mean` [D], `scale` [D], `weights` [D], `bias` [1]."""

    problem: NumberProblem
    setting: dict[str, float | int | str]
    state: dict[str, np.ndarray]

    def predict(self, vectors: np.ndarray) -> np.ndarray:
        """[N, D] fp32 → [N] float64, in the target's own unit."""
        standardiser = Standardiser(self.state["mean"], self.state["scale"])
        parts = [
            standardiser.apply(vectors[start : start + ROWS]) @ self.state["weights"] for start in range(0, len(vectors), ROWS)
        ]
        return np.concatenate([np.empty(0), *parts]) + float(self.state["bias"][0])


class NumberFamily(Family, ABC):
    """A registered family of probes of numbers."""

    kind: Kind = "numbers"

    @abstractmethod
    def fit(
        self, train: np.ndarray, dev: np.ndarray, problems: Sequence[NumberProblem], device: str, progress: Progress
    ) -> list[FittedNumbers]:
        """Fit every problem on `train` [N, D], choosing on `dev` [M, D] alone; one fitted probe a problem, in order.

        Raises BadInput for a problem whose number does not vary in train, or that has nothing to choose on.
        """


class RidgeFamily(NumberFamily):
    """Half the mean squared error + λ/2 ‖w‖², on standardised vectors and a standardised number; λ by dev's squared error along GRID."""

    card = Card(
        name="regression",
        title="Regression",
        measures="How well a linear map of the vector tells a number (a depth, a length, a column of one's own): ridge regression, told as R² and "
        "Spearman's correlation.",
        assumes="Vectors and the number are standardised with train's mean and deviation. The penalty λ is chosen by the squared error on dev from a "
        "grid of 100 to 0.00001, all solved exactly.",
        misleads="A number that goes with length or position is told without any syntax: read it beside the baseline of those and the random-weights "
        "checkpoint. A λ at the end of the range says that dev would have gone further.",
        source="Hoerl & Kennard 1970; numbers as a probing task: Hewitt & Manning 2019 (depth), Conneau et al. 2018 (in bins)",
    )

    def fit(
        self, train: np.ndarray, dev: np.ndarray, problems: Sequence[NumberProblem], device: str, progress: Progress
    ) -> list[FittedNumbers]:
        """See `NumberFamily.fit`."""
        from probing.solvers.design import Design
        from probing.solvers.ridge import ridge

        for problem in problems:
            _refuse_unfit(problem)
        standardiser = Standardiser.of(train)
        design = Design(train, standardiser, device)
        levels = [(float(np.nanmean(problem.train)), float(np.nanstd(problem.train))) for problem in problems]
        targets = [(problem.train - mean) / spread for problem, (mean, spread) in zip(problems, levels, strict=True)]
        theta = ridge(design, targets, GRID)
        read = design.rotated(dev)
        found = []
        for number, (problem, (mean, spread)) in enumerate(zip(problems, levels, strict=True)):
            predicted = (read @ theta[number].T).double().cpu().numpy() * spread + mean
            used = ~np.isnan(problem.dev)
            errors = ((predicted[used] - problem.dev[used, None]) ** 2).mean(0)
            best = int(errors.argmin())
            weights, bias = design.unrotated(theta[number, best : best + 1])
            state = {
                "mean": standardiser.mean,
                "scale": standardiser.scale,
                "weights": np.ascontiguousarray(weights[:, 0] * spread, dtype=np.float32),
                "bias": np.array([bias[0] * spread + mean], np.float32),
            }
            found.append(FittedNumbers(problem, {"lambda": GRID[best]}, state))
            progress(number + 1, len(problems))
        return found


def _refuse_unfit(problem: NumberProblem) -> None:
    known = problem.train[~np.isnan(problem.train)]
    if not len(known):
        raise BadInput(f"The {problem.name} has no train items to fit a probe on: take more sentences.")
    if not known.std() > 0:
        raise BadInput(
            f"The {problem.name} has one number only in train, {known[0]:g}, so there is nothing to tell: take more sentences or another task."
        )
    if np.isnan(problem.dev).all():
        raise BadInput(f"The {problem.name} has no dev items to choose the probe on: take more dev sentences.")


FAMILIES.register(RidgeFamily(), place=7)
