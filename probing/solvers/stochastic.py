"""One-hidden-layer networks for many problems that share their vectors, trained side by side with Adam.

Problems × seeds × widths are one batch of matrix products. Each problem draws its own initial weights and its own order
of items from its seed, so that it takes the same steps alone and in company; each stops early on its own dev loss,
gets its own best weights back, decays its own rate, and leaves the batch when it is done.

Adam: Kingma & Ba 2015 (arXiv 1412.6980), with decoupled weight decay (Loshchilov & Hutter 2019, arXiv 1711.05101).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # Adam's own
WEIGHTS = (0, 2)  # of the four parameters: those that decay
CHUNK = 1 << 20  # hidden units held at a time while dev is scored


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. A round is once over the train items, or `least` steps where those are more."""

    batch: int = 256
    rounds: int = 40
    least: int = 16
    patience: int = 3  # rounds without a better dev loss until a problem stops
    rate: float = 2e-3
    slower: float = 0.5  # the rate is multiplied by this after each round without a better dev loss
    decay: float = 1e-4  # of the weights, a step, times the rate


@dataclass(frozen=True)
class Assignment:
    """One network to train: `train` [N] and `dev` [M] labels (-1: not in it), `unseen` as in measures/loss.py.

    With `steps` it takes that many and reads no dev.
    """

    train: np.ndarray
    dev: np.ndarray
    classes: int
    width: int
    seed: int
    unseen: float
    steps: int | None = None


@dataclass(frozen=True)
class Trained:
    """Weights [D, H], bias [H], weights [H, K] and bias [K] (-inf where train lacks the class), after `steps` steps."""

    parameters: tuple[np.ndarray, ...]
    bits: float  # on dev; NaN where it was not read
    steps: int


class _Order:
    """The items of a problem in its own random order, without end."""

    def __init__(self, labels: np.ndarray, generator: torch.Generator) -> None:
        self.items = torch.from_numpy(np.flatnonzero(labels >= 0))
        self._generator = generator
        self._left = self.items[:0]

    def take(self, count: int) -> Tensor:
        while len(self._left) < count:
            self._left = torch.cat([self._left, self.items[torch.randperm(len(self.items), generator=self._generator)]])
        taken, self._left = self._left[:count], self._left[count:]
        return taken


def train(
    rows: Tensor,
    dev: Tensor,
    assignments: Sequence[Assignment],
    schedule: Schedule,
    finished: Callable[[int], None],
) -> list[Trained]:
    """One network an assignment, in order. `rows` [N, D], `dev` [M, D]: standardised, fp32, on the device.

    `finished(count)` is called once a round with the number of networks that finished in it, and may raise.
    """
    torch.set_float32_matmul_precision("highest")
    batch = _Batch(rows, dev, assignments, schedule)
    while batch.active:
        finished(batch.round())
    return [trained for trained in batch.results if trained is not None]


