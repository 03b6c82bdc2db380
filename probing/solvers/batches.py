"""Networks while they train, and the batches that those with the same order of items share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.solvers.networks import Network
from probing.solvers.trainer import ProbeState

AHEAD = 16  # steps whose items are sampled at a time


class Order:
    """Items in random order, without end: each once before any comes again. Probes and ensembles share it."""

    def __init__(self, items: Tensor, seed: int, batch: int) -> None:
        self.items, self.batch = items, batch
        self._generator = torch.Generator().manual_seed(seed)
        self._left = items[:0]
        self._block = -1
        self._sampled = items[:0]

    def block(self, number: int) -> Tensor:
        """The items of AHEAD steps from `number` × AHEAD on; to be read block after block, the last one as often as wanted."""
        if number != self._block:
            count = AHEAD * self.batch
            rounds = [self._left]
            while sum(map(len, rounds)) < count:
                rounds.append(self.items[torch.randperm(len(self.items), generator=self._generator)])
            sampled = torch.cat(rounds)
            self._sampled, self._left, self._block = sampled[:count], sampled[count:], number
        return self._sampled


@dataclass(eq=False, kw_only=True)
class NetworkState(ProbeState):
    """A network while it trains. `train` int32 [N] and `dev` int32 [M] labels on the device; `unseen` as in measures/loss.py."""

    network: Network
    layer: int
    order: Order
    train: Tensor
    dev: Tensor
    classes: int
    unseen: float


class Batches:
    """Rows and labels of every step of groups of networks; a group has one layer and one order, and up to `most` networks."""

    def __init__(self, rows: Tensor, groups: Sequence[Sequence[NetworkState]], most: int) -> None:
        self.rows, self.groups = rows, groups
        self._labels = torch.zeros(len(groups), most, rows.shape[1], dtype=torch.int32, device=rows.device)
        for labels, group in zip(self._labels, groups, strict=True):
            labels[: len(group)] = torch.stack([probe.train for probe in group])
        self._offset = torch.tensor([[group[0].layer * rows.shape[1]] for group in groups])
        self._block = -1

    def take(self, step: int) -> tuple[Tensor, Tensor]:
        """Rows [G, B, W] and labels [G, m, 1, B] of a step; 0 where there is no network."""
        number, within = divmod(step, AHEAD)
        batch = self.groups[0][0].order.batch
        if number != self._block:
            items = torch.stack([group[0].order.block(number) for group in self.groups])
            self._index = (items + self._offset).view(-1, AHEAD, batch).transpose(0, 1).contiguous().to(self.rows.device)
            items = items[:, None].expand(-1, self._labels.shape[1], -1).to(self.rows.device)
            gold = self._labels.gather(2, items).long()
            self._gold = gold.view(*gold.shape[:2], AHEAD, 1, batch).permute(2, 0, 1, 3, 4).contiguous()
            self._block = number
        rows = self.rows.flatten(0, 1).index_select(0, self._index[within].flatten())
        return rows.view(len(self.groups), batch, -1), self._gold[within]
