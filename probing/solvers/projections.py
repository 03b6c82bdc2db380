"""Projections B [D, R] of whole sentences, for many layers, ranks and seeds at once, trained with Adam.

All problems read the same batch at a step: at each layer its words are gathered once and projected for every rank and seed there,
and the objective (solvers/objectives.py) takes them all together. A problem decays its own rate, stops on its own dev loss, gets its
best weights back and leaves. Ranks are padded to the largest: a column that begins at 0 has slope 0 and stays.

The published structural probe (Hewitt & Manning 2019, aclanthology.org/N19-1419): batches of 20 sentences, Adam at 1e-3, the rate a tenth
after every epoch without a better dev loss, 40 epochs at most, B begun evenly between ±0.05.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from probing.errors import BadInput
from probing.solvers.adam import Adam, by_rate
from probing.solvers.arithmetic import products
from probing.solvers.objectives import Objective

BEGIN = 0.05  # weights begin evenly between ± this
DIGITS = 1e-4  # a dev loss is better if it falls by this share of itself


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. A round is once over the train sentences."""

    batch: int = 20
    rounds: int = 40
    patience: int = 3  # rounds without a better dev loss until a problem stops
    rate: float = 1e-3
    slower: float = 0.1  # the rate is multiplied by this after each round without a better dev loss


PUBLISHED = Schedule()  # of the structural probe
# Of norms against depth labels. The dev loss on gold depths stays within 5 % of its best at rates of 1e-3 to 3e-3 and batches of 20 to 80;
# on a probe's own labels, which has many minima, it still falls where the published rates have stopped.
CONVERGED = Schedule(batch=40, rounds=100, patience=8, rate=3e-3, slower=0.7)


@dataclass(frozen=True)
class Text:
    """Sentences on the words' vectors: `rows` [N, D] a layer (fp32, one device), of which sentence s has the next `lengths[s]` ≥ 1.

    `gold[s]` is what the objective asks: [n, n] distances or [n] depths.
    """

    rows: Sequence[Tensor]
    lengths: np.ndarray
    gold: Sequence[np.ndarray]


@dataclass(frozen=True)
class Projection:
    """One problem: at which layer (an index of `Text.rows`), of what rank. The seed draws the weights it begins with.

    The order of sentences is the same for all, so that a batch serves every problem.
    """

    layer: int
    rank: int
    seed: int


@dataclass(frozen=True)
class Projected:
    """The weights [D, R] fp32 of the best round, its dev loss (fp32 products), and the rounds taken in all."""

    weights: np.ndarray
    loss: float
    rounds: int


def train(
    text: Text,
    dev: Text,
    projections: Sequence[Projection],
    objective: Objective,
    schedule: Schedule,
    finished: Callable[[int], None],
) -> list[Projected]:
    """One projection a problem, in order. `finished(count)` is called once a round with how many stopped in it, and may raise.

    Holds a batch of all layers beside the vectors. Raises BadInput where train or dev has no sentence, or the
    vectors are not finite.
    """
    for name, one in (("train", text), ("dev", dev)):
        if not len(one.lengths):
            raise BadInput(f"No {name} sentence has a tree and vectors, so no tree probe can be trained: take more sentences.")
    with products("exact", text.rows[0].device):
        training = _Training(text, dev, projections, objective, schedule)
        while training.active:
            finished(training.round())
    return [one for one in training.results if one is not None]


@dataclass
class _Problem:
    """Where a problem stands."""

    index: int
    asked: Projection
    rate: float
    best: Tensor
    loss: float = float("inf")
    waited: int = 0


@dataclass(frozen=True)
class _Batch:
    """B sentences: the `rows` [M] of their words, the `place` [M] of each among B · n padded ones, what the objective made of them."""

    rows: Tensor
    place: Tensor
    target: Tensor
    weight: Tensor
    lengths: np.ndarray


