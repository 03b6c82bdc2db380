"""Adam over many tensors, in one pass for those that share a rate.

Kingma & Ba 2015 (arXiv 1412.6980), with decoupled weight decay (Loshchilov & Hutter 2019, arXiv 1711.05101).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.adam import adam

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # Adam's own


@dataclass(frozen=True)
class RateGroup:
    """Contiguous tensors of equal shapes that are stepped at one rate."""

    rate: float
    parameters: list[Tensor]
    means: list[Tensor]
    squares: list[Tensor]
    gradients: list[Tensor]


class Adam:
    """`decay` of the parameters, a step, times the rate; `steps` have been taken."""

    def __init__(self, decay: float, steps: int) -> None:
        self.decay, self.steps = decay, steps

    def arrange(self, groups: Iterable[RateGroup]) -> None:
        """What is stepped from now on."""
        self._groups = [
            (group, [torch.tensor(float(self.steps), device=tensor.device) for tensor in group.parameters]) for group in groups
        ]

    def step(self) -> None:
        """In place, with what the gradients hold."""
        self.steps += 1
        for group, counts in self._groups:
            adam(
                group.parameters,
                group.gradients,
                group.means,
                group.squares,
                [],
                counts,
                fused=True,
                decoupled_weight_decay=True,
                lr=group.rate,
                beta1=BETA_1,
                beta2=BETA_2,
                weight_decay=self.decay,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
            )


def by_rate(entries: Iterable[tuple[float, list[list[Tensor]]]]) -> list[RateGroup]:
    """Groups of rates and the [parameters, means, squares, gradients] that have them."""
    found: dict[float, RateGroup] = {}
    for rate, own in entries:
        group = found.setdefault(rate, RateGroup(rate, [], [], [], []))
        for held, more in zip((group.parameters, group.means, group.squares, group.gradients), own, strict=True):
            held += more
    return list(found.values())
