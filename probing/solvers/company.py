"""Problems of the stochastic solver that step together: a few large products a step, and one pass of Adam.

Problems that draw the same items in the same order form a group: its batch is gathered once and multiplied by the stacked
first maps of all of them. Groups of the same make-up form a company, and their products are one batched product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor
from torch.optim.adam import adam

from probing.solvers.arithmetic import products
from probing.solvers.networks import Network

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # Adam's own
AHEAD = 16  # steps whose items are drawn at a time
CHUNK = 1 << 20  # mapped numbers held at a time while dev is scored


class Order:
    """Items in random order, without end: each once before any comes again. Problems and companies share it."""

    def __init__(self, items: Tensor, seed: int, batch: int) -> None:
        self.items, self.batch = items, batch
        self._generator = torch.Generator().manual_seed(seed)
        self._left = items[:0]
        self._block = -1
        self._drawn = items[:0]

    def block(self, number: int) -> Tensor:
        """The items of AHEAD steps from `number` × AHEAD on; asked for block after block, the last one as often as wanted."""
        if number != self._block:
            count = AHEAD * self.batch
            rounds = [self._left]
            while sum(map(len, rounds)) < count:
                rounds.append(self.items[torch.randperm(len(self.items), generator=self._generator)])
            drawn = torch.cat(rounds)
            self._drawn, self._left, self._block = drawn[:count], drawn[count:], number
        return self._drawn


@dataclass
class Seat:
    """A problem in training. `tensors`: its parameters and Adam's two means of their slopes, each first map, bias, others.

    `train` int32 [N] and `dev` int32 [M] labels on the device; in a company the tensors are views of the company's.
    """

    network: Network
    layer: int
    order: Order
    train: Tensor
    dev: Tensor
    classes: int
    unseen: float
    rate: float
    tensors: list[list[Tensor]]

    @property
    def parameters(self) -> list[Tensor]:
        return self.tensors[0]


@dataclass
class _Run:
    """Neighbours of one network in every group: n of them from unit `begin` to `end`, seats from `first` on."""

    network: Network
    begin: int
    end: int
    first: int
    count: int

    def mapped(self, whole: Tensor) -> Tensor:
        """[G, S, B] → [G·n, H, B]: a view where the layout has one."""
        return whole[:, self.begin : self.end].unflatten(1, (self.count, -1)).flatten(0, 1)


class Company:
    """`groups`: seats of equal make-up (networks in order, classes); each group one layer and one order. Takes the seats over."""

    def __init__(self, rows: Tensor, groups: Sequence[Sequence[Seat]], decay: float) -> None:
        self.rows, self.groups, self.decay = rows, groups, decay
        self.seats = [seat for group in groups for seat in group]
        self.runs: list[_Run] = []
        unit = first = 0
        for network, some in groupby(seat.network for seat in groups[0]):
            count = len(list(some))
            self.runs.append(_Run(network, unit, unit + count * network.units, first, count))
            unit, first = unit + count * network.units, first + count
        device = rows.device
        # Stacked: maps [G, S, D], biases [G, S, 1], then each run's others [G·n, …]; parameters, Adam's means and the slopes.
        self.tensors = [self._stack([[seat.tensors[kind] for seat in group] for group in groups]) for kind in range(3)]
        self.slopes = [torch.empty_like(tensor) for tensor in self.tensors[0]]
        for kind in range(3):
            for seat, views in zip(self.seats, self._views(self.tensors[kind]), strict=True):
                seat.tensors[kind] = views
        self.own_slopes = self._views(self.slopes)
        self.mapped = torch.empty(len(groups), unit, groups[0][0].order.batch, device=device)
        self.labels = torch.stack([torch.stack([seat.train for seat in group]) for group in groups])
        self.offset = torch.tensor([[group[0].layer * rows.shape[1]] for group in groups])
        self.count = torch.zeros((), device=device)
        self._block = -1
        self.regroup()

    def _stack(self, states: list[list[list[Tensor]]]) -> list[Tensor]:
        stacked = [torch.stack([torch.cat([state[i] for state in group]) for group in states]) for i in (0, 1)]
        for run in self.runs:
            some = [state[2:] for group in states for state in group[run.first : run.first + run.count]]
            stacked += [torch.stack(tensors) for tensors in zip(*some, strict=True)]
        return stacked

    def _views(self, stacked: list[Tensor]) -> list[list[Tensor]]:
        """Each seat's own part of the stacked tensors, in the order of seats."""
        views: list[list[Tensor]] = []
        for g in range(len(self.groups)):
            others = iter(stacked[2:])
            for run in self.runs:
                mine = [next(others) for _ in self.groups[0][run.first].tensors[0][2:]]
                for j in range(run.count):
                    units = slice(run.begin + j * run.network.units, run.begin + (j + 1) * run.network.units)
                    views.append([*(tensor[g, units] for tensor in stacked[:2]), *(x[g * run.count + j] for x in mine)])
        return views

    def regroup(self) -> None:
        """After rates have changed: tensors by rate, so that a pass of Adam has few calls."""
        rates = sorted({seat.rate for seat in self.seats})
        if len(rates) == 1:
            self.by_rate = [(rates[0], [self.tensors[0], self.slopes, self.tensors[1], self.tensors[2]])]
            return
        self.by_rate = []
        for rate in rates:
            lists: list[list[Tensor]] = [[], [], [], []]
            for seat, slopes in zip(self.seats, self.own_slopes, strict=True):
                if seat.rate == rate:
                    for whole, own in zip(lists, (seat.tensors[0], slopes, *seat.tensors[1:]), strict=True):
                        whole.extend(own)
            self.by_rate.append((rate, lists))

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Rows [G, B, D] and labels [G, m, B] of a step."""
        number, within = divmod(step, AHEAD)
        batch = self.mapped.shape[2]
        if number != self._block:
            items = torch.stack([group[0].order.block(number) for group in self.groups])
            self._index = (items + self.offset).view(-1, AHEAD, batch).transpose(0, 1).contiguous().to(self.rows.device)
            items = items[:, None].expand(-1, self.labels.shape[1], -1).to(self.rows.device)
            gold = self.labels.gather(2, items).long()
            self._gold = gold.view(*gold.shape[:2], AHEAD, batch).permute(2, 0, 1, 3).contiguous()
            self._block = number
        rows = self.rows.flatten(0, 1).index_select(0, self._index[within].flatten())
        return rows.view(len(self.groups), batch, -1), self._gold[within]

    def step(self, step: int) -> None:
        """Adam's step number `step`, from 0, of every problem on its own batch."""
        x, gold = self._batch(step)
        first, bias, *others = self.tensors[0]
        with products("fast", x.device):
            torch.bmm(first, x.mT, out=self.mapped)
        self.mapped += bias
        slopes: list[Tensor] = []
        with products("exact"):  # the maps after the first are too small to gain
            for run in self.runs:
                mapped, labels = run.mapped(self.mapped), gold[:, run.first : run.first + run.count].flatten(0, 1)
                used = len(self.groups[0][run.first].parameters) - 2
                logits, pull = run.network.pullback(others[len(slopes) : len(slopes) + used], mapped)
                error = logits.softmax(1)
                error.scatter_add_(1, labels[:, None], error.new_full((), -1.0).expand(len(labels), 1, labels.shape[1]))
                slopes += pull(error.div_(labels.shape[1]))
                if len(self.groups) > 1 and run.count > 1 and len(self.runs) > 1:  # `mapped` was a copy
                    own = self.mapped[:, run.begin : run.end]
                    own.copy_(mapped.view(len(own), -1, mapped.shape[2]))
        with products("fast", x.device):
            torch.bmm(self.mapped, x, out=self.slopes[0])
        torch.sum(self.mapped, 2, keepdim=True, out=self.slopes[1])
        for kept, found in zip(self.slopes[2:], slopes, strict=True):
            kept.copy_(found)
        self._adam(step)

    def _adam(self, step: int) -> None:
        self.count.fill_(step)  # `adam` adds one
        for rate, (parameters, slopes, means, squares) in self.by_rate:
            adam(
                parameters,
                slopes,
                means,
                squares,
                [],
                [self.count.clone() for _ in parameters],
                fused=True,
                decoupled_weight_decay=True,
                lr=rate,
                beta1=BETA_1,
                beta2=BETA_2,
                weight_decay=self.decay,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
            )

    def bits(self, rows: Tensor, groups: Sequence[int]) -> list[list[float]]:
        """Mean dev loss in bits of every problem of those groups; `rows` [L, M, D]. NaN without dev items."""
        found: dict[int, list[float]] = {}
        for layer in {self.groups[g][0].layer for g in groups}:
            some = [g for g in groups if self.groups[g][0].layer == layer]
            found |= zip(some, self._bits(rows[layer], some), strict=True)
        return [found[g] for g in groups]

    def _bits(self, rows: Tensor, groups: list[int]) -> list[list[float]]:
        every = len(groups) == len(self.groups)
        first, bias = (x if every else x[groups] for x in self.tensors[0][:2])
        seats = [self.groups[g] for g in groups]
        gold = torch.stack([torch.stack([seat.dev for seat in group]) for group in seats])
        loss = torch.zeros(gold.shape[:2], dtype=torch.float64, device=rows.device)
        step = max(64, CHUNK // (first.shape[0] * first.shape[1]))
        for start in range(0, len(rows), step):
            with products("fast", rows.device):
                mapped = torch.mm(first.flatten(0, 1), rows[start : start + step].T).view(*first.shape[:2], -1).add_(bias)
            others = iter(self.tensors[0][2:])
            for run in self.runs:
                chosen = torch.tensor([[g * run.count + j for j in range(run.count)] for g in groups], device=rows.device)
                used = len(self.groups[0][run.first].parameters) - 2
                parameters = [next(others)[chosen.flatten()] for _ in range(used)]
                mine = slice(run.first, run.first + run.count)
                labels = gold[:, mine, start : start + step].flatten(0, 1)
                unseen = [seat.unseen for group in seats for seat in group[mine]]
                found = total_bits(run.network, parameters, run.mapped(mapped), labels, unseen)
                loss[:, mine] += found.view(len(groups), -1)
        return (loss / (gold >= 0).sum(2)).tolist()


def total_bits(network: Network, parameters: Sequence[Tensor], mapped: Tensor, labels: Tensor, unseen: Sequence[float]) -> Tensor:
    """Loss [P] (fp64, bits) summed over items: `mapped` [P, H, B], `labels` [P, B] with -1 for those that do not count.

    `unseen` [P] is the share of probability spread evenly over the classes (measures/loss.py).
    """
    with products("exact"):
        chance = network.logits(parameters, mapped).softmax(1)
    share = torch.tensor(unseen, device=mapped.device)[:, None]
    gold = chance.gather(1, labels[:, None].clamp(min=0).long())[:, 0] * (1 - share) + share / chance.shape[1]
    return -torch.where(labels >= 0, gold.log2(), 0.0).sum(1, dtype=torch.float64)