@dataclass
class _Training:
    text: Text
    dev: Text
    projections: Sequence[Projection]
    objective: Objective
    schedule: Schedule
    rounds: int = 0
    results: list[Projected | None] = field(init=False)

    def __post_init__(self) -> None:
        self.results = [None] * len(self.projections)
        self.width = max((one.rank for one in self.projections), default=0)
        self._device = self.text.rows[0].device
        # By layer, so that the problems of a layer stand side by side.
        order = sorted(range(len(self.projections)), key=lambda index: self.projections[index].layer)
        begun = torch.stack([self._begin(self.projections[index]) for index in order]) if order else torch.empty(0)
        self.theta = begun.to(self._device)
        self.means, self.squares = torch.zeros_like(self.theta), torch.zeros_like(self.theta)
        self.adam = Adam(0.0, 0)
        self.active = [
            _Problem(index, self.projections[index], self.schedule.rate, self.theta[place].clone())
            for place, index in enumerate(order)
        ]
        self._convene()
        self._order = np.random.default_rng(0)
        by_length = np.argsort(self.dev.lengths, kind="stable")
        cuts = range(self.schedule.batch, len(by_length), self.schedule.batch)
        self._dev = [self._batch(self.dev, some) for some in np.split(by_length, cuts)]

    def _begin(self, asked: Projection) -> Tensor:
        """[D, width]: its own weights from its own seed, and zeros up to the largest rank."""
        generator = torch.Generator().manual_seed(asked.seed)
        weights = torch.zeros(self.text.rows[0].shape[1], self.width)
        weights[:, : asked.rank].uniform_(-BEGIN, BEGIN, generator=generator)
        return weights

    def _convene(self) -> None:
        """Slopes for those that are left, their parts of each layer, and their rates."""
        self.slopes = torch.empty_like(self.theta)
        layers = np.array([problem.asked.layer for problem in self.active])
        self._parts = [
            (int(layer), slice(int(np.searchsorted(layers, layer)), int(np.searchsorted(layers, layer, side="right"))))
            for layer in np.unique(layers)
        ]
        self._pace()

    def _pace(self) -> None:
        held = [self.theta, self.means, self.squares, self.slopes]
        own = [[[tensor[place]] for tensor in held] for place in range(len(self.active))]
        self.adam.arrange(by_rate([problem.rate for problem in self.active], own))

    def _batches(self) -> Iterator[_Batch]:
        """Once over train, shuffled."""
        order = self._order.permutation(len(self.text.lengths))
        # Of any length: batches of like length hold less padding, and led to arcs half a point fewer at weak layers.
        for begin in range(0, len(order), self.schedule.batch):
            yield self._batch(self.text, order[begin : begin + self.schedule.batch])

    def _batch(self, text: Text, sentences: np.ndarray) -> _Batch:
        lengths = text.lengths[sentences]
        width = int(lengths.max())
        begin = np.cumsum(text.lengths) - text.lengths
        rows = begin[sentences][:, None] + np.arange(width)
        real = np.arange(width) < lengths[:, None]
        target, weight = self.objective.target([text.gold[s] for s in sentences], lengths, width)
        words, place = (torch.from_numpy(x).to(self._device) for x in (rows[real], np.flatnonzero(real)))
        return _Batch(words, place, target.to(self._device), weight.to(self._device), lengths)

    def _projected(self, text: Text, batch: _Batch) -> tuple[Tensor, list[Tensor]]:
        """The words of every problem [P, B, n, R], 0 where there is none, and the vectors [M, D] of each layer they came from."""
        count, width = batch.weight.shape[:2]
        y = torch.zeros(len(self.theta), count * width, self.width, device=self._device)
        vectors = []
        for layer, part in self._parts:
            rows = text.rows[layer].index_select(0, batch.rows)
            y[part].index_copy_(1, batch.place, rows @ self.theta[part])
            vectors.append(rows)
        return y.view(len(y), count, width, self.width), vectors

    def round(self) -> int:
        """Once over train, a look at dev, and those that are done leave; how many those were."""
        for batch in self._batches():
            y, vectors = self._projected(self.text, batch)
            _, slope = self.objective.loss(y, batch.target, batch.weight)
            slope = slope.flatten(1, 2).index_select(1, batch.place).div_(self.objective.total(batch.lengths))
            for rows, (_, part) in zip(vectors, self._parts, strict=True):
                torch.matmul(rows.T, slope[part], out=self.slopes[part])
            self.adam.step()
        self.rounds += 1
        losses = self._dev_loss()
        done = [self._look(place, float(loss)) for place, loss in enumerate(losses)]
        if any(done):
            self._leave(done)
        else:
            self._pace()
        return sum(done)

    def _dev_loss(self) -> Tensor:
        """[P] fp64."""
        total = torch.zeros(len(self.theta), dtype=torch.float64, device=self._device)
        for batch in self._dev:
            y, _ = self._projected(self.dev, batch)
            total += self.objective.loss(y, batch.target, batch.weight)[0]
        return (total / self.objective.total(self.dev.lengths)).cpu()

    def _look(self, place: int, loss: float) -> bool:
        """Keep the weights if they are the best so far; whether the problem is done."""
        problem = self.active[place]
        if not math.isfinite(loss):
            raise BadInput("The vectors hold NaN or infinite values: the checkpoint's weights or precision are broken.")
        if loss < problem.loss * (1 - DIGITS):
            problem.waited = 0
        else:
            problem.waited += 1
            problem.rate *= self.schedule.slower
        if loss < problem.loss:
            problem.loss = loss
            problem.best.copy_(self.theta[place])
        return problem.waited >= self.schedule.patience or self.rounds >= self.schedule.rounds

    def _leave(self, done: Sequence[bool]) -> None:
        for problem, gone in zip(self.active, done, strict=True):
            if gone:
                weights = problem.best[:, : problem.asked.rank].cpu().numpy().copy()
                self.results[problem.index] = Projected(weights, problem.loss, self.rounds)
        kept = torch.tensor([not gone for gone in done], device=self._device)
        self.active = [problem for problem, gone in zip(self.active, done, strict=True) if not gone]
        self.theta, self.means, self.squares = (x[kept] for x in (self.theta, self.means, self.squares))
        self._convene()
