"""Projections B [D, R] of whole sentences, for many layers, ranks and seeds at once, trained with Adam.

A word's vector h becomes y = h B, and an objective (solvers/objectives.py) is lowered: a loss of the y of whole sentences. All problems
read the same batch at a step: at each layer its words are gathered once and projected for every rank and seed there, and the objective
takes them all together. Ranks are padded to the largest: a column that begins at 0 has gradient 0 and stays.

The published structural probe (Hewitt & Manning 2019, aclanthology.org/N19-1419): batches of 20 sentences, Adam at 1e-3, the rate a tenth
after every epoch without a better dev loss, 40 epochs at most, B begun evenly between ±0.05.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from probing.errors import BadInput
from probing.solvers.adam import Adam
from probing.solvers.arithmetic import products
from probing.solvers.ensemble import Ensemble
from probing.solvers.objectives import TreeObjective
from probing.solvers.trainer import EarlyStopping, Model, ProbeState, train_early_stopped

BEGIN = 0.05  # weights begin evenly between ± this
# Of the structural probe.
PUBLISHED = EarlyStopping(batch=20, least=1, slower=0.1, tolerance=1e-4, from_start=False)
# Of norms against depth labels. The dev loss on gold depths stays within 5 % of its best at rates of 1e-3 to 3e-3 and batches of 20 to 80;
# on a probe's own labels, which has many minima, it still falls where the published rates have stopped.
CONVERGED = replace(PUBLISHED, batch=40, rounds=100, patience=8, rate=3e-3, slower=0.7)


@dataclass(frozen=True)
class SentenceVectors:
    """Sentences on the words' vectors: `rows` [N, D] a layer (fp32, one device), of which sentence s has the next `lengths[s]` ≥ 1.

    `gold[s]` is what the objective reads: [n, n] distances or [n] depths.
    """

    rows: Sequence[Tensor]
    lengths: np.ndarray
    gold: Sequence[np.ndarray]


@dataclass(frozen=True)
class ProjectionProblem:
    """One problem: at which layer (an index of `SentenceVectors.rows`), of what rank. The seed draws the weights it begins with.

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
    text: SentenceVectors,
    dev: SentenceVectors,
    problems: Sequence[ProjectionProblem],
    objective: TreeObjective,
    schedule: EarlyStopping,
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
        # By layer, so that the problems of a layer stand side by side.
        order = sorted(range(len(problems)), key=lambda index: problems[index].layer)
        model = _Projections(text, dev, max((problem.rank for problem in problems), default=0), objective, schedule)
        return train_early_stopped(model, [model.begin(index, problems[index]) for index in order], schedule, finished)


@dataclass(eq=False, kw_only=True)
class _ProjectionState(ProbeState):
    """A projection while it trains."""

    problem: ProjectionProblem


@dataclass(frozen=True)
class _SentenceBatch:
    """B sentences: the `rows` [M] of their words, the `place` [M] of each among B · n padded ones, what the objective made of them."""

    rows: Tensor
    place: Tensor
    target: Tensor
    weight: Tensor
    lengths: np.ndarray


