"""What the stochastic solver trains. Items are the last axis of what is computed; problems are the first of everything."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


class Network(ABC):
    """The shape of a probe. Two equal ones are trained in one tensor, so an implementation is a frozen dataclass."""

    @abstractmethod
    def start(self, width: int, prior: Tensor, generator: torch.Generator) -> list[Tensor]:
        """Parameters of one problem before its first step, on the CPU, for vectors of `width` numbers.

        `prior` [K] is the log share of each class, -inf where train lacks it: a bias that starts so stays so. A network
        that answers its prior before its first step lets the solver give the prior back where nothing can be learned.
        """

    @abstractmethod
    def logits(self, parameters: Sequence[Tensor], rows: Tensor) -> Tensor:
        """[P, K, B] from `parameters`, each [P, …], and `rows` [P, B, D] by differentiable operations."""


@dataclass(frozen=True)
class Shallow(Network):
    """A linear map of the vector, an activation, a linear map: `first` [H, D], [H, 1], [K, H], [K, 1].

    H are the `units`, numbers that the first map makes of a vector; `spread` is the initial variance of one of them, where the vector's own
    are 1. Such networks are trained faster than others (padded_ensemble.py).
    """

    units: int
    spread: ClassVar[float]

    @abstractmethod
    def activation(self, mapped: Tensor) -> Tensor:
        """Elementwise, and 0 for 0; a tensor of its own, by differentiable operations."""

    @abstractmethod
    def activate_(self, mapped: Tensor) -> Callable[[Tensor], Tensor]:
        """`activation`, in place, and its backward: from gradients by its result to those by `mapped`, in their place."""

    def start(self, width: int, prior: Tensor, generator: torch.Generator) -> list[Tensor]:
        first = torch.randn(self.units, width, generator=generator) * (self.spread / width) ** 0.5
        return [first, torch.zeros(self.units, 1), torch.zeros(len(prior), self.units), prior[:, None].clone()]

    def logits(self, parameters: Sequence[Tensor], rows: Tensor) -> Tensor:
        first, bias, second, second_bias = parameters
        return torch.baddbmm(second_bias, second, self.activation(torch.baddbmm(bias, first, rows.mT)))


class Mlp(Shallow):
    """One hidden layer, ReLU."""

    spread = 2.0

    def activation(self, mapped: Tensor) -> Tensor:
        return mapped.relu()

    def activate_(self, mapped: Tensor) -> Callable[[Tensor], Tensor]:
        hidden = mapped.relu_()
        return lambda gradients: gradients.mul_(hidden.sign_())


class LowRankNetwork(Shallow):
    """A linear map of as many ranks at most as there are units."""

    spread = 1.0

    def activation(self, mapped: Tensor) -> Tensor:
        return mapped

    def activate_(self, mapped: Tensor) -> Callable[[Tensor], Tensor]:  # noqa: ARG002
        return lambda gradients: gradients