class _Batch:
    def __init__(self, rows: Tensor, dev: Tensor, assignments: Sequence[Assignment], schedule: Schedule) -> None:
        self.rows, self.dev, self.assignments, self.schedule = rows, dev, assignments, schedule
        self.active = list(range(len(assignments)))
        self.results: list[Trained | None] = [None] * len(assignments)
        width, classes = max(a.width for a in assignments), max(a.classes for a in assignments)
        device = rows.device
        generators = [torch.Generator().manual_seed(a.seed) for a in assignments]
        counts = torch.zeros(len(assignments), classes)
        first = torch.zeros(len(assignments), rows.shape[1], width)
        spread = (2 / rows.shape[1]) ** 0.5
        for p, (a, generator) in enumerate(zip(assignments, generators, strict=True)):
            counts[p] = torch.from_numpy(np.bincount(a.train[a.train >= 0], minlength=classes))
            # Units beyond the problem's own width start at zero on both sides, and so never move.
            first[p, :, : a.width] = torch.randn(rows.shape[1], a.width, generator=generator) * spread
        self.orders = [_Order(a.train, g) for a, g in zip(assignments, generators, strict=True)]
        share = counts / counts.sum(1, keepdim=True)
        self.absent = share.eq(0)[:, None].to(device)
        # The network starts as the prior: no weights out of the hidden layer, each class's share as its bias.
        self.parameters = [
            first.to(device),
            torch.zeros(len(assignments), 1, width, device=device),
            torch.zeros(len(assignments), width, classes, device=device),
            share.log().masked_fill(share.eq(0), 0.0)[:, None].to(device),
        ]
        self.mean = [torch.zeros_like(p) for p in self.parameters]
        self.square = [torch.zeros_like(p) for p in self.parameters]
        self.labels = torch.from_numpy(np.stack([a.train for a in assignments]).astype(np.int64)).to(device)
        self.dev_labels = torch.from_numpy(np.stack([a.dev for a in assignments]).astype(np.int64)).to(device)
        self.unseen = torch.tensor([a.unseen for a in assignments], device=device)
        self.inventory = torch.tensor([a.classes for a in assignments], device=device)
        self.rate = torch.full((len(assignments), 1, 1), schedule.rate, device=device)
        self.steps = 0
        # Before the first step every problem is its prior, and that is a candidate like any later state.
        bits = self._dev_bits()
        self.best_bits, self.best_steps = bits, [0] * len(assignments)
        self.best = [parameter.clone() for parameter in self.parameters]
        self.waited = [0] * len(assignments)
        self.lengths = [max(schedule.least, -(-len(o.items) // schedule.batch)) for o in self.orders]

    def round(self) -> int:
        """Step until a problem's round ends, look at dev, and let go of those that are done; how many those were."""
        ends = [self._next_look(row) for row in range(len(self.active))]
        while self.steps < min(ends):
            self._step()
        looking = [row for row, end in enumerate(ends) if end == self.steps]
        bits = self._dev_bits()
        done = [row for row in looking if self._look(row, bits[row])]
        if done:
            self._leave(done)
        return len(done)

    def _next_look(self, row: int) -> int:
        assignment = self.assignments[self.active[row]]
        if assignment.steps is not None:
            return assignment.steps
        return (self.steps // self.lengths[row] + 1) * self.lengths[row]

    def _look(self, row: int, bits: float) -> bool:
        """Keep the weights if they are the best so far; whether the problem is done."""
        given = self.assignments[self.active[row]].steps is not None
        if given or bits < self.best_bits[row]:
            self.best_bits[row], self.best_steps[row], self.waited[row] = bits, self.steps, 0
            for best, parameter in zip(self.best, self.parameters, strict=True):
                best[row] = parameter[row]
        else:
            self.waited[row] += 1
            self.rate[row] *= self.schedule.slower
        rounds = self.steps // self.lengths[row]
        return given or self.waited[row] >= self.schedule.patience or rounds >= self.schedule.rounds

    def _leave(self, done: list[int]) -> None:
        for row in done:
            self.results[self.active[row]] = self._trained(row)
        kept = [row for row in range(len(self.active)) if row not in done]
        for name in ("active", "orders", "lengths", "waited", "best_bits", "best_steps"):
            setattr(self, name, [getattr(self, name)[row] for row in kept])
        for name in ("labels", "dev_labels", "unseen", "inventory", "rate", "absent"):
            setattr(self, name, getattr(self, name)[kept])
        for name in ("parameters", "mean", "square", "best"):
            setattr(self, name, [tensor[kept] for tensor in getattr(self, name)])

    def _trained(self, row: int) -> Trained:
        assignment = self.assignments[self.active[row]]
        first, first_bias, second, second_bias = (best[row].cpu() for best in self.best)
        second_bias = second_bias.masked_fill(self.absent[row].cpu(), -torch.inf)
        width, classes = assignment.width, assignment.classes
        kept = (first[:, :width], first_bias[0, :width], second[:width, :classes], second_bias[0, :classes])
        # Copies: a view would keep the whole batch alive, and change with it.
        return Trained(tuple(x.numpy().copy() for x in kept), self.best_bits[row], self.best_steps[row])

    def _step(self) -> None:
        """One step of Adam for every active problem, each on its own batch."""
        schedule = self.schedule
        chosen = torch.stack([order.take(schedule.batch) for order in self.orders]).to(self.rows.device)
        x = self.rows[chosen]
        gold = self.labels.gather(1, chosen)
        first, first_bias, second, second_bias = self.parameters
        hidden = torch.baddbmm(first_bias, x, first).relu_()
        logits = torch.baddbmm(second_bias, hidden, second).masked_fill_(self.absent, -torch.inf)
        error = logits.softmax(2)
        error.scatter_add_(2, gold[:, :, None], error.new_full((), -1.0).expand(*gold.shape, 1))
        error /= schedule.batch
        back = torch.bmm(error, second.mT)
        back *= hidden > 0
        self.steps += 1
        self._adam(0, torch.bmm(x.mT, back))
        self._adam(1, back.sum(1, keepdim=True))
        self._adam(2, torch.bmm(hidden.mT, error))
        self._adam(3, error.sum(1, keepdim=True))

    def _adam(self, index: int, gradient: Tensor) -> None:
        parameter, mean, square = self.parameters[index], self.mean[index], self.square[index]
        mean.lerp_(gradient, 1 - BETA_1)
        square.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
        scale = (square / (1 - BETA_2**self.steps)).sqrt_().add_(EPSILON)
        if index in WEIGHTS:
            parameter.mul_(1 - self.rate * self.schedule.decay)
        parameter.sub_((mean / scale).mul_(self.rate / (1 - BETA_1**self.steps)))

    def _dev_bits(self) -> list[float]:
        """Mean dev loss of every active problem, in bits, after the unseen-class rule; NaN without dev items."""
        first, first_bias, second, second_bias = self.parameters
        loss = torch.zeros(len(self.active), dtype=torch.float64, device=self.rows.device)
        step = max(64, CHUNK // (first.shape[0] * first.shape[2]))
        for start in range(0, len(self.dev), step):
            gold = self.dev_labels[:, start : start + step, None]
            hidden = (self.dev[start : start + step] @ first).add_(first_bias).relu_()
            logits = torch.baddbmm(second_bias, hidden, second).masked_fill_(self.absent, -torch.inf)
            chance = logits.softmax(2).gather(2, gold.clamp(min=0))
            chance = chance * (1 - self.unseen)[:, None, None] + (self.unseen / self.inventory)[:, None, None]
            loss -= torch.where(gold >= 0, chance.log2(), 0.0).sum((1, 2))
        return (loss / (self.dev_labels >= 0).sum(1)).tolist()
