"""What a projection of sentences is trained for: tree distances, tree depths, or depth labels that may follow its own norms.

Each objective takes projected words y [P, B, n, R] of P problems and B sentences padded to n words, and gives the loss and its gradient
in y. Distances come from ‖y_i‖² + ‖y_j‖² − 2⟨y_i, y_j⟩: the differences [n, n, R] are never built.

Losses: Hewitt & Manning 2019 (aclanthology.org/N19-1419) for distance and depth; Li, Yin & Lin 2023 (arXiv 2310.12454) for norms.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

Labels = Callable[[np.ndarray, np.ndarray], np.ndarray]


class TreeObjective(ABC):
    """A loss that is a sum over sentences, divided by `total(lengths)`."""

    def total(self, lengths: np.ndarray) -> float:
        """What the sum over sentences of `lengths` [B] is divided by: their number, unless an objective has another."""
        return len(lengths)

    def target(self, gold: Sequence[np.ndarray], lengths: np.ndarray, width: int) -> tuple[Tensor, Tensor]:
        """The gold arrays of B sentences padded to `width` words, and the weights of their entries: 0 where there is no word."""
        target = np.zeros((len(gold), width), np.float32)
        for s, (one, n) in enumerate(zip(gold, lengths, strict=True)):
            target[s, :n] = one
        return torch.from_numpy(target), torch.from_numpy((np.arange(width) < lengths[:, None]).astype(np.float32))

    @abstractmethod
    def loss(self, y: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The sum [P] over sentences, and its gradient in y [P, B, n, R]."""


class Distance(TreeObjective):
    """Σ over sentences of 1/n² Σ_ij |d_T(i, j) − ‖y_i − y_j‖²|, a mean over sentences; gold: path lengths [n, n]."""

    def target(self, gold: Sequence[np.ndarray], lengths: np.ndarray, width: int) -> tuple[Tensor, Tensor]:
        target, weight = np.zeros((2, len(gold), width, width), np.float32)
        for s, (one, n) in enumerate(zip(gold, lengths, strict=True)):
            target[s, :n, :n] = one
            weight[s, :n, :n] = 1 / n**2
        return torch.from_numpy(target), torch.from_numpy(weight)

    def loss(self, y: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        gram = y @ y.transpose(-1, -2)
        norms = gram.diagonal(dim1=-2, dim2=-1)
        residual = gram.mul(-2).add_(norms.unsqueeze(-1)).add_(norms.unsqueeze(-2)).sub_(target)
        loss = (residual.abs() * weight).sum((1, 2, 3))
        signs = residual.sign_().mul_(weight)
        # Σ_j sign_ij (y_i − y_j), four times: an entry moves both of its words, and is there twice.
        return loss, 4 * (signs.sum(-1, keepdim=True) * y - signs @ y)


class Depth(TreeObjective):
    """Σ over sentences of 1/n Σ_i |depth_i − ‖y_i‖²|, a mean over sentences; gold: depths [n], the root's 0."""

    def target(self, gold: Sequence[np.ndarray], lengths: np.ndarray, width: int) -> tuple[Tensor, Tensor]:
        target, weight = super().target(gold, lengths, width)
        return target, weight / torch.from_numpy(lengths.astype(np.float32))[:, None]

    def loss(self, y: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        residual = y.square().sum(-1) - target
        return (residual.abs() * weight).sum((1, 2)), 2 * (residual.sign() * weight).unsqueeze(-1) * y


class Norms(TreeObjective):
    """Σ (‖y_i‖² − t_i)², a mean over words; gold: depths [n] with the root's 1, or what `labels` make of the norms themselves.

    `labels` (measures/depths.py) take norms [B, n] and lengths [B]. They are found anew at every step. Where they are the best
    valid depths the loss is a minimum over labels, and so a step on them is a step on the loss itself.
    """

    def __init__(self, labels: Labels | None = None) -> None:
        self.labels = labels

    def total(self, lengths: np.ndarray) -> float:
        return float(lengths.sum())

    def loss(self, y: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        norms = y.square().sum(-1)
        if self.labels is not None:
            lengths = weight.sum(1).long().cpu().numpy()
            own = self.labels(norms.flatten(0, 1).cpu().numpy(), np.tile(lengths, len(y)))
            target = torch.from_numpy(own.astype(np.float32)).view(norms.shape).to(y.device)
        residual = (norms - target) * weight
        return residual.square().sum((1, 2)), 4 * residual.unsqueeze(-1) * y
