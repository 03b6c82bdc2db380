"""L-BFGS on many quadratics whose optima are known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from probing.solvers import lbfgs


class Scaling:
    """A model of the Hessian that knows its diagonal."""

    def __init__(self, diagonal: Tensor) -> None:
        self.diagonal = diagonal

    def solve(self, gradient: Tensor) -> Tensor:
        return gradient / self.diagonal

    def take(self, kept: Tensor) -> Scaling:
        return Scaling(self.diagonal[kept])


class Quadratics:
    """½ (x − c)ᵀ H (x − c) + 1, one H and c a problem."""

    def __init__(self, count: int, width: int, spread: float) -> None:
        draw = torch.Generator().manual_seed(0)
        basis = torch.linalg.qr(torch.randn(count, width, width, generator=draw))[0]
        self.hessian = basis @ torch.diag_embed(torch.logspace(0, -spread, width).expand(count, -1)) @ basis.mT
        self.centre = torch.randn(count, width, generator=draw)
        self.requested: list[int] = []

    def evaluate(self, theta: Tensor, problems: Tensor) -> tuple[Tensor, Tensor]:
        self.requested.append(len(problems))
        away = theta - self.centre[problems]
        gradient = (self.hessian[problems] @ away[..., None])[..., 0]
        return 1 + 0.5 * (away * gradient).sum(1, dtype=torch.float64), gradient

    def curvature(self, _theta: Tensor, problems: Tensor) -> Scaling:
        return Scaling(self.hessian[problems].diagonal(dim1=1, dim2=2))


def run(objective: Quadratics, start: Tensor, tolerance: float = 1e-7) -> tuple[Tensor, Tensor]:
    return lbfgs.minimise(objective, start, tolerance, 500, 1e-7, lambda: None)


def test_every_problem_reaches_its_own_optimum() -> None:
    objective = Quadratics(5, 20, 3)
    found, evaluations = run(objective, torch.zeros(5, 20))
    losses = objective.evaluate(found, torch.arange(5))[0]
    assert losses.tolist() == pytest.approx([1.0] * 5, abs=1e-6)
    assert (evaluations < 200).all()


def test_a_problem_takes_the_same_steps_alone_and_in_company() -> None:
    objective = Quadratics(4, 12, 2)
    together, evaluations = run(objective, torch.zeros(4, 12))
    for p in range(4):
        single = Quadratics(4, 12, 2)
        single.hessian, single.centre = single.hessian[p : p + 1], single.centre[p : p + 1]
        alone, count = run(single, torch.zeros(1, 12))
        assert together[p] == pytest.approx(alone[0], abs=1e-3)
        assert abs(int(count) - int(evaluations[p])) <= 3


def test_who_starts_at_the_optimum_leaves_at_once_and_is_not_evaluated_again() -> None:
    objective = Quadratics(2, 8, 2)
    start = torch.stack([objective.centre[0], torch.zeros(8)])
    found, evaluations = run(objective, start)
    assert evaluations[0] == 0
    assert torch.equal(found[0], objective.centre[0])
    assert objective.requested[:2] == [2, 1]


def test_the_limit_holds() -> None:
    objective = Quadratics(1, 30, 6)
    _, evaluations = lbfgs.minimise(objective, torch.zeros(1, 30), 0.0, 7, 1e-7, lambda: None)
    assert evaluations.tolist() == [7]


class Misleading(Quadratics):
    """Once, near the optimum, tells a loss that is lower than any."""

    told = False

    def evaluate(self, theta: Tensor, problems: Tensor) -> tuple[Tensor, Tensor]:
        loss, gradient = super().evaluate(theta, problems)
        if not self.told and loss[0] < 1 + 1e-3:
            self.told = True
            return loss - 2e-3, gradient
        return loss, gradient


def test_a_loss_told_too_low_once_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def distance() -> float:
        objective = Misleading(1, 30, 3)
        found, _ = run(objective, torch.zeros(1, 30))
        assert objective.told
        return float(objective.evaluate(found, torch.arange(1))[0]) - 1

    assert distance() < 1e-6
    monkeypatch.setattr(lbfgs, "REPEATS", 0)
    assert distance() > 1e-5
