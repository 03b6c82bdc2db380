"""What the stochastic solver trains: probes that begin with a linear map of the vector and are differentiable after it.

A network tells its shape and its forward; its weights are the solver's, with a leading axis of problems. The first map is not
the network's work: the solver carries it out for all problems on the same vectors in one product. Items are the last axis.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Pull = Callable[[Tensor], Sequence[Tensor]]


class Network(ABC):
    """The shape of a probe. Two equal ones are trained in one tensor, so an implementation is a frozen dataclass."""

    @property
    @abstractmethod
    def units(self) -> int:
        """H: numbers that the first map, [H, D] with a bias, makes of a vector."""

    @property
    @abstractmethod
    def spread(self) -> float:
        """Initial variance of one such number, where the vector's own are 1."""

    @abstractmethod
    def start(self, prior: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """What one problem has after the first map, before its first step, on the CPU.

        `prior` [K] is the log share of each class, -inf where train lacks it: a bias that starts so stays so. A network
        that answers its prior before its first step lets the solver give the prior back where nothing can be learned.
        """

    @abstractmethod
    def logits(self, parameters: Sequence[Tensor], mapped: Tensor) -> Tensor:
        """[P, K, B] from the first map's [P, H, B] and `parameters`, each [P, …], by differentiable operations."""

    def pullback(self, parameters: Sequence[Tensor], mapped: Tensor) -> tuple[Tensor, Pull]:
        """The logits, and the function that takes the loss's slopes by them back.

        It returns the slopes by each of `parameters`, and writes those by `mapped` in its place. Here by autograd; where a
        network writes its own, tests compare the two.
        """
        leaves = [tensor.detach().clone().requires_grad_() for tensor in (mapped, *parameters)]
        with torch.enable_grad():
            logits = self.logits(leaves[1:], leaves[0])

        def pull(error: Tensor) -> Sequence[Tensor]:
            first, *others = torch.autograd.grad(logits, leaves, error)
            mapped.copy_(first)
            return others

        return logits.detach(), pull


@dataclass(frozen=True)
class Mlp(Network):
    """One hidden layer of `width` units, ReLU; after the first map [K, H] and [K, 1]."""

    width: int
    spread = 2.0

    @property
    def units(self) -> int:
        return self.width

    def start(self, prior: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:  # noqa: ARG002
        return torch.zeros(len(prior), self.width), prior[:, None].clone()

    def logits(self, parameters: Sequence[Tensor], mapped: Tensor) -> Tensor:
        second, bias = parameters
        return torch.baddbmm(bias, second, mapped.relu())

    def pullback(self, parameters: Sequence[Tensor], mapped: Tensor) -> tuple[Tensor, Pull]:
        """By hand, in the place of `mapped`: autograd's copies of it cost as much as the products."""
        second, bias = parameters
        hidden = mapped.relu_()

        def pull(error: Tensor) -> Sequence[Tensor]:
            slopes = torch.bmm(error, hidden.mT), error.sum(2, keepdim=True)
            hidden.sign_().mul_(torch.bmm(second.mT, error))
            return slopes

        return torch.baddbmm(bias, second, hidden), pull


@dataclass(frozen=True)
class LowRank(Network):
    """A linear map of rank at most `rank`; after the first map [K, R] and [K, 1]."""

    rank: int
    spread = 1.0

    @property
    def units(self) -> int:
        return self.rank

    def start(self, prior: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:  # noqa: ARG002
        return torch.zeros(len(prior), self.rank), prior[:, None].clone()

    def logits(self, parameters: Sequence[Tensor], mapped: Tensor) -> Tensor:
        second, bias = parameters
        return torch.baddbmm(bias, second, mapped)
