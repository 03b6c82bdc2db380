"""Shallow networks that step together, padded side by side: a step is five products, however many networks there are.

The first maps of all networks that draw the same items are stacked, and what comes after them is one matrix whose other blocks
are zero. Groups of such networks are padded to the largest one's size and form one batch, so that a network that leaves makes
the batch smaller and not the products more. Numbers between the products are those that the hardware multiplies fastest;
parameters, gradients and Adam's means are fp32.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from probing.solvers.adam import Adam, RateGroup, by_rate
from probing.solvers.arithmetic import tiled
from probing.solvers.batches import Batches, NetworkState
from probing.solvers.networks import Shallow

CHUNK = 1 << 20  # hidden numbers held at a time while dev is scored
NEAR = 512  # units by which a group may be smaller than the largest it joins: the calls of one ensemble more cost as much


@dataclass(frozen=True)
class _Place:
    """Where a network is: its group, its position there, its hidden units; and how many numbers its vectors have."""

    group: int
    position: int
    units: slice
    width: int


class PaddedEnsemble:
    """`groups`: networks of one layer, order and number of classes each, all of one kind. Takes their tensors over.

    `rows` [L, N, W] and `dev` [L, M, W]: the vectors, a column of ones and zeros, in the number format of the products (`widened`).
    """

    def __init__(self, rows: Tensor, dev: Tensor, groups: Sequence[Sequence[NetworkState]], adam: Adam) -> None:
        self._dev, self._groups = dev, groups
        self.probes = [probe for group in groups for probe in group]
        device, classes = rows.device, self.probes[0].classes
        self._places = [
            _Place(g, j, slice(begin, begin + _shallow(probe).units), probe.parameters[0].shape[1])
            for g, group in enumerate(groups)
            for j, (probe, begin) in enumerate(zip(group, _begins(group), strict=True))
        ]
        count, most = len(groups), max(map(len, groups))
        units = max(place.units.stop for place in self._places)
        shapes = ((count, units, rows.shape[2]), (count, units, classes), (count, most, classes))
        # Parameters, then Adam's two means: first map with its bias, second map, its bias.
        self._tensors = [[torch.zeros(shape, device=device) for shape in shapes] for _ in range(3)]
        self._gradients = [torch.zeros(shape, device=device) for shape in shapes]
        self._owner = torch.zeros(count, units, dtype=torch.int64, device=device)  # a unit's position in its group
        self._owns = torch.zeros(count, units, most, 1, device=device)
        self._weight = torch.zeros(count, most, 1, 1, device=device)  # of an item: 0 where there is no network
        for probe, place in zip(self.probes, self._places, strict=True):
            self._owner[place.group, place.units] = place.position
            self._owns[place.group, place.units, place.position] = 1
            self._weight[place.group, place.position] = 1 / probe.order.batch
            for kind, tensors in enumerate(self._tensors):
                views = _views(tensors, place)
                for view, before in zip(views, probe.tensors[kind], strict=True):
                    view.copy_(before)
                probe.tensors[kind] = views
        self._adam = adam
        self._batches = Batches(rows, groups, most)
        self.set_learning_rates()

    def set_learning_rates(self) -> None:
        """After rates have changed: tensors by rate, so that a pass of Adam has few calls."""
        stacked = [*self._tensors, self._gradients]
        if len({probe.rate for probe in self.probes}) == 1:
            self._adam.arrange([RateGroup(self.probes[0].rate, *stacked)])
            return
        own = (
            (probe.rate, [[x[p.group, p.units], y[p.group, p.units], z[p.group, p.position]] for x, y, z in stacked])
            for probe, p in zip(self.probes, self._places, strict=True)
        )
        self._adam.arrange(by_rate(own))

    def step(self, step: int) -> None:
        """Adam's step number `step`, from 0, of every network on its own batch: of the mean of −ln p(gold)."""
        x, gold = self._batches.take(step)
        second = self._blocks(x.dtype)
        hidden = torch.bmm(self._tensors[0][0].to(x.dtype), x.mT)
        backward = _shallow(self.probes[0]).activate_(hidden)
        error = self._logits(second, hidden).softmax(2)
        error.scatter_add_(2, gold, error.new_full((), -1.0).expand_as(gold))
        error *= self._weight
        torch.sum(error, 3, out=self._gradients[2])
        rounded = error.flatten(1, 2).to(x.dtype)
        whole = torch.bmm(hidden, rounded.mT).view(*hidden.shape[:2], *error.shape[1:3])
        owner = self._owner[:, :, None, None].expand(-1, -1, 1, error.shape[2])
        self._gradients[1].copy_(whole.gather(2, owner)[:, :, 0])
        self._gradients[0].copy_(torch.bmm(backward(torch.bmm(second, rounded)), x))
        self._adam.step()

    def _blocks(self, dtype: torch.dtype) -> Tensor:
        """[G, S, m·K]: second maps, zero but for a unit's own network."""
        return (self._tensors[0][1][:, :, None] * self._owns).flatten(2).to(dtype)

    def _logits(self, second: Tensor, hidden: Tensor) -> Tensor:
        """fp32 [G, m, K, B] from hidden units [G, S, B]."""
        bias = self._tensors[0][2]
        logits = torch.bmm(second.mT, hidden).view(len(bias), *bias.shape[1:], -1).float()
        return logits.add_(bias[..., None])

    def dev_bits(self, wanted: Collection[int]) -> dict[int, float]:
        """Mean dev loss in bits of the networks of those indices, and of their neighbours; NaN without dev items."""
        first, second = self._tensors[0][0].to(self._dev.dtype), self._blocks(self._dev.dtype)
        found: dict[int, float] = {}
        for g, group in enumerate(self._groups):
            if any(probe.index in wanted for probe in group):
                bits = self._bits(self._dev[group[0].layer], first[g], second[g], g)
                found.update(zip((probe.index for probe in group), bits, strict=True))
        return found

    def _bits(self, rows: Tensor, first: Tensor, second: Tensor, group: int) -> list[float]:
        probes = self._groups[group]
        gold = torch.stack([probe.dev for probe in probes])
        bias = self._tensors[0][2][group, : len(probes), :, None]
        share = torch.tensor([probe.unseen for probe in probes], device=rows.device)[:, None]
        loss = torch.zeros(len(probes), dtype=torch.float64, device=rows.device)
        step = max(64, CHUNK // len(first))
        for start in range(0, len(rows), step):
            hidden = torch.mm(first, rows[start : start + step].T)
            _shallow(self.probes[0]).activate_(hidden)
            logits = torch.mm(second[:, : bias[..., 0].numel()].T, hidden).view(*bias.shape[:2], -1) + bias
            loss += total_bits(logits, gold[:, start : start + step], share)
        return (loss / (gold >= 0).sum(1)).tolist()


def total_bits(logits: Tensor, labels: Tensor, share: Tensor) -> Tensor:
    """Loss [P] (fp64, bits) summed over items: `logits` [P, K, B], `labels` [P, B] with -1 for those that do not count.

    `share` [P, 1] of probability is spread evenly over the classes (measures/loss.py).
    """
    chance = logits.float().softmax(1)
    gold = chance.gather(1, labels[:, None].clamp(min=0).long())[:, 0] * (1 - share) + share / chance.shape[1]
    return -torch.where(labels >= 0, gold.log2(), 0.0).sum(1, dtype=torch.float64)


def widened(rows: Tensor, dtype: torch.dtype) -> Tensor:
    """[L, N, D] → [L, N, W] in `dtype`: with a column of ones, and zeros that fill it up (`tiled`)."""
    layers, count, width = rows.shape
    result = torch.zeros(layers, count, tiled(width + 1), dtype=dtype, device=rows.device)
    result[..., :width] = rows
    result[..., width] = 1
    return result


def similar_sizes(groups: Sequence[Sequence[NetworkState]]) -> list[list[Sequence[NetworkState]]]:
    """Groups that may be padded to one size without much waste, together: by falling number of units."""
    found: list[list[Sequence[NetworkState]]] = []
    for group in sorted(groups, key=_units, reverse=True):
        if found and _units(found[-1][0]) - _units(group) <= NEAR:
            found[-1].append(group)
        else:
            found.append([group])
    return found


def _shallow(probe: NetworkState) -> Shallow:
    assert isinstance(probe.network, Shallow)
    return probe.network


def _units(group: Sequence[NetworkState]) -> int:
    return sum(_shallow(probe).units for probe in group)


def _begins(group: Sequence[NetworkState]) -> list[int]:
    """Where each network's units begin."""
    return [0, *accumulate(_shallow(probe).units for probe in group)][:-1]


def _views(tensors: Sequence[Tensor], place: _Place) -> list[Tensor]:
    """A network's part of stacked tensors, in the shapes that `Shallow.start` gives."""
    first, second, bias = tensors
    mine = first[place.group, place.units]
    return [
        mine[:, : place.width],
        mine[:, place.width : place.width + 1],
        second[place.group, place.units].T,
        bias[place.group, place.position, :, None],
    ]
