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

import numpy as np
import torch
from torch import Tensor

from probing.solvers import lbfgs
from probing.solvers.arithmetic import products, rounds
from probing.solvers.design import Design
from probing.solvers.nested_subsets import NestedSubsets, nested_subsets
from probing.solvers.softmax_objective import ABSENT, CHUNK, RoundedSoftmaxObjective, SoftmaxObjective

STATE = 256 << 20  # bytes that L-BFGS and the logits of an anchor may take: problems beyond it wait
# Fast products round the vectors, which moves an objective by 1e-4 of itself (docs/performance.md): a tolerance from here on bears it.
FAST_FROM = 1e-4
NOISE_EXACT, NOISE_FAST = 1e-7, 1e-5  # of a loss, relative


class Softmax:
    """P problems on one design: `labels` [P, N], -1 where the vector is not in the problem; K classes for all.

    A class that a problem's train items lack gets no weights and no probability.
    """

    def __init__(self, design: Design, labels: Sequence[np.ndarray], classes: int) -> None:
        self.design, self.labels, self.classes = design, labels, classes
        counts = np.zeros((len(labels), classes), np.float32)
        for p, label in enumerate(labels):
            counts[p] = np.bincount(label[label >= 0], minlength=classes)
        self.prior = torch.from_numpy(counts / counts.sum(1, keepdims=True)).to(design.device)

    def start(self) -> Tensor:
        """[P, K, R+1]: no weights, and the bias that gives each class its share: -inf where a class is absent."""
        theta = torch.zeros(*self.prior.shape, self.design.width, device=self.design.device)
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
        kind = RoundedSoftmaxObjective if fast and rounds(self.design.device) else SoftmaxObjective
        result, evaluations = theta.clone(), torch.zeros(len(theta), dtype=torch.int64, device=theta.device)
        with products("fast" if fast else "exact", self.design.device):
            for subsets in self.subsets():
                objective = kind(self.design, self.labels, self.classes, subsets, penalty)
                found, count = lbfgs.minimise(objective, objective.finite(theta), tolerance, limit, noise, tick)
                result[objective.problems], evaluations[objective.problems] = found, count
                del objective  # its rows, before the next one gathers its own
        result[:, :, -1].masked_fill_(self.prior.eq(0), -torch.inf)
        return result, evaluations

    def subsets(self) -> Iterator[NestedSubsets]:
        """Parts of chains whose states may be held at once."""
        for subsets in nested_subsets(self.labels):
            held = self.classes * 4 * (2 * lbfgs.MEMORY * self.design.width + subsets.sizes[0])
            most = max(1, STATE // held)
            for begin in range(0, len(subsets.problems), most):
                part = slice(begin, begin + most)
                order = None if subsets.order is None else subsets.order[: subsets.sizes[begin]]
                yield NestedSubsets(subsets.problems[part], subsets.sizes[part], order)

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
