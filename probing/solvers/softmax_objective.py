"""The objective of multinomial logistic regression for problems on nested subsets, evaluated together.

Of problem p with n items, weights W [K, R], bias b [K] and the penalty λ, in nats:

    L(W, b) = -1/n Σᵢ log softmax(W xᵢ + b)[yᵢ] + λ/2 ‖W‖²

The rows are read in chunks; a problem that lacks the rows of a chunk costs nothing there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

from probing.solvers.design import Design
from probing.solvers.nested_subsets import NestedSubsets

CHUNK = 1 << 20  # logits held at a time
OLDEST = 16  # evaluations from an anchor
LONGEST = 1024  # vectors in a chunk: its gradient finds them where its logits have read them, in the processor's own cache
NEAR = 1024  # vectors: a chunk costs as much as so many; a power of two
SAMPLE = 1024  # vectors from which the spread of probabilities is read: the first ones, and as many from all over
FLOOR = 0.005  # least spread assumed of a class: a rare one spreads more as soon as its weights move
ABSENT = -1e4  # bias of a class that a problem's train items lack: its probability is 0 in single precision
TINY = 1e-30


@dataclass
class Kronecker:
    """The model of the Hessian: on problem p it is C_p ⊗ diag(variance) + λ_p, C_p = U diag(s) Uᵀ."""

    basis: Tensor  # [P, K, K]
    inverse: Tensor  # [P, K, R+1]: of the eigenvalues

    def solve(self, gradient: Tensor) -> Tensor:
        return self.basis @ ((self.basis.mT @ gradient) * self.inverse)

    def take(self, kept: Tensor) -> Kronecker:
        return Kronecker(self.basis[kept], self.inverse[kept])


@dataclass(frozen=True)
class _RowChunk:
    """Rows `begin` to `end`, which the first `active` of the requested problems have; `number` is its place among all chunks."""

    number: int
    begin: int
    end: int
    active: int


@dataclass(frozen=True)
class _Requested:
    """The problems that are not done yet: `sizes` fall, `labels` [Q, N], `item` [Q] is what an item weighs."""

    problems: Tensor
    sizes: list[int]
    labels: Tensor
    item: Tensor
    chunks: list[_RowChunk]


class SoftmaxObjective:
    """Problem i of `subsets` has the first `sizes[i]` rows, in the order of `subsets`. An `Objective` of lbfgs.

    `problems` [P] are their positions among `labels` [P', N] and `penalty` [P'].
    """

    def __init__(
        self,
        design: Design,
        labels: Sequence[np.ndarray],
        classes: int,
        subsets: NestedSubsets,
        penalty: Tensor,
    ) -> None:
        self.design, self.order, self.classes = design, subsets.order, classes
        self.problems = torch.tensor(subsets.problems, device=design.device)
        self.sizes = list(subsets.sizes)
        self.chunks = row_chunks(self.sizes, classes)
        self.penalty = penalty[self.problems]
        chosen = list(subsets.problems)
        small = np.int16 if classes < 1 << 15 else np.int32
        self.labels = torch.from_numpy(np.stack([self._ordered(labels[p]) for p in chosen]).astype(small)).to(design.device)
        self.rows = self._ordered_rows()
        self._last: _Requested | None = None
        self._buffers: dict[str, Tensor] = {}
        self._minus_one = torch.tensor(-1.0, device=design.device)

    def _ordered(self, values: np.ndarray) -> np.ndarray:
        return values if self.order is None else values[self.order]

    def _ordered_rows(self) -> Tensor:
        """The rows [N, …] in the order of the subsets."""
        return self._taken(self.design.rows)

    def _taken(self, rows: Tensor) -> Tensor:
        return rows if self.order is None else rows[torch.from_numpy(self.order).to(rows.device)]

    def finite(self, theta: Tensor) -> Tensor:
        """Of all problems' parameters [P', K, R+1] those of this objective, an absent class far down instead of at -inf."""
        return theta[self.problems].clamp(min=ABSENT)

    def evaluate(self, theta: Tensor, problems: Tensor) -> tuple[Tensor, Tensor]:
        """See `lbfgs.Objective`. `problems` [Q] ascend, so that sizes fall."""
        requested = self._request(problems)
        count, classes, width = theta.shape
        gold_share = torch.ones(count, len(self.rows), device=theta.device)
        gradient = torch.zeros(count * classes, width, device=theta.device)
        self._prepare(theta, requested)
        for chunk in requested.chunks:
            begin, end, active = chunk.begin, chunk.end, chunk.active
            error = torch.softmax(self._logits(chunk), 1, out=self._buffer("error", active, classes, end - begin))
            gold = requested.labels[:active, None, begin:end].long()
            gold_share[:active, begin:end] = error.gather(1, gold)[:, 0]
            error.scatter_add_(1, gold, self._minus_one.expand_as(gold))
            for row in range(active - 1, -1, -1):
                if requested.sizes[row] >= end:
                    break
                error[row, :, requested.sizes[row] - begin :] = 0.0
            self._add_gradient(gradient[: active * classes], error.flatten(0, 1), chunk)
        for row, size in enumerate(requested.sizes):
            gold_share[row, size:] = 1.0
        nats = gold_share.clamp_(min=TINY).log_()
        gradient = gradient.view_as(theta)
        loss = -nats.sum(1, dtype=torch.float64) * requested.item
        gradient *= requested.item[:, None, None].float()
        weights, penalty = theta[:, :, :-1], self.penalty[problems]
        gradient[:, :, :-1].addcmul_(weights, penalty[:, None, None])
        return loss + 0.5 * penalty * weights.square().sum((1, 2), dtype=torch.float64), gradient

    def _prepare(self, theta: Tensor, requested: _Requested) -> None:  # noqa: ARG002
        """Prepare for the chunks at `theta` [Q, K, R+1]."""
        self._theta = theta

    def _logits(self, chunk: _RowChunk) -> Tensor:
        """[active, K, end - begin]."""
        flat = self._theta[: chunk.active].flatten(0, 1)
        logits = self._buffer("logits", len(flat), chunk.end - chunk.begin)
        torch.mm(flat, self.rows[chunk.begin : chunk.end].T, out=logits)
        return logits.view(chunk.active, self.classes, -1)

    def _add_gradient(self, gradient: Tensor, error: Tensor, chunk: _RowChunk) -> None:
        """Add to `gradient` [active·K, R+1] what `error` [active·K, end - begin] brings."""
        gradient.addmm_(error, self.rows[chunk.begin : chunk.end])

    def _buffer(self, name: str, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        """Memory to write in, the same for every chunk: the system clears the pages of new memory, which takes time."""
        size = prod(shape)
        if name not in self._buffers or len(self._buffers[name]) < size:
            self._buffers[name] = torch.empty(size, dtype=dtype, device=self.design.device)
        return self._buffers[name][:size].view(shape)

    def _request(self, problems: Tensor) -> _Requested:
        if self._last is None or not torch.equal(self._last.problems, problems):
            sizes = [self.sizes[p] for p in problems.tolist()]
            item = 1 / torch.tensor(sizes, dtype=torch.float64, device=self.design.device)
            cuts = [(i, *cut, sum(size > cut[0] for size in sizes)) for i, cut in enumerate(self.chunks) if cut[0] < sizes[0]]
            self._last = _Requested(problems, sizes, self.labels[problems].clamp_(min=0), item, [_RowChunk(*cut) for cut in cuts])
        return self._last

    def curvature(self, theta: Tensor, problems: Tensor) -> Kronecker:
        """The model at `theta`: the spread of the classes' probabilities over a sample of each problem's vectors."""
        device, count = theta.device, len(self.rows)
        spread_out = torch.arange(min(SAMPLE, count), count, count // SAMPLE + 1)
        chosen = torch.cat([torch.arange(min(SAMPLE, count)), spread_out]).to(device)
        sizes = torch.tensor(self.sizes, device=device)[problems]
        within = (chosen < sizes[:, None]).float()
        weight = (within / within.sum(1, keepdim=True))[:, None]
        logits = theta.flatten(0, 1) @ self.rows[chosen, : theta.shape[2]].float().T
        chance = logits.view(*theta.shape[:2], len(chosen)).softmax(1)
        spread = torch.diag_embed((chance * weight).sum(2)) - (chance * weight) @ chance.mT
        values, basis = torch.linalg.eigh(spread.double())
        eigen = values.float().clamp(min=FLOOR)[:, :, None] * self.design.variance
        eigen[:, :, :-1] += self.penalty[problems][:, None, None]
        return Kronecker(basis.float(), 1 / eigen.clamp(min=TINY))


class RoundedSoftmaxObjective(SoftmaxObjective):
    """Products of bf16 numbers with bf16 results, for processors that are many times faster at those than at any others.

    The vectors are rounded once, and the objective is that of the rounded ones. Logits of eight digits would make the loss jump,
    and L-BFGS stall: those of an anchor are kept in fp32, and a product only adds the change since then, so
    that its rounding shrinks with the steps.
    """

    def _ordered_rows(self) -> Tensor:
        """bf16 [N, W], see `Design.rounded`."""
        self._before: _Requested | None = None
        self._anchored: dict[int, Tensor] = {}
        self._age, self._until = OLDEST, OLDEST // 4
        return self._taken(self.design.rounded)

    def _prepare(self, theta: Tensor, requested: _Requested) -> None:
        if requested is not self._before:
            self._drop_done(requested)
        self._age += 1
        if self._age >= self._until:
            # Moves get shorter: an anchor serves as many evaluations as there have been, up to OLDEST.
            self._age, self._until, self._anchor = 0, min(self._until * 2, OLDEST), theta
            return
        self._move = self.rows.new_zeros(*theta.shape[:2], self.rows.shape[1])
        self._move[:, :, : theta.shape[2]] = theta - self._anchor

    def _drop_done(self, requested: _Requested) -> None:
        """Keep the anchor of the problems that are not done yet."""
        if self._before is not None:
            stay = torch.isin(self._before.problems, requested.problems)
            self._anchor = self._anchor[stay]
            for chunk in self._before.chunks:
                logits = self._anchored[chunk.number]
                self._anchored[chunk.number] = logits[stay[: len(logits)]]
        self._before = requested

    def _logits(self, chunk: _RowChunk) -> Tensor:
        active, rows = chunk.active, self.rows[chunk.begin : chunk.end]
        shape = active, self.classes, len(rows)
        if self._age == 0:
            # In two parts, of which each survives the rounding.
            anchor = self._anchor[:active].flatten(0, 1)
            high = anchor.bfloat16().float()
            wide = self._buffer("wide", len(rows), anchor.shape[1]).copy_(rows[:, : anchor.shape[1]]).T
            first, second = (self._buffer(name, *anchor.shape[:1], len(rows)) for name in ("logits", "error"))
            torch.mm(high, wide, out=first)
            torch.mm(anchor - high, wide, out=second)
            if chunk.number not in self._anchored:
                self._anchored[chunk.number] = first.new_empty(shape)
            return torch.add(first.view(shape), second.view(shape), out=self._anchored[chunk.number])
        change = self._buffer("change", active * self.classes, len(rows), dtype=torch.bfloat16)
        torch.mm(self._move[:active].flatten(0, 1), rows.T, out=change)
        return torch.add(self._anchored[chunk.number], change.view(shape), out=self._buffer("logits", *shape))

    def _add_gradient(self, gradient: Tensor, error: Tensor, chunk: _RowChunk) -> None:
        rounded = self._buffer("rounded", *error.shape, dtype=torch.bfloat16).copy_(error)
        gradient += torch.mm(rounded, self.rows[chunk.begin : chunk.end])[:, : gradient.shape[1]]


def row_chunks(sizes: Sequence[int], classes: int) -> list[tuple[int, int]]:
    """Begin and end of each row chunk, for problems with the first `sizes` of the rows, falling.

    None ends within a chunk, unless that saves little. Lengths are few, since the first product of a shape costs
    milliseconds: NEAR times powers of two, but the last.
    """
    found: list[tuple[int, int]] = []
    begin = 0
    while begin < sizes[0]:
        active = sum(size > begin for size in sizes)
        end = min([sizes[0], *(-(-size // NEAR) * NEAR for size in sizes[:active])])
        room = min(end - begin, LONGEST, max(64, CHUNK // (active * classes)))
        if end < sizes[0] or room < end - begin:
            room = 1 << (room.bit_length() - 1)
        found.append((begin, begin + room))
        begin += room
    return found
