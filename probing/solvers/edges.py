"""Edge probes: networks on the words of spans, for many layers, mixes of layers, labellings and seeds at once, trained with Adam.

A network reads one vector a word, h_l of a layer or γ Σ_l softmax(a)_l h_l of several; projects it, for either span by a map of its own;
pools the words of a span by weights that it learns; and puts one hidden layer on the spans side by side. Each class has a sigmoid, and
what is lowered is the binary cross-entropy Σ_k −[k = gold] ln σ(z_k) − [k ≠ gold] ln (1 − σ(z_k)), in nats, a mean over items.

The network is that of Tenney et al. 2019 (arXiv 1905.06316): projection, self-attentive pooling, linear, tanh, layer norm, dropout, linear.
All problems read the same batch at a step, and those of one seed have the same first weights and the same dropout, so that what two
layers differ by is not chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from probing.solvers.adam import Adam
from probing.solvers.arithmetic import products
from probing.solvers.ensemble import Ensemble
from probing.solvers.spans import EdgeProblem, SpanBank
from probing.solvers.trainer import EarlyStopping, Model, ProbeState, train_early_stopped

WEIGHTS, MASKS = 1 << 32, 1 << 33  # added to the seed, for first weights and for dropout
CHUNK = 1 << 26  # numbers of one activation that a look at dev holds at a time
MIXING = 10.0  # times the rate: a few numbers that each batch moves, and that have further to go than a weight
MIX = ("mix", "gamma")
DROPOUT = 0.3
SCHEDULE = EarlyStopping()


@dataclass(frozen=True)
class TrainedSpanProbe:
    """`parameters` by name, without the problems' axis, as of `steps` steps; `loss`: dev's binary cross-entropy in nats an item, with fp32
    products (NaN where dev has none of it)."""

    parameters: dict[str, np.ndarray]
    loss: float
    steps: int


def train(
    spans: SpanBank,
    dev: SpanBank,
    mean: np.ndarray,
    scale: np.ndarray,
    problems: Sequence[EdgeProblem],
    width: int,
    schedule: EarlyStopping,
    device: str,
    finished: Callable[[int], None],
) -> list[TrainedSpanProbe]:
    """One probe a problem, in order, on (rows − `mean`) · `scale`, both [L, D].

    `width` units of the projection and of the hidden layer. `finished(count)` is called once a round with how many stopped in it, and may
    raise. Raises BadInput where the vectors are not finite.
    """
    with products("fast", device):
        model = _SpanProbes(spans, dev, torch.from_numpy(np.stack([mean, scale])).to(device), problems, width, schedule)
        probes = [model.begin(index, problem) for index, problem in enumerate(problems)]
        return train_early_stopped(model, probes, schedule, finished)


class _SpanBatch(NamedTuple):
    """B items: for each of the S spans its words [L, U, D], standardised, and the `item` [U] of each, None where all have one word."""

    words: list[Tensor]
    item: list[Tensor | None]
    size: int  # B


@dataclass(eq=False, kw_only=True)
class _SpanState(ProbeState):
    """A probe while it trains; `names` of its parameters."""

    problem: EdgeProblem
    names: list[str]


class _SpanEnsemble(Ensemble[_SpanState]):
    """Probes that read one layer each, or that mix several; `train` [P, N] and `dev` [P, M] labels."""

    def __init__(self, probes: Sequence[_SpanState], adam: Adam, device: torch.device) -> None:
        self.names = probes[0].names
        super().__init__(probes, adam, [MIXING if name in MIX else 1.0 for name in self.names])
        problems = [probe.problem for probe in probes]
        self.layers = _layers(problems, device)
        self.train, self.dev = (
            torch.from_numpy(np.stack([getattr(problem, split) for problem in problems]).astype(np.int64)).to(device)
            for split in ("train", "dev")
        )

    def step(self, batch: _SpanBatch, items: Tensor, dropped: Tensor) -> None:
        def total(leaves: list[Tensor]) -> Tensor:
            theta = dict(zip(self.names, leaves, strict=True))
            loss, counted = _loss(_logits(theta, self.layers, batch, dropped), self.train[:, items])
            return (loss / counted.clamp(min=1)).sum()

        self.descend(total)


def _layers(problems: Sequence[EdgeProblem], device: torch.device) -> Tensor | None:
    """[P]: the layer that each reads; None where they mix several."""
    return None if problems[0].mixed else torch.tensor([problem.layers[0] for problem in problems], device=device)


def _logits(theta: dict[str, Tensor], layers: Tensor | None, batch: _SpanBatch, dropped: Tensor | None) -> Tensor:
    """[P, B, K] of problems that read `layers` [P] (None: that mix); `dropped` [P, B, H] multiplies the hidden units."""
    pooled = []
    for span, (words, item) in enumerate(zip(batch.words, batch.item, strict=True)):
        if layers is None:
            shares = theta["gamma"] * theta["mix"].softmax(1)
            x = (shares @ words.flatten(1)).view(len(shares), *words.shape[1:])
        else:
            x = words[layers]
        y = torch.bmm(x, theta[f"project_{span}"]).add_(theta[f"bias_{span}"])
        pooled.append(y if item is None else _pooled(y, theta[f"attend_{span}"], item, batch.size))
    hidden = torch.bmm(torch.cat(pooled, 2), theta["hidden"]).add_(theta["hidden_bias"]).tanh_()
    hidden = functional.layer_norm(hidden, hidden.shape[2:]) * theta["gain"] + theta["shift"]
    if dropped is not None:
        hidden = hidden * dropped
    return torch.bmm(hidden, theta["out"]).add_(theta["out_bias"])


def _pooled(y: Tensor, attend: Tensor, item: Tensor, count: int) -> Tensor:
    """[P, U, E] → [P, B, E]: the words of each item by the softmax of their products with `attend` [P, E, 1]."""
    score = (y @ attend)[..., 0]
    where = item.expand_as(score)
    most = torch.full((len(y), count), -math.inf, device=y.device).scatter_reduce(1, where, score.detach(), "amax")
    share = (score - most.gather(1, where)).exp()
    whole = torch.zeros_like(most).scatter_add(1, where, share)
    share = share / whole.gather(1, where)
    return torch.zeros(len(y), count, y.shape[2], device=y.device).index_add(1, item, y * share[..., None])


def _loss(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """The summed binary cross-entropy of the items in nats, and how many are in the problem; both [P]."""
    inside = gold >= 0
    target = functional.one_hot(gold.clamp(min=0), logits.shape[2]).to(logits.dtype)
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(2)
    return (each * inside).sum(1), inside.sum(1)


class _SpanProbes(Model[_SpanState, TrainedSpanProbe]):
    """`statistics` [2, L, D]: mean and scale."""

    def __init__(
        self,
        spans: SpanBank,
        dev: SpanBank,
        statistics: Tensor,
        problems: Sequence[EdgeProblem],
        width: int,
        schedule: EarlyStopping,
    ) -> None:
        self._spans, self._dev, self._statistics, self._width, self._schedule = spans, dev, statistics, width, schedule
        self._device = statistics.device
        self._masks = {problem.seed: torch.Generator().manual_seed(problem.seed + MASKS) for problem in problems}
        self._items = self._order()
        self._ensembles: dict[bool, _SpanEnsemble] = {}

    def begin(self, index: int, problem: EdgeProblem) -> _SpanState:
        """A probe before its first step: it answers the shares of train, and weighs words and layers alike."""
        generator = torch.Generator().manual_seed(problem.seed + WEIGHTS)
        wide, units, count = self._statistics.shape[2], self._width, len(self._spans.ends)
        found: dict[str, Tensor] = {}
        for span in range(count):
            found[f"project_{span}"] = torch.randn(wide, units, generator=generator) / wide**0.5
            found[f"bias_{span}"] = torch.zeros(1, units)
            found[f"attend_{span}"] = torch.zeros(units, 1)
        found["hidden"] = torch.randn(count * units, units, generator=generator) / (count * units) ** 0.5
        found |= {"hidden_bias": torch.zeros(1, units), "gain": torch.ones(1, units), "shift": torch.zeros(1, units)}
        found["out"] = torch.zeros(units, problem.classes)
        shown = problem.train[problem.train >= 0]
        # Half an item more of everything: a class that train lacks is improbable and not impossible.
        share = (torch.from_numpy(np.bincount(shown, minlength=problem.classes)).float() + 0.5) / (len(shown) + 1)
        found["out_bias"] = share.logit()[None]
        if problem.mixed:
            found["mix"] = torch.full((self._statistics.shape[1],), -math.inf)
            found["mix"][list(problem.layers)] = 0.0
            found["gamma"] = torch.ones(1)
        return _SpanState(
            index=index,
            rate=self._schedule.rate,
            length=self._schedule.length(len(self._spans)),
            steps=problem.steps,
            start=[x.to(self._device) for x in found.values()],
            problem=problem,
            names=list(found),
        )

    def rebuild_batch(self, probes: Sequence[_SpanState], step: int) -> None:
        for mixed in (False, True):
            some = [probe for probe in probes if probe.problem.mixed is mixed]
            before = self._ensembles.pop(mixed, None)
            if before is not None and len(before.probes) == len(some):
                before.set_learning_rates()
                self._ensembles[mixed] = before
            elif some:
                del before
                self._ensembles[mixed] = _SpanEnsemble(some, Adam(self._schedule.decay, step), self._device)

    def set_learning_rates(self) -> None:
        for ensemble in self._ensembles.values():
            ensemble.set_learning_rates()

    def step(self, step: int) -> None:  # noqa: ARG002
        items = next(self._items)
        batch, dropped = self._batch(self._spans, items), self._dropped(len(items))
        chosen = torch.from_numpy(items).to(self._device)
        for ensemble in self._ensembles.values():
            ensemble.step(batch, chosen, torch.stack([dropped[probe.problem.seed] for probe in ensemble.probes]))

    def _order(self) -> Iterator[np.ndarray]:
        """Batches of train items without end, shuffled anew each time round; the same for all probes."""
        draw, size = np.random.default_rng(0), min(self._schedule.batch, len(self._spans))
        left = np.empty(0, np.int64)
        while True:
            if len(left) < size:
                left = np.concatenate([left, draw.permutation(len(self._spans))])
            yield left[:size]
            left = left[size:]

    def _batch(self, spans: SpanBank, items: np.ndarray) -> _SpanBatch:
        words: list[Tensor] = []
        item: list[Tensor | None] = []
        for ends in spans.ends:
            begin, size = ends[items, 0], ends[items, 1] - ends[items, 0]
            rows = torch.from_numpy(np.repeat(begin, size) + np.arange(size.sum()) - np.repeat(size.cumsum() - size, size))
            some = [torch.from_numpy(layer).index_select(0, rows).to(self._device, torch.float32) for layer in spans.rows]
            words.append(torch.stack(some).sub_(self._statistics[0][:, None]).mul_(self._statistics[1][:, None]))
            several = (size != 1).any()
            item.append(torch.from_numpy(np.repeat(np.arange(len(items)), size)).to(self._device) if several else None)
        return _SpanBatch(words, item, len(items))

    def _dropped(self, count: int) -> dict[int, Tensor]:
        """[B, H] a seed."""
        keep = 1 - DROPOUT
        return {
            seed: (torch.rand(count, self._width, generator=generator) < keep).float().div_(keep).to(self._device)
            for seed, generator in self._masks.items()
        }

    def dev_losses(self, probes: Sequence[_SpanState]) -> list[float]:
        found: dict[int, float] = {}
        for ensemble in self._ensembles.values():
            theta = dict(zip(ensemble.names, ensemble.parameters, strict=True))
            losses = self._dev_loss(theta, ensemble.layers, ensemble.dev)
            found.update(zip((probe.index for probe in ensemble.probes), losses, strict=True))
        return [found[probe.index] for probe in probes]

    def _dev_loss(self, theta: dict[str, Tensor], layers: Tensor | None, gold: Tensor) -> list[float]:
        """Of P problems and their labels [P, M]."""
        total = torch.zeros(len(gold), dtype=torch.float64, device=self._device)
        each = max(64, CHUNK // (len(gold) * max(self._width, self._statistics.shape[2])))
        for begin in range(0, len(self._dev), each):
            items = np.arange(begin, min(begin + each, len(self._dev)))
            logits = _logits(theta, layers, self._batch(self._dev, items), None)
            total += _loss(logits, gold[:, begin : begin + each])[0]
        return (total / (gold >= 0).sum(1)).tolist()

    def trained(self, probe: _SpanState) -> TrainedSpanProbe:
        """Its dev loss is read once more with fp32 products."""
        best = {name: tensor[None] for name, tensor in zip(probe.names, probe.best, strict=True)}
        gold = torch.from_numpy(probe.problem.dev.astype(np.int64)).to(self._device)[None]
        with products("exact", self._device):
            (loss,) = self._dev_loss(best, _layers([probe.problem], self._device), gold)
        return TrainedSpanProbe({name: tensor[0].cpu().numpy() for name, tensor in best.items()}, loss, probe.best_step)
