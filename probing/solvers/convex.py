"""Multinomial logistic regression for many problems that share their vectors, as one tensor program.

Objective of a problem, in nats: mean cross-entropy over its items + λ/2 ‖W‖², the bias not penalised, on standardised
vectors. Problems whose items are nested are evaluated together: their logits come from one matrix product, chunked over
the vectors, and a vector is read once for all problems that have it and not at all for those that have not. The vectors
are rotated to the eigenvectors of XᵀX/n once; there the curvature is close to a Kronecker product of a diagonal and of a
K × K matrix a problem, whose inverse preconditions L-BFGS for every λ alike.

Kronecker curvature: Martens & Grosse 2015 (arXiv 1503.05671).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from probing.solvers import lbfgs
from probing.solvers.arithmetic import products, rounds
from probing.solvers.chains import Chain, chains
from probing.solvers.design import Design

CHUNK = 1 << 20  # logits held at a time
NEAR = 1024  # vectors: a reading costs as much as so many, and for fewer it is not cut
STATE = 256 << 20  # bytes that L-BFGS may keep: problems beyond it wait
SAMPLE = 1024  # vectors from which the spread of probabilities is read: the first ones, and as many from all over
FLOOR = 0.005  # least spread assumed of a class: a rare one spreads more as soon as its weights move
ABSENT = -1e4  # bias of a class that a problem's train items lack: its probability is 0 in single precision
TINY = 1e-30
# Fast products round the vectors, which moves an objective by 1e-4 of itself (docs/performance.md): a tolerance from here on bears it.
# Parameters are given in two parts, since losses jump when they are rounded too, and L-BFGS then stalls 2e-3 above the optimum.
FAST_FROM = 3e-4
NOISE_EXACT, NOISE_FAST = 1e-7, 1e-6  # of a loss, relative


@dataclass
class _Kronecker:
    """The model of the Hessian: on problem p it is C_p ⊗ diag(variance) + λ_p, C_p = U diag(s) Uᵀ."""

    basis: Tensor  # [P, K, K]
    inverse: Tensor  # [P, K, R+1]: of the eigenvalues

    def solve(self, gradient: Tensor) -> Tensor:
        return self.basis @ ((self.basis.mT @ gradient) * self.inverse)

    def take(self, kept: Tensor) -> _Kronecker:
        return _Kronecker(self.basis[kept], self.inverse[kept])


class Softmax:
    """P problems on one design: `labels` [P, N], -1 where the vector is not in the problem; K classes for all.

    `weights` [P, N] are how often each item counts (bootstrap draws), once where None. A class that a problem's train items
    lack gets no weights and no probability.
    """

    def __init__(
        self,
        design: Design,
        labels: Sequence[np.ndarray],
        classes: int,
        weights: Sequence[np.ndarray] | None = None,
    ) -> None:
        self.design, self.classes = design, classes
        self.labels, self.weights = labels, weights
        counts = np.zeros((len(labels), classes), np.float32)
        for p, label in enumerate(labels):
            kept = label >= 0
            counts[p] = np.bincount(label[kept], None if weights is None else weights[p][kept], minlength=classes)
        self.prior = torch.from_numpy(counts / counts.sum(1, keepdims=True)).to(design.device)

    def start(self) -> Tensor:
        """[P, K, R+1]: no weights, and the bias that gives each class its share: -inf where a class is absent."""
        theta = torch.zeros(*self.prior.shape, self.design.rows.shape[1], device=self.design.device)
        theta[:, :, -1] = self.prior.log()
        return theta

    def minimise(
        self, theta: Tensor, penalty: Tensor, tolerance: float, limit: int, tick: Callable[[], None] = lambda: None
    ) -> tuple[Tensor, Tensor]:
        """The optimum [P, K, R+1] of every problem at `penalty` [P] from `theta`, and the evaluations [P] it took.

        `tolerance` is the distance of the loss from its optimum, as a share of it, that is near enough; from FAST_FROM on,
        products are fast. `limit` is of evaluations a problem; `tick` is called once an
        evaluation and may raise.
        """
        fast = tolerance >= FAST_FROM
        noise = NOISE_FAST if fast else NOISE_EXACT
        split = fast and rounds(self.design.device)
        result, evaluations = theta.clone(), torch.zeros(len(theta), dtype=torch.int64, device=theta.device)
        with products("fast" if fast else "exact", self.design.device):
            for block in self._blocks(split, penalty):
                found, count = lbfgs.minimise(block, block.finite(theta), tolerance, limit, noise, tick)
                result[block.problems], evaluations[block.problems] = found, count
                block.release()
        result[:, :, -1].masked_fill_(self.prior.eq(0), -torch.inf)
        return result, evaluations

    def evaluate(self, theta: Tensor, penalty: Tensor) -> tuple[Tensor, Tensor]:
        """Objective [P] (fp64, nats) and gradient [P, K, R+1] at `theta` and `penalty` [P], in fp32 products."""
        loss = torch.zeros(len(theta), dtype=torch.float64, device=theta.device)
        gradient = torch.zeros_like(theta)
        with products("exact"):
            for block in self._blocks(False, penalty):
                every = torch.arange(len(block.problems), device=theta.device)
                loss[block.problems], gradient[block.problems] = block.evaluate(block.finite(theta), every)
                block.release()
        return loss, gradient

    def _blocks(self, split: bool, penalty: Tensor) -> Iterator[_Block]:
        """One after the other, so that the rows gathered for one are gone before the next."""
        held = 2 * lbfgs.MEMORY * self.classes * self.design.rows.shape[1] * 4
        most = max(1, STATE // held)
        for chain in chains(self.labels):
            for begin in range(0, len(chain.problems), most):
                part = slice(begin, begin + most)
                order = None if chain.order is None else chain.order[: chain.sizes[begin]]
                yield _Block(self, Chain(chain.problems[part], chain.sizes[part], order), split, penalty)

    def bits(self, theta: Tensor, rows: Tensor, labels: Tensor, unseen: Tensor, inventory: Tensor) -> Tensor:
        """Mean loss [P] (fp64, bits) of other items: `rows` [M, R+1], `labels` [P, M] with -1 as in train.

        `unseen` [P] is the share of probability spread evenly over the `inventory` [P] of classes (measures/loss.py).
        NaN where a problem has no item.
        """
        count, classes = theta.shape[:2]
        flat = theta.clamp(min=ABSENT).flatten(0, 1)
        loss = torch.zeros(count, dtype=torch.float64, device=theta.device)
        step = max(64, CHUNK // (count * classes))
        with products("exact"):
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                gold = labels[:, None, start : start + step]
                chance = torch.mm(flat, some.T).view(count, classes, len(some)).softmax(1).gather(1, gold.clamp(min=0))
                chance = (1 - unseen)[:, None, None] * chance + (unseen / inventory)[:, None, None]
                loss -= torch.where(gold >= 0, chance.log2(), 0.0).sum((1, 2), dtype=torch.float64)
        return loss / (labels >= 0).sum(1)


@dataclass
class _Asked:
    """The problems of a block that are still walking: `sizes` fall, `labels` [Q, N], `item` [Q] is what an item weighs."""

    problems: Tensor
    sizes: list[int]
    labels: Tensor
    item: Tensor

    def active(self, begin: int) -> int:
        """How many problems have a row at `begin` or later: the first ones."""
        return sum(size > begin for size in self.sizes)

    def end(self, begin: int, classes: int) -> int:
        """Where a reading from `begin` ends: with a problem's last row, so that nothing is computed in vain, unless that is near."""
        active = self.active(begin)
        most = begin + max(64, CHUNK // (active * classes))
        near = begin + NEAR
        return min([most, self.sizes[0], *(size for size in self.sizes[:active] if size >= near)])


class _Block:
    """The problems of one chain, in its order: problem i has the first `sizes[i]` rows. An `Objective` of lbfgs.

    `problems` [P] are their positions among the Softmax's; where `split`, parameters are multiplied in two parts, so that
    only the vectors are rounded.
    """

    def __init__(self, whole: Softmax, chain: Chain, split: bool, penalty: Tensor) -> None:
        self.design, self.split, self.order = whole.design, split, chain.order
        self.problems = torch.tensor(chain.problems, device=whole.design.device)
        self.sizes = list(chain.sizes)
        self.penalty = penalty[self.problems]
        self._whole = whole
        self._rows: Tensor | None = None
        self._last: _Asked | None = None
        self._minus_one = torch.tensor(-1.0, device=whole.design.device)

    def finite(self, theta: Tensor) -> Tensor:
        """Of all problems' parameters [P', K, R+1] this block's, an absent class far down instead of at -inf."""
        return theta[self.problems].clamp(min=ABSENT)

    @property
    def rows(self) -> Tensor:
        """[N, R+1] in the chain's order; with it the labels [P, N], int16 where they fit, and the items' shares [P, N]."""
        if self._rows is None:
            order, whole = self.order, self._whole
            device = self.design.device
            self._rows = self.design.rows if order is None else self.design.rows[torch.from_numpy(order).to(device)]
            chosen = self.problems.tolist()
            small = np.int16 if whole.classes < 1 << 15 else np.int32
            taken = [whole.labels[p] if order is None else whole.labels[p][order] for p in chosen]
            self.labels = torch.from_numpy(np.stack(taken).astype(small)).to(device)
            self.shares: Tensor | None = None
            if whole.weights is not None:
                counts = [whole.weights[p] if order is None else whole.weights[p][order] for p in chosen]
                shares = torch.from_numpy(np.stack(counts).astype(np.float32)).to(device) * (self.labels >= 0)
                self.shares = shares / shares.sum(1, keepdim=True)
        return self._rows

    def release(self) -> None:
        """Let go of the rows: the loop that makes blocks still holds this one while it makes the next."""
        self._rows = self._last = None

    def evaluate(self, theta: Tensor, problems: Tensor) -> tuple[Tensor, Tensor]:
        """See `lbfgs.Objective`. `problems` [Q] ascend, so that sizes fall."""
        asked = self._asked(problems)
        rows, (count, classes, width) = self.rows, theta.shape
        parts = self._parts(theta)
        gold_share = torch.ones(count, asked.sizes[0], device=theta.device)
        gradient = torch.zeros(count * classes, width, device=theta.device)
        begin = 0
        while begin < asked.sizes[0]:
            active, end = asked.active(begin), asked.end(begin, classes)
            logits = torch.mm(parts[:active].flatten(0, 2), rows[begin:end].T).view(active, -1, classes, end - begin)
            error = (logits[:, 0] + logits[:, 1] if self.split else logits[:, 0]).softmax(1)
            gold = asked.labels[:active, None, begin:end]
            gold_share[:active, begin:end] = error.gather(1, gold)[:, 0]
            error.scatter_add_(1, gold, self._minus_one.expand_as(gold))
            if self.shares is not None:
                error *= self.shares[problems[:active], None, begin:end]
            for row in range(active - 1, -1, -1):
                if asked.sizes[row] >= end:
                    break
                error[row, :, asked.sizes[row] - begin :] = 0.0
            gradient[: active * classes].addmm_(error.flatten(0, 1), rows[begin:end])
            begin = end
        for row, size in enumerate(asked.sizes):
            gold_share[row, size:] = 1.0
        nats = gold_share.clamp_(min=TINY).log_()
        gradient = gradient.view_as(theta)
        if self.shares is None:
            loss = -nats.sum(1, dtype=torch.float64) * asked.item
            gradient *= asked.item[:, None, None].float()
        else:
            loss = -(nats * self.shares[problems, : asked.sizes[0]]).sum(1, dtype=torch.float64)
        weights, penalty = theta[:, :, :-1], self.penalty[problems]
        gradient[:, :, :-1].addcmul_(weights, penalty[:, None, None])
        return loss + 0.5 * penalty * weights.square().sum((1, 2), dtype=torch.float64), gradient

    def _parts(self, theta: Tensor) -> Tensor:
        """[P, 1 or 2, K, R+1] whose sum over the second axis is `theta`: with two, each survives the rounding."""
        if not self.split:
            return theta[:, None]
        high = theta.bfloat16().float()
        return torch.stack([high, theta - high], 1)

    def _asked(self, problems: Tensor) -> _Asked:
        if self._last is None or not torch.equal(self._last.problems, problems):
            rows = self.rows
            sizes = [self.sizes[p] for p in problems.tolist()]
            item = 1 / torch.tensor(sizes, dtype=torch.float64, device=rows.device)
            self._last = _Asked(problems, sizes, self.labels[problems].long().clamp_(min=0), item)
        return self._last

    def curvature(self, theta: Tensor, problems: Tensor) -> _Kronecker:
        """The model at `theta`: the spread of the classes' probabilities over a sample of each problem's vectors."""
        rows, device = self.rows, theta.device
        count = len(rows)
        spread_out = torch.arange(min(SAMPLE, count), count, count // SAMPLE + 1)
        chosen = torch.cat([torch.arange(min(SAMPLE, count)), spread_out]).to(device)
        sizes = torch.tensor(self.sizes, device=device)[problems]
        within = (chosen < sizes[:, None]).float()
        weight = (within / within.sum(1, keepdim=True))[:, None]
        logits = theta.flatten(0, 1) @ rows[chosen].T
        chance = logits.view(*theta.shape[:2], len(chosen)).softmax(1)
        spread = torch.diag_embed((chance * weight).sum(2)) - (chance * weight) @ chance.mT
        values, basis = torch.linalg.eigh(spread.double())
        eigen = values.float().clamp(min=FLOOR)[:, :, None] * self.design.variance
        eigen[:, :, :-1] += self.penalty[problems][:, None, None]
        return _Kronecker(basis.float(), 1 / eigen.clamp(min=TINY))
