"""Edge probes: networks on the words of spans, for many layers, mixes of layers, labellings and seeds at once, trained with Adam.

A network reads one vector a word, that of a layer or γ Σ softmax(a)_l h_l of several; projects it, for either span by a map of its own;
pools the words of a span by weights that it learns; and puts one hidden layer on the spans side by side. Each class has a sigmoid.

The network is that of Tenney et al. 2019 (arXiv 1905.06316): projection, self-attentive pooling, linear, tanh, layer norm, dropout, linear.
All problems read the same batch at a step, and those of one seed have the same first weights and the same dropout, so that what two
layers differ by is not chance. A problem decays its own rate, stops on its own dev loss, gets its best weights back and leaves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from probing.errors import BadInput
from probing.solvers.adam import Adam, by_rate
from probing.solvers.arithmetic import products

WEIGHTS, MASKS = 1 << 32, 1 << 33  # added to the seed, for first weights and for dropout
CHUNK = 1 << 26  # numbers of one activation that a look at dev holds at a time
MIXING = 10.0  # times the rate: a few numbers that each batch moves, and that have further to go than a weight
MIX = ("mix", "gamma")


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. A round is once over the train items, or `least` steps where those are more."""

    batch: int = 256
    rounds: int = 40
    least: int = 16
    patience: int = 3  # rounds without a better dev loss until a problem stops
    rate: float = 1e-3
    slower: float = 0.5  # the rate is multiplied by this after each round without a better dev loss
    dropout: float = 0.3


@dataclass(frozen=True)
class Spans:
    """N items on W words: `rows` L × [W, D] of any dtype, `ends` S × [N, 2]: rows from the first to before the second, S of 1 or 2."""

    rows: Sequence[Tensor]
    ends: Sequence[np.ndarray]

    def __len__(self) -> int:
        return len(self.ends[0])


@dataclass(frozen=True)
class Assignment:
    """One probe to train: `layers` it mixes (indices of `Spans.rows`), `train` [N] and `dev` [M] labels (-1: not in it).

    With `steps` it takes that many and dev chooses nothing.
    """

    layers: tuple[int, ...]
    train: np.ndarray
    dev: np.ndarray
    classes: int
    seed: int
    steps: int | None = None


@dataclass(frozen=True)
class Trained:
    """`parameters` by name, without the problems' axis, as of `steps` steps; `loss`: dev's binary cross-entropy in nats an item, with fp32
    products (NaN where dev has none of it)."""

    parameters: dict[str, np.ndarray]
    loss: float
    steps: int


def train(
    spans: Spans,
    dev: Spans,
    mean: np.ndarray,
    scale: np.ndarray,
    assignments: Sequence[Assignment],
    width: int,
    schedule: Schedule,
    device: str,
    finished: Callable[[int], None],
) -> list[Trained]:
    """One probe an assignment, in order, on (rows − `mean`) · `scale`, both [L, D].

    `width` units of the projection and of the hidden layer. `finished(count)` is called once a round with how many stopped in it, and may
    raise. Raises BadInput where the vectors are not finite.
    """
    with products("fast", device):
        training = _Training(spans, dev, torch.from_numpy(np.stack([mean, scale])).to(device), assignments, width, schedule)
        while training.active:
            finished(training.round())
    return [one for one in training.results if one is not None]


class _Batch(NamedTuple):
    """B items: for each of the S spans its words [L, U, D], standardised, and the `item` [U] of each, None where all have one word."""

    words: list[Tensor]
    item: list[Tensor | None]
    size: int  # B


@dataclass(eq=False)
class _Problem:
    """Where a problem stands."""

    index: int
    asked: Assignment
    rate: float
    best: dict[str, Tensor]
    loss: float = float("inf")
    steps: int = 0
    waited: int = 0


@dataclass
class _Company:
    """Problems that read one layer each, or that mix as many as they have: stacked parameters [P, …] and what Adam keeps of them."""

    mixed: bool
    problems: list[_Problem]
    theta: dict[str, Tensor]
    means: dict[str, Tensor]
    squares: dict[str, Tensor]
    train: Tensor  # [P, N]
    dev: Tensor  # [P, M]
    adam: Adam = field(default_factory=lambda: Adam(0.0, 0))

    def __post_init__(self) -> None:
        self.convene()

    def convene(self) -> None:
        """Slopes, layers and rates of those that are here."""
        self.slopes = {name: torch.zeros_like(tensor) for name, tensor in self.theta.items()}
        own = [problem.asked.layers[0] for problem in self.problems]
        self.layers = None if self.mixed else torch.tensor(own, device=self.train.device)
        self.pace()

    def pace(self) -> None:
        held = (self.theta, self.means, self.squares, self.slopes)
        rates, own = [], []
        for place, problem in enumerate(self.problems):
            for names, times in (([n for n in self.theta if n not in MIX], 1.0), ([n for n in self.theta if n in MIX], MIXING)):
                rates.append(problem.rate * times)
                own.append([[tensors[name][place] for name in names] for tensors in held])
        self.adam.arrange(by_rate(rates, own))

    def keep(self, kept: Tensor) -> None:
        """Those of a mask bool [P]."""
        self.problems = [problem for problem, stays in zip(self.problems, kept.tolist(), strict=True) if stays]
        for name in self.theta:
            for held in (self.theta, self.means, self.squares):
                held[name] = held[name][kept]
        self.train, self.dev = self.train[kept], self.dev[kept]
        self.convene()

    def step(self, batch: _Batch, items: Tensor, dropped: Tensor) -> None:
        leaves = {name: tensor.detach().requires_grad_() for name, tensor in self.theta.items()}
        with torch.enable_grad():
            loss, counted = _loss(_logits(leaves, self.layers, batch, dropped), self.train[:, items])
            total = (loss / counted.clamp(min=1)).sum()
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True)
        for name, slope in zip(leaves, found, strict=True):
            if slope is not None:  # words alone are not weighed
                self.slopes[name].copy_(slope)
        self.adam.step()