class _Projections(Model[_ProjectionState, Projected]):
    """Ranks are padded to `width`."""

    def __init__(
        self, text: SentenceVectors, dev: SentenceVectors, width: int, objective: TreeObjective, schedule: EarlyStopping
    ) -> None:
        self._text, self._dev, self._width, self._objective, self._schedule = text, dev, width, objective, schedule
        self._device = text.rows[0].device
        self._batches = self._shuffled()
        by_length = np.argsort(dev.lengths, kind="stable")
        cuts = range(schedule.batch, len(by_length), schedule.batch)
        self._dev_batches = [self._batch(dev, some) for some in np.split(by_length, cuts)]

    def begin(self, index: int, problem: ProjectionProblem) -> _ProjectionState:
        """Its own weights from its own seed, and zeros up to the largest rank: [D, R]."""
        generator = torch.Generator().manual_seed(problem.seed)
        weights = torch.zeros(self._text.rows[0].shape[1], self._width)
        weights[:, : problem.rank].uniform_(-BEGIN, BEGIN, generator=generator)
        return _ProjectionState(
            index=index,
            rate=self._schedule.rate,
            length=self._schedule.length(len(self._text.lengths)),
            steps=None,
            start=[weights.to(self._device)],
            problem=problem,
        )

    def rebuild_batch(self, probes: Sequence[_ProjectionState], step: int) -> None:
        """The probes of a layer are a part of the ensemble."""
        layers = np.array([probe.problem.layer for probe in probes])
        self._parts = [
            (int(layer), slice(int(np.searchsorted(layers, layer)), int(np.searchsorted(layers, layer, side="right"))))
            for layer in np.unique(layers)
        ]
        self._ensemble = Ensemble(probes, Adam(self._schedule.decay, step))

    def set_learning_rates(self) -> None:
        self._ensemble.set_learning_rates()

    def _shuffled(self) -> Iterator[_SentenceBatch]:
        """Over train again and again, shuffled anew each time."""
        draw = np.random.default_rng(0)
        while True:
            order = draw.permutation(len(self._text.lengths))
            # Of any length: batches of like length hold less padding, and led to arcs half a point fewer at weak layers.
            for begin in range(0, len(order), self._schedule.batch):
                yield self._batch(self._text, order[begin : begin + self._schedule.batch])

    def _batch(self, text: SentenceVectors, sentences: np.ndarray) -> _SentenceBatch:
        lengths = text.lengths[sentences]
        width = int(lengths.max())
        begin = np.cumsum(text.lengths) - text.lengths
        rows = begin[sentences][:, None] + np.arange(width)
        real = np.arange(width) < lengths[:, None]
        target, weight = self._objective.target([text.gold[s] for s in sentences], lengths, width)
        words, place = (torch.from_numpy(x).to(self._device) for x in (rows[real], np.flatnonzero(real)))
        return _SentenceBatch(words, place, target.to(self._device), weight.to(self._device), lengths)

    def _projected(self, text: SentenceVectors, batch: _SentenceBatch) -> tuple[Tensor, list[Tensor]]:
        """The words of every problem [P, B, n, R], 0 where there is none, and the vectors [M, D] of each layer they came from."""
        count, width = batch.weight.shape[:2]
        (theta,) = self._ensemble.parameters
        y = torch.zeros(len(theta), count * width, self._width, device=self._device)
        vectors = []
        for layer, part in self._parts:
            rows = text.rows[layer].index_select(0, batch.rows)
            y[part].index_copy_(1, batch.place, rows @ theta[part])
            vectors.append(rows)
        return y.view(len(y), count, width, self._width), vectors

    def step(self, step: int) -> None:  # noqa: ARG002
        batch = next(self._batches)
        y, vectors = self._projected(self._text, batch)
        _, gradient = self._objective.loss(y, batch.target, batch.weight)
        gradient = gradient.flatten(1, 2).index_select(1, batch.place).div_(self._objective.total(batch.lengths))
        for rows, (_, part) in zip(vectors, self._parts, strict=True):
            torch.matmul(rows.T, gradient[part], out=self._ensemble.gradients[0][part])
        self._ensemble.adam.step()

    def dev_losses(self, probes: Sequence[_ProjectionState]) -> list[float]:
        """Of all probes of the ensemble: their rounds end together."""
        total = torch.zeros(len(probes), dtype=torch.float64, device=self._device)
        for batch in self._dev_batches:
            y, _ = self._projected(self._dev, batch)
            total += self._objective.loss(y, batch.target, batch.weight)[0]
        return (total / self._objective.total(self._dev.lengths)).tolist()

    def trained(self, probe: _ProjectionState) -> Projected:
        weights = probe.best[0][:, : probe.problem.rank].cpu().numpy().copy()
        return Projected(weights, probe.loss, probe.last_step // probe.length)
