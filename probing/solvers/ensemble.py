"""Probes of the same shapes that step together: autograd of the sum of their losses gives each its own gradients."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Generic

import torch
from torch import Tensor

from probing.solvers.adam import Adam, by_rate
from probing.solvers.arithmetic import products
from probing.solvers.batches import Batches, NetworkState
from probing.solvers.padded_ensemble import total_bits
from probing.solvers.trainer import State

CHUNK = 1 << 22  # numbers of dev vectors held at a time


class Ensemble(Generic[State]):
    """`parameters` and `gradients` [P, …] each, of P probes, whose tensors become views of the ensemble's.

    `factors`, one a parameter, multiply a probe's rate. `adam` has taken as many steps as the probes have.
    """

    def __init__(self, probes: Sequence[State], adam: Adam, factors: Sequence[float] | None = None) -> None:
        self.adam = adam
        self.probes = probes
        self._factors = factors or [1.0] * len(probes[0].parameters)
        self._tensors: list[list[Tensor]] = []
        for kind in range(3):
            stacked = [torch.stack(some) for some in zip(*(probe.tensors[kind] for probe in probes), strict=True)]
            for place, probe in enumerate(probes):
                probe.tensors[kind] = [tensor[place] for tensor in stacked]
            self._tensors.append(stacked)
        self.parameters = self._tensors[0]
        self.gradients = [torch.zeros_like(tensor) for tensor in self.parameters]
        self.set_learning_rates()

    def set_learning_rates(self) -> None:
        kinds = (*self._tensors, self.gradients)
        self.adam.arrange(
            by_rate(
                (probe.rate * factor, [[kind[n][place]] for kind in kinds])
                for place, probe in enumerate(self.probes)
                for n, factor in enumerate(self._factors)
            )
        )

    def descend(self, loss: Callable[[list[Tensor]], Tensor]) -> None:
        """A step of Adam on a differentiable function of `parameters`, the sum of the probes' losses.

        The gradient of a parameter that the loss does not read stays as it was.
        """
        leaves = [tensor.detach().requires_grad_() for tensor in self.parameters]
        with torch.enable_grad():
            total = loss(leaves)
        for gradient, found in zip(self.gradients, torch.autograd.grad(total, leaves, allow_unused=True), strict=True):
            if found is not None:
                gradient.copy_(found)
        self.adam.step()


class NetworkEnsemble(Ensemble[NetworkState]):
    """Of networks that are equal, with as many classes. `rows` [L, N, D] and `dev` [L, M, D], fp32."""

    def __init__(self, rows: Tensor, dev: Tensor, probes: Sequence[NetworkState], adam: Adam) -> None:
        super().__init__(probes, adam)
        self._dev = dev
        self._batches = Batches(rows, [[probe] for probe in probes], 1)

    def step(self, step: int) -> None:
        """Adam's step number `step`, from 0, of every network on its own batch: of the mean of −ln p(gold)."""
        x, gold = self._batches.take(step)
        network = self.probes[0].network
        self.descend(lambda leaves: -network.logits(leaves, x).log_softmax(1).gather(1, gold[:, 0]).mean((1, 2)).sum())

    def dev_bits(self, wanted: Collection[int]) -> dict[int, float]:
        """Mean dev loss in bits of the networks of those indices; NaN without dev items."""
        return {probe.index: dev_bits(probe, probe.parameters, self._dev) for probe in self.probes if probe.index in wanted}


def dev_bits(probe: NetworkState, parameters: Sequence[Tensor], dev: Tensor) -> float:
    """Mean dev loss in bits with those parameters, in fp32; `dev` [L, M, D]. NaN without dev items."""
    total = torch.zeros(1, dtype=torch.float64, device=dev.device)
    share = torch.full((1, 1), probe.unseen, device=dev.device)
    step = max(64, CHUNK // dev.shape[2])
    batched = [parameter[None] for parameter in parameters]
    with products("exact"):
        for start in range(0, dev.shape[1], step):
            logits = probe.network.logits(batched, dev[probe.layer, None, start : start + step])
            total += total_bits(logits, probe.dev[None, start : start + step], share)
    return float(total / (probe.dev >= 0).sum())
