"""Multinomial logistic regression for many problems that share their vectors, as one tensor program.

Objective of a problem, in nats: mean cross-entropy over its items + λ/2 ‖W‖², the bias not penalised, on standardised
vectors. All problems' logits come from one matrix product, chunked over the vectors, so each vector is read once an
evaluation for all of them. The vectors are rotated to the eigenvectors of XᵀX/n once; there the curvature is close to
a Kronecker product of a diagonal and of a K × K matrix a problem, whose inverse, exact at the prior, preconditions
L-BFGS for every λ alike. A problem that has converged leaves the batch.

L-BFGS: Nocedal & Wright 2006, algorithm 7.4. Kronecker curvature: Martens & Grosse 2015 (arXiv 1503.05671).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from probing.solvers.standardise import Standardiser

MEMORY = 12  # pairs that L-BFGS keeps
CHUNK = 1 << 18  # logits held at a time
ROWS = 4096  # vectors rotated at a time
SAMPLE = 2048  # vectors from which the spread of probabilities is read
FLOOR = 0.01  # least spread assumed of a class: a rare one spreads more as soon as its weights move
SUFFICIENT = 1e-4  # share of the promised decrease that a step must bring
NOISE = 1e-7  # of a loss in single precision, relative
SMALL_LOSS = 1e-4  # nats: below it the tolerance is absolute, or separable data would never be done
TINY = 1e-30


class Design:
    """Standardised vectors in their eigenbasis, with a last column of ones for the bias.

    `rows` [N, R+1] fp32 on the device, R = min(N, D); `basis` [D, R]; `variance` [R+1], 1 for the column of ones.
    With fewer vectors than dimensions the weights are zero in all other directions at the optimum: they are left out.
    """

    def __init__(self, vectors: np.ndarray, standardiser: Standardiser, device: str) -> None:
        torch.set_float32_matmul_precision("highest")
        self.standardiser = standardiser
        self.device = torch.device(device)
        count, width = vectors.shape
        rank = min(count, width)
        gram = torch.zeros(width, width, device=self.device)
        for _, rows in self._standardised(vectors):
            gram.addmm_(rows.T, rows)
        values, directions = torch.linalg.eigh(gram.double() / count)
        self.basis = directions[:, width - rank :].float().contiguous()
        self.variance = torch.cat([values[width - rank :].clamp(min=0), values.new_ones(1)]).float()
        self.rows = self.rotated(vectors)

    def _standardised(self, vectors: np.ndarray) -> Iterator[tuple[int, Tensor]]:
        mean, scale = (torch.from_numpy(x).to(self.device) for x in (self.standardiser.mean, self.standardiser.scale))
        for start in range(0, len(vectors), ROWS):
            # A copy, since stored vectors may be mapped read-only.
            rows = torch.tensor(vectors[start : start + ROWS]).to(self.device, torch.float32)
            yield start, (rows - mean) * scale

    def rotated(self, vectors: np.ndarray) -> Tensor:
        """[M, D] → [M, R+1] in the eigenbasis, on the device, with the column of ones."""
        rank = self.basis.shape[1]
        result = torch.ones(len(vectors), rank + 1, device=self.device)
        for start, rows in self._standardised(vectors):
            result[start : start + len(rows), :rank] = rows @ self.basis
        return result

    def unrotated(self, theta: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Parameters [K, R+1] in the eigenbasis → weights [D, K] and bias [K] on standardised vectors."""
        weights = self.basis @ theta[:, :-1].T
        return weights.cpu().numpy(), theta[:, -1].cpu().numpy()


@dataclass
class _Curvature:
    """The model of the Hessian: on problem p it is C_p ⊗ diag(variance) + λ_p, C_p = U diag(s) Uᵀ."""

    basis: Tensor  # [P, K, K]
    inverse: Tensor  # [P, K, R+1]: of the eigenvalues

    def solve(self, gradient: Tensor) -> Tensor:
        """[P, K, R+1] → the same shape: the inverse of the model, applied."""
        return self.basis @ ((self.basis.mT @ gradient) * self.inverse)

    def take(self, kept: Tensor) -> _Curvature:
        return _Curvature(self.basis[kept], self.inverse[kept])