def _logits(theta: dict[str, Tensor], layers: Tensor | None, batch: _Batch, dropped: Tensor | None) -> Tensor:
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
    told = (y @ attend)[..., 0]
    where = item.expand_as(told)
    most = torch.full((len(y), count), -math.inf, device=y.device).scatter_reduce(1, where, told.detach(), "amax")
    share = (told - most.gather(1, where)).exp()
    whole = torch.zeros_like(most).scatter_add(1, where, share)
    share = share / whole.gather(1, where)
    return torch.zeros(len(y), count, y.shape[2], device=y.device).index_add(1, item, y * share[..., None])


def _loss(logits: Tensor, gold: Tensor) -> tuple[Tensor, Tensor]:
    """The summed binary cross-entropy of the items in nats, and how many are in the problem; both [P]."""
    inside = gold >= 0
    target = functional.one_hot(gold.clamp(min=0), logits.shape[2]).to(logits.dtype)
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(2)
    return (each * inside).sum(1), inside.sum(1)


@dataclass
class _Training:
    spans: Spans
    dev: Spans
    statistics: Tensor  # [2, L, D]: mean and scale
    assignments: Sequence[Assignment]
    width: int
    schedule: Schedule
    steps: int = 0
    results: list[Trained | None] = field(init=False)

    def __post_init__(self) -> None:
        self.results = [None] * len(self.assignments)
        self._device = self.statistics.device
        self._masks = {one.seed: torch.Generator().manual_seed(one.seed + MASKS) for one in self.assignments}
        kinds = [[i for i, one in enumerate(self.assignments) if (len(one.layers) > 1) is mixed] for mixed in (False, True)]
        self.companies = [self._company(mixed, some) for mixed, some in zip((False, True), kinds, strict=True) if some]
        self._items = self._order()
        self.length = max(self.schedule.least, -(-len(self.spans) // self.schedule.batch))
        # Before the first step every problem is its prior, and that is a candidate like any later state.
        self._look()

    @property
    def active(self) -> list[_Problem]:
        return [problem for company in self.companies for problem in company.problems]

    def _company(self, mixed: bool, indices: Sequence[int]) -> _Company:
        begun = [self._begin(self.assignments[index]) for index in indices]
        theta = {name: torch.stack([one[name] for one in begun]).to(self._device) for name in begun[0]}
        problems = [
            _Problem(
                index,
                self.assignments[index],
                self.schedule.rate,
                {name: tensor[place].clone() for name, tensor in theta.items()},
            )
            for place, index in enumerate(indices)
        ]
        labels = [
            torch.from_numpy(np.stack([getattr(self.assignments[index], split) for index in indices]).astype(np.int64)).to(
                self._device
            )
            for split in ("train", "dev")
        ]
        zeros = [{name: torch.zeros_like(tensor) for name, tensor in theta.items()} for _ in range(2)]
        return _Company(mixed, problems, theta, zeros[0], zeros[1], labels[0], labels[1])

    def _begin(self, asked: Assignment) -> dict[str, Tensor]:
        """A problem's parameters before its first step: it answers the shares of train, and weighs words and layers alike."""
        generator = torch.Generator().manual_seed(asked.seed + WEIGHTS)
        wide, units, count = self.statistics.shape[2], self.width, len(self.spans.ends)
        found: dict[str, Tensor] = {}
        for span in range(count):
            found[f"project_{span}"] = torch.randn(wide, units, generator=generator) / wide**0.5
            found[f"bias_{span}"] = torch.zeros(1, units)
            found[f"attend_{span}"] = torch.zeros(units, 1)
        found["hidden"] = torch.randn(count * units, units, generator=generator) / (count * units) ** 0.5
        found |= {"hidden_bias": torch.zeros(1, units), "gain": torch.ones(1, units), "shift": torch.zeros(1, units)}
        found["out"] = torch.zeros(units, asked.classes)
        shown = asked.train[asked.train >= 0]
        # Half an item more of everything: a class that train lacks is improbable and not impossible.
        share = (torch.from_numpy(np.bincount(shown, minlength=asked.classes)).float() + 0.5) / (len(shown) + 1)
        found["out_bias"] = share.logit()[None]
        if len(asked.layers) > 1:
            found["mix"] = torch.full((self.statistics.shape[1],), -math.inf)
            found["mix"][list(asked.layers)] = 0.0
            found["gamma"] = torch.ones(1)
        return found

    def _order(self) -> Iterator[np.ndarray]:
        """Batches of train items without end, shuffled anew each time round; the same whoever is here."""
        draw, size = np.random.default_rng(0), min(self.schedule.batch, len(self.spans))
        left = np.empty(0, np.int64)
        while True:
            if len(left) < size:
                left = np.concatenate([left, draw.permutation(len(self.spans))])
            yield left[:size]
            left = left[size:]

    def _batch(self, spans: Spans, items: np.ndarray) -> _Batch:
        words: list[Tensor] = []
        item: list[Tensor | None] = []
        for ends in spans.ends:
            begin, size = ends[items, 0], ends[items, 1] - ends[items, 0]
            rows = torch.from_numpy(np.repeat(begin, size) + np.arange(size.sum()) - np.repeat(size.cumsum() - size, size))
            some = [layer.index_select(0, rows.to(layer.device)).to(self._device, torch.float32) for layer in spans.rows]
            words.append(torch.stack(some).sub_(self.statistics[0][:, None]).mul_(self.statistics[1][:, None]))
            several = (size != 1).any()
            item.append(torch.from_numpy(np.repeat(np.arange(len(items)), size)).to(self._device) if several else None)
        return _Batch(words, item, len(items))

    def _dropped(self, count: int) -> dict[int, Tensor]:
        """[B, H] a seed."""
        keep = 1 - self.schedule.dropout
        return {
            seed: (torch.rand(count, self.width, generator=generator) < keep).float().div_(keep).to(self._device)
            for seed, generator in self._masks.items()
        }

    def round(self) -> int:
        """Step until the round ends, look at dev, and let go of those that are done; how many those were."""
        for _ in range(self.length):
            items = next(self._items)
            batch, dropped = self._batch(self.spans, items), self._dropped(len(items))
            chosen = torch.from_numpy(items).to(self._device)
            for company in self.companies:
                company.step(batch, chosen, torch.stack([dropped[problem.asked.seed] for problem in company.problems]))
            self.steps += 1
        return self._look()

    def _look(self) -> int:
        count = 0
        for company in self.companies:
            losses = self._dev_loss(company.theta, company.layers, company.dev)
            done = [self._judge(company, place, float(loss)) for place, loss in enumerate(losses)]
            count += sum(done)
            if any(done):
                for problem, gone in zip(company.problems, done, strict=True):
                    if gone:
                        self.results[problem.index] = self._trained(company, problem)
                company.keep(torch.tensor([not gone for gone in done], device=self._device))
            else:
                company.pace()
        self.companies = [company for company in self.companies if company.problems]
        return count

    def _judge(self, company: _Company, place: int, loss: float) -> bool:
        """Keep the weights if they are the best so far; whether the problem is done."""
        problem = company.problems[place]
        given = problem.asked.steps
        if given is None and not math.isfinite(loss):
            raise BadInput("The vectors hold NaN or infinite values: the checkpoint's weights or precision are broken.")
        better = loss < problem.loss if given is None else self.steps >= given
        if better:
            problem.loss, problem.steps, problem.waited = loss, self.steps, 0
            for name, best in problem.best.items():
                best.copy_(company.theta[name][place])
        elif given is None:
            problem.waited += 1
            problem.rate *= self.schedule.slower
        if given is not None:
            return better
        return problem.waited >= self.schedule.patience or self.steps >= self.schedule.rounds * self.length

    def _dev_loss(self, theta: dict[str, Tensor], layers: Tensor | None, gold: Tensor) -> Tensor:
        """[P] fp64, of P problems and their labels [P, M]."""
        total = torch.zeros(len(gold), dtype=torch.float64, device=self._device)
        each = max(64, CHUNK // (len(gold) * max(self.width, self.statistics.shape[2])))
        for begin in range(0, len(self.dev), each):
            items = np.arange(begin, min(begin + each, len(self.dev)))
            logits = _logits(theta, layers, self._batch(self.dev, items), None)
            total += _loss(logits, gold[:, begin : begin + each])[0]
        return (total / (gold >= 0).sum(1)).cpu()

    def _trained(self, company: _Company, problem: _Problem) -> Trained:
        """The best state; its dev loss once more with fp32 products."""
        place = slice(at := company.problems.index(problem), at + 1)
        best = {name: tensor[None] for name, tensor in problem.best.items()}
        with products("exact", self._device):
            loss = self._dev_loss(best, None if company.layers is None else company.layers[place], company.dev[place])
        return Trained({name: tensor[0].cpu().numpy() for name, tensor in best.items()}, float(loss[0]), problem.steps)
