"""Any networks of one shape that step together: autograd of the sum of their losses gives each its own slopes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from probing.solvers.adam import Adam, by_rate
from probing.solvers.arithmetic import products
from probing.solvers.networks import Network
from probing.solvers.packed import total_bits
from probing.solvers.seats import Batches, Seat

CHUNK = 1 << 22  # numbers of dev vectors held at a time


class Company:
    """`seats` of one network and number of classes. Takes the seats over. `rows` [L, N, D] fp32. Interface as of `Packed`."""

    def __init__(self, rows: Tensor, seats: Sequence[Seat], adam: Adam) -> None:
        self.rows, self.seats, self.groups = rows, list(seats), [[seat] for seat in seats]
        self._tensors = [
            [torch.stack(some) for some in zip(*(seat.tensors[kind] for seat in seats), strict=True)] for kind in range(3)
        ]
        self._slopes = [torch.empty_like(tensor) for tensor in self._tensors[0]]
        for index, seat in enumerate(self.seats):
            seat.tensors = [[tensor[index] for tensor in tensors] for tensors in self._tensors]
        self._adam = adam
        self._batches = Batches(rows, self.groups, 1)
        self.regroup()

    def regroup(self) -> None:
        own = [[[tensor[i] for tensor in some] for some in (*self._tensors, self._slopes)] for i in range(len(self.seats))]
        self._adam.arrange(by_rate((seat.rate for seat in self.seats), own))

    def step(self, step: int) -> None:
        x, gold = self._batches.take(step)
        leaves = [tensor.detach().requires_grad_() for tensor in self._tensors[0]]
        with torch.enable_grad():
            chance = self._network.logits(leaves, x).log_softmax(1)
            loss = -chance.gather(1, gold[:, 0]).mean((1, 2)).sum()
        for kept, found in zip(self._slopes, torch.autograd.grad(loss, leaves), strict=True):
            kept.copy_(found)
        self._adam.step()

    @property
    def _network(self) -> Network:
        return self.seats[0].network

    def bits(self, rows: Tensor, groups: Sequence[int]) -> list[list[float]]:
        return [[dev_bits(self.seats[g], self.seats[g].parameters, rows)] for g in groups]


def dev_bits(seat: Seat, parameters: Sequence[Tensor], rows: Tensor) -> float:
    """Mean dev loss in bits with those parameters, in fp32; `rows` [L, M, D]. NaN without dev items."""
    total = torch.zeros(1, dtype=torch.float64, device=rows.device)
    share = torch.full((1, 1), seat.unseen, device=rows.device)
    step = max(64, CHUNK // rows.shape[2])
    batched = [parameter[None] for parameter in parameters]
    with products("exact"):
        for start in range(0, rows.shape[1], step):
            logits = seat.network.logits(batched, rows[seat.layer, None, start : start + step])
            total += total_bits(logits, seat.dev[None, start : start + step], share)
    return float(total / (seat.dev >= 0).sum())