class Softmax:
    """P problems on one design: `labels` [P, N], -1 where the vector is not in the problem; K classes for all.

    A class that a problem's train items lack gets no parameters and no probability.
    """

    def __init__(self, design: Design, labels: Sequence[np.ndarray], classes: int) -> None:
        self.design = design
        self.classes = classes
        stacked = torch.from_numpy(np.stack(labels).astype(np.int64)).to(design.device)
        self.labels = stacked.clamp(min=0)
        mask = (stacked >= 0).float()
        self.weight = mask / mask.sum(1, keepdim=True)
        counts = torch.zeros(len(labels), classes, device=design.device)
        counts.scatter_add_(1, self.labels, mask)
        self.prior = counts / counts.sum(1, keepdim=True)

    def start(self) -> Tensor:
        """[P, K, R+1]: no weights, and the bias that gives each class its share: -inf where a class is absent."""
        theta = torch.zeros(*self.prior.shape, self.design.rows.shape[1], device=self.design.device)
        theta[:, :, -1] = self.prior.log()
        return theta

    def evaluate(self, theta: Tensor, penalty: Tensor, problems: Tensor) -> tuple[Tensor, Tensor]:
        """Objective [P] (fp64, nats) and gradient [P, K, R+1] at `theta` and `penalty`, for the problems named."""
        count, classes = theta.shape[:2]
        absent, flat = self._finite(theta, problems)
        shut = torch.zeros_like(self.prior[problems]).masked_fill_(absent, -torch.inf)[:, :, None]
        lacking = bool(absent.any())
        labels, weight = self.labels[problems], self.weight[problems]
        loss = torch.zeros(count, dtype=torch.float64, device=theta.device)
        gradient = torch.zeros_like(flat)
        step = max(64, CHUNK // (count * classes))
        for start in range(0, len(self.design.rows), step):
            rows = self.design.rows[start : start + step]
            gold = labels[:, None, start : start + step]
            share = weight[:, None, start : start + step]
            logits = torch.mm(flat, rows.T).view(count, classes, len(rows))
            if lacking:
                logits += shut
            logits -= logits.amax(1, keepdim=True)
            picked = logits.gather(1, gold)
            total = logits.exp_().sum(1, keepdim=True)
            loss += torch.where(share > 0, (total.log() - picked) * share, 0.0).sum((1, 2))
            logits *= share / total
            logits.scatter_add_(1, gold, -share)
            gradient.addmm_(logits.view(count * classes, len(rows)), rows)
        gradient = gradient.view_as(theta)
        weights = flat.view_as(theta)[:, :, :-1]
        gradient[:, :, :-1] += penalty[:, None, None] * weights
        gradient.masked_fill_(absent[:, :, None], 0.0)
        return loss + 0.5 * penalty * weights.square().sum((1, 2)), gradient

    def bits(self, theta: Tensor, rows: Tensor, labels: Tensor, unseen: Tensor, inventory: Tensor) -> Tensor:
        """Mean loss [P] (fp64, bits) of other items: `rows` [M, R+1], `labels` [P, M] with -1 as in train.

        `unseen` [P] is the share of probability spread evenly over the `inventory` [P] of classes (measures/loss.py).
        NaN where a problem has no item.
        """
        every = torch.arange(len(theta), device=theta.device)
        count, classes = theta.shape[:2]
        absent, flat = self._finite(theta, every)
        loss = torch.zeros(count, dtype=torch.float64, device=theta.device)
        step = max(64, CHUNK // (count * classes))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            gold = labels[:, None, start : start + step]
            logits = torch.mm(flat, some.T).view(count, classes, len(some)).masked_fill_(absent[:, :, None], -torch.inf)
            chance = logits.softmax(1).gather(1, gold.clamp(min=0))
            chance = (1 - unseen)[:, None, None] * chance + (unseen / inventory)[:, None, None]
            loss -= torch.where(gold >= 0, chance.log2(), 0.0).sum((1, 2))
        return loss / (labels >= 0).sum(1)

    def _finite(self, theta: Tensor, problems: Tensor) -> tuple[Tensor, Tensor]:
        """Which classes are absent [P, K], and the parameters [P·K, R+1] with 0 for those."""
        absent = self.prior[problems].eq(0)
        return absent, theta.masked_fill(absent[:, :, None], 0.0).flatten(0, 1)

    def _curvature(self, theta: Tensor, penalty: Tensor) -> _Curvature:
        """The model at `theta` for all problems: the spread of the classes' probabilities over a sample of vectors."""
        every = torch.arange(len(theta), device=theta.device)
        absent, flat = self._finite(theta, every)
        stride = max(1, len(self.design.rows) // SAMPLE)
        rows, weight = self.design.rows[::stride], self.weight[:, ::stride]
        weight = (weight / weight.sum(1, keepdim=True).clamp(min=TINY))[:, None]
        logits = (flat @ rows.T).view(*theta.shape[:2], len(rows)).masked_fill_(absent[:, :, None], -torch.inf)
        chance = logits.softmax(1)
        spread = torch.diag_embed((chance * weight).sum(2)) - (chance * weight) @ chance.mT
        values, basis = torch.linalg.eigh(spread.double())
        eigen = values.float().clamp(min=FLOOR)[:, :, None] * self.design.variance
        eigen[:, :, :-1] += penalty[:, None, None]
        return _Curvature(basis.float(), 1 / eigen.clamp(min=TINY))

    def minimise(
        self, theta: Tensor, penalty: Tensor, tolerance: float, limit: int, tick: Callable[[], None] = lambda: None
    ) -> tuple[Tensor, Tensor]:
        """The optimum [P, K, R+1] of every problem at `penalty` [P] from `theta`, and the evaluations [P] it took.

        A problem is done when half its Newton decrement, which estimates the loss above the optimum, is below
        `tolerance` times its loss, when no step helps any more, or after `limit` evaluations. `tick` is called once an
        evaluation and may raise.
        """
        every = torch.arange(len(theta), device=theta.device)
        absent, flat = self._finite(theta, every)
        result = flat.view_as(theta).clone()
        evaluations = torch.zeros(len(theta), dtype=torch.int64, device=theta.device)
        walk = _Walk(every, result.clone(), penalty, self._curvature(theta, penalty))
        walk.arrive(*self.evaluate(walk.point, penalty, every))
        for _ in range(limit):
            tick()
            done = walk.done(tolerance)
            if done.any():
                result[walk.problems[done]] = walk.point[done]
                walk.leave(~done)
                if not len(walk.problems):
                    break
            evaluations[walk.problems] += 1
            walk.advance(*self.evaluate(walk.trial(), walk.penalty, walk.problems))
        result[walk.problems] = walk.point
        result[:, :, -1] = result[:, :, -1].masked_fill(absent, -torch.inf)
        return result, evaluations


class _Walk:
    """L-BFGS on the problems not yet done, each with its own step; all tensors lead with [P]."""

    def __init__(self, problems: Tensor, point: Tensor, penalty: Tensor, model: _Curvature) -> None:
        self.problems, self.point, self.penalty, self.model = problems, point, penalty, model
        self.pairs: list[tuple[Tensor, Tensor, Tensor]] = []  # move, turn of the gradient, 1 / their product

    def arrive(self, loss: Tensor, gradient: Tensor) -> None:
        self.loss, self.gradient = loss, gradient
        self.direction = self._descent()
        self.slope = _product(gradient, self.direction)
        self.step = torch.ones_like(self.slope)

    def done(self, tolerance: float) -> Tensor:
        near = -0.5 * self.slope <= tolerance * (self.loss + SMALL_LOSS)
        return near | (self.step < 1e-6)

    def leave(self, kept: Tensor) -> None:
        """Drop the problems that are not `kept`."""
        self.problems, self.point, self.penalty = self.problems[kept], self.point[kept], self.penalty[kept]
        self.loss, self.gradient, self.direction = self.loss[kept], self.gradient[kept], self.direction[kept]
        self.slope, self.step, self.model = self.slope[kept], self.step[kept], self.model.take(kept)
        self.pairs = [(move[kept], turn[kept], inverse[kept]) for move, turn, inverse in self.pairs]

    def trial(self) -> Tensor:
        return self.point + _wide(self.step) * self.direction

    def advance(self, loss: Tensor, gradient: Tensor) -> None:
        """Take the trial step where it brought enough, and shorten it elsewhere."""
        good = loss <= self.loss + SUFFICIENT * self.step * self.slope + NOISE * self.loss
        move = _wide(self.step) * self.direction
        turn = gradient - self.gradient
        bend = _product(move, turn)
        kept = good & (bend > 0)
        inverse = torch.where(kept, 1 / bend.clamp(min=TINY), 0.0).float()
        self.pairs.append((torch.where(_wide(kept), move, 0.0), torch.where(_wide(kept), turn, 0.0), inverse))
        del self.pairs[:-MEMORY]
        # The lowest point of the parabola through both losses and the first slope.
        excess = (loss - self.loss - self.step * self.slope).clamp(min=TINY)
        lowest = -0.5 * self.slope * self.step.square() / excess
        shorter = lowest.clamp(min=0.1 * self.step, max=0.5 * self.step)
        self.point = torch.where(_wide(good), self.point + move, self.point)
        self.gradient = torch.where(_wide(good), gradient, self.gradient)
        self.loss = torch.where(good, loss, self.loss)
        self.direction = torch.where(_wide(good), self._descent(), self.direction)
        self.slope = _product(self.gradient, self.direction)
        self.step = torch.where(good, 1.0, shorter)

    def _descent(self) -> Tensor:
        """Minus the quasi-Newton inverse on the gradient: the two loops over the pairs, around the scaled model."""
        vector = self.gradient.clone()
        along: list[Tensor] = []
        for move, turn, inverse in reversed(self.pairs):
            along.append(inverse * _product(move, vector).float())
            vector -= along[-1][:, None, None] * turn
        vector = self.model.solve(vector)
        if self.pairs:
            _, turn, inverse = self.pairs[-1]
            scale = 1 / (inverse * _product(turn, self.model.solve(turn)).float()).clamp(min=TINY)
            vector *= torch.where(inverse > 0, scale, 1.0)[:, None, None]
        for (move, turn, inverse), before in zip(self.pairs, reversed(along), strict=True):
            vector += (before - inverse * _product(turn, vector).float())[:, None, None] * move
        return -vector


def _product(first: Tensor, second: Tensor) -> Tensor:
    """[P], in double precision."""
    return (first * second).sum((1, 2), dtype=torch.float64)


def _wide(values: Tensor) -> Tensor:
    values = values if values.dtype == torch.bool else values.float()
    return values[:, None, None]
