"""Losses and slopes of projected sentences against autograd on the formulas as published."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from probing.measures.depths import valid_depths
from probing.measures.topology import levels
from probing.solvers.objectives import Depth, Distance, Norms, TreeObjective
from tests.planted.trees import random_trees

LENGTHS = np.array([1, 2, 7, 5])
TREES = random_trees(0, list(LENGTHS))


def differences(y: Tensor, gold: np.ndarray) -> Tensor:
    distances = (y[:, None] - y[None]).pow(2).sum(-1)
    return (distances - torch.from_numpy(gold.astype(np.float32))).abs().sum() / len(y) ** 2


def depths(y: Tensor, gold: np.ndarray) -> Tensor:
    return (y.pow(2).sum(-1) - torch.from_numpy(gold.astype(np.float32))).abs().sum() / len(y)


def norms(y: Tensor, gold: np.ndarray) -> Tensor:
    return (y.pow(2).sum(-1) - torch.from_numpy(gold.astype(np.float32))).pow(2).sum()


def nearest(y: Tensor, gold: np.ndarray) -> Tensor:
    own = valid_depths(y.detach().pow(2).sum(-1)[None].numpy())[0]
    return norms(y, own)


CASES = [
    (Distance(), differences, [tree.distances for tree in TREES], 4),
    (Depth(), depths, [tree.depths for tree in TREES], 4),
    (Norms(), norms, [levels(tree) for tree in TREES], 15),
    (Norms(valid_depths), nearest, [levels(tree) for tree in TREES], 15),
]


@pytest.mark.parametrize(("objective", "formula", "gold", "total"), CASES, ids=["distance", "depth", "levels", "own labels"])
def test_loss_and_slope(objective: TreeObjective, formula, gold: list[np.ndarray], total: int) -> None:
    y = torch.from_numpy(np.random.default_rng(1).normal(size=(3, 4, 7, 5)).astype(np.float32)).requires_grad_()
    expected = torch.stack(
        [sum(formula(y[p, s, :n], one) for s, (n, one) in enumerate(zip(LENGTHS, gold, strict=True))) for p in range(3)]
    )
    expected.sum().backward()
    target, weight = objective.target(gold, LENGTHS, 7)
    loss, slope = objective.loss(y.detach(), target, weight)
    assert loss.numpy() == pytest.approx(expected.detach().numpy(), rel=1e-5)
    assert y.grad is not None
    assert slope.numpy() == pytest.approx(y.grad.numpy(), abs=1e-4)
    assert objective.total(LENGTHS) == total
