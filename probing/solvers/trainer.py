"""The one loop that trains many probes side by side with Adam and stops each of them early on its own dev loss.

The loop has the schedule, patience, decay of the rate, best parameters and the departure of probes that are done. A `Model` has the
rest: what a step is, what dev says of a probe, how those that are left are batched, and what a trained probe is.
Early stopping: Prechelt 1998 (doi 10.1007/3-540-49430-8_3); the rate is lowered on a plateau of the dev loss.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, field
from math import inf, isfinite
from typing import Generic, TypeVar

import torch
from torch import Tensor

from probing.errors import BadInput


@dataclass(frozen=True)
class EarlyStopping:
    """How long and how fast. A round is once over the train items, or `least` steps where those are more."""

    batch: int = 256
    rounds: int = 40
    least: int = 16
    patience: int = 3  # rounds without a better dev loss until a probe stops
    rate: float = 1e-3
    slower: float = 0.5  # the rate is multiplied by this after each round without a better dev loss
    decay: float = 0.0  # of the parameters, a step, times the rate
    tolerance: float = 0.0  # share of itself by which the dev loss has to fall in a round: less counts as no better
    from_start: bool = True  # whether the parameters before the first step are a candidate like any later ones

    def length(self, items: int) -> int:
        """Steps a round."""
        return max(self.least, -(-items // self.batch))


@dataclass(eq=False, kw_only=True)
class ProbeState:
    """One probe while it trains, from its parameters at the `start`.

    `tensors`: the parameters, then Adam's running means of their gradients and of the squares of those; an ensemble makes them
    views of its own. With `steps` the probe takes that many and reads no dev.
    """

    index: int
    rate: float
    length: int  # steps a round
    steps: int | None
    start: InitVar[Sequence[Tensor]]
    tensors: list[list[Tensor]] = field(init=False)
    best: list[Tensor] = field(init=False)
    loss: float = inf  # of `best`, on dev
    best_step: int = 0
    last_step: int = 0
    waited: int = 0

    def __post_init__(self, start: Sequence[Tensor]) -> None:
        self.tensors = [[*start], *([torch.zeros_like(x) for x in start] for _ in range(2))]
        self.best = [x.clone() for x in start]

    @property
    def parameters(self) -> list[Tensor]:
        return self.tensors[0]

    def next_look(self, step: int) -> int:
        """The step at which dev is read next."""
        return (step // self.length + 1) * self.length if self.steps is None else self.steps

    def judge(self, loss: float, step: int, schedule: EarlyStopping) -> bool:
        """Store the parameters if they are the best so far, lower the rate if dev is no better; whether the probe is done.

        Raises BadInput for a dev loss that is not finite.
        """
        if self.steps is None and not isfinite(loss):
            raise BadInput("The vectors hold NaN or infinite values: the checkpoint's weights or precision are broken.")
        if self.steps is not None or loss < self.loss * (1 - schedule.tolerance):
            self.waited = 0
        else:
            self.waited += 1
            self.rate *= schedule.slower
        if self.steps is not None or loss < self.loss:
            self.loss, self.best_step = loss, step
            for best, parameter in zip(self.best, self.parameters, strict=True):
                best.copy_(parameter)
        self.last_step = step
        return self.steps is not None or self.waited >= schedule.patience or step // self.length >= schedule.rounds


State = TypeVar("State", bound=ProbeState)
Result = TypeVar("Result")


class Model(ABC, Generic[State, Result]):
    """What is trained: many probes that step together."""

    @abstractmethod
    def rebuild_batch(self, probes: Sequence[State], step: int) -> None:
        """Batch those probes and no others, of which `step` steps have been taken."""

    @abstractmethod
    def set_learning_rates(self) -> None:
        """After the probes' rates have changed."""

    @abstractmethod
    def step(self, step: int) -> None:
        """Adam's step number `step`, from 0, of every probe in the batch."""

    @abstractmethod
    def dev_losses(self, probes: Sequence[State]) -> list[float]:
        """The dev losses of some of the probes in the batch as they are, in order; NaN for one without dev items."""

    @abstractmethod
    def trained(self, probe: State) -> Result:
        """What is left of a probe that is done, from its best parameters."""


def train_early_stopped(
    model: Model[State, Result], probes: Sequence[State], schedule: EarlyStopping, finished: Callable[[int], None]
) -> list[Result]:
    """Train `probes` until each is done; what is left of them by their `index`. Takes their tensors.

    `finished(count)` is called after each look at dev with the number of probes that are done since, and may raise. Raises BadInput
    where vectors are not finite.
    """
    if not probes:
        return []
    results: dict[int, Result] = {}
    active, step = list(probes), 0
    model.rebuild_batch(active, step)
    if schedule.from_start:
        looking = [probe for probe in active if probe.steps is None]
        for probe, loss in zip(looking, model.dev_losses(looking), strict=True):
            probe.loss = loss
    while active:
        looks = [probe.next_look(step) for probe in active]
        while step < min(looks):
            model.step(step)
            step += 1
        looking = [probe for probe, look in zip(active, looks, strict=True) if look == step]
        losses = model.dev_losses(looking)
        done = [probe for probe, loss in zip(looking, losses, strict=True) if probe.judge(loss, step, schedule)]
        for probe in done:
            results[probe.index] = model.trained(probe)
            probe.tensors, probe.best = [], []
        if done:
            active = [probe for probe in active if probe.index not in results]
            if active:
                model.rebuild_batch(active, step)
        else:
            model.set_learning_rates()
        finished(len(done))
    return [results[index] for index in sorted(results)]
