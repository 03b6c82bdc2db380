"""Preconditioned L-BFGS for many problems at once, each with its own step, and gone from the batch when it is done.

The two loops over the stored pairs are solved as triangular systems, so that an iteration is a handful of batched
products whatever the number of pairs. Nocedal & Wright 2006, algorithm 7.4; compact form: Byrd, Nocedal & Schnabel 1994.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self

import torch
from torch import Tensor

MEMORY = 8  # pairs kept: with three times as many a fit takes a twentieth fewer evaluations, and thrice the memory
REFRESH = (5, 15, 45)  # evaluations after which the curvature is modelled anew: a quarter to a third fewer evaluations in all
# The decrement sees only the directions of the steps so far. On word vectors of two checkpoints, tasks and controls, the true
# distance from the optimum was 20 to 100 times its half where that distance was 1 % to 0.03 % of the loss.
CAUTION = 100
RECENT = 3  # decrements of which the largest counts, since one may be small by chance
SUFFICIENT = 1e-4  # share of the promised decrease that a step must bring
SMALL_LOSS = 1e-4  # nats: below it the tolerance is absolute, or separable data would never be done
LEAST_STEP = 1e-6  # shorter ones bring nothing but rounding
# Where rounding once gave a loss that is too low, no later step satisfies. A step shorter than SHORT moves nothing: the loss that comes
# back is that of the same point, and replaces the old one, at most REPEATS times a problem.
SHORT, REPEATS = 1e-3, 2
LEAST_CURVATURE = 1e-5  # cosine between a move and the change of the gradient, below which the pair is rounding
# Problems that are done stay in the batch until they are one in SHARE: each number of problems has products of shapes of its own, and
# the first product of a shape costs the preparation of a kernel, a few milliseconds.
SHARE = 3
TINY = 1e-30


class Curvature(Protocol):
    """A model of the Hessian for P problems."""

    def solve(self, gradient: Tensor) -> Tensor:
        """[P, …] → the same shape: the model's inverse, applied."""

    def take(self, kept: Tensor) -> Self:
        """Of the problems kept: a mask [P]."""


class Objective(Protocol):
    """What is minimised: P problems, of which only some may be requested; `problems` are their positions."""

    def evaluate(self, theta: Tensor, problems: Tensor) -> tuple[Tensor, Tensor]:
        """Losses [P] (fp64) and gradients [P, …]."""

    def curvature(self, theta: Tensor, problems: Tensor) -> Curvature: ...


def minimise(
    objective: Objective, theta: Tensor, tolerance: float, limit: int, noise: float, tick: Callable[[], None]
) -> tuple[Tensor, Tensor]:
    """From `theta` [P, …] to near every problem's optimum, and the evaluations [P] it took.

    A problem is done when its loss is estimated to be within `tolerance` of the optimum, as a share of the loss, when no
    step helps any more, or after `limit` evaluations. `noise` is the rounding of a loss, relative. `tick` is called
    once an evaluation and may raise.
    """
    every = torch.arange(len(theta), device=theta.device)
    result = theta.clone()
    evaluations = torch.zeros(len(theta), dtype=torch.int64, device=theta.device)
    iterates = _Iterates(every, theta.clone(), objective.curvature(theta, every), noise)
    iterates.begin(*objective.evaluate(theta, every))
    for count in range(1, limit + 1):
        tick()
        done = iterates.done(tolerance)
        if done.sum() * SHARE >= len(done):
            result[iterates.problems[done]] = iterates.point[done]
            iterates.keep(~done)
            if not len(iterates.problems):
                break
        if count in REFRESH:
            iterates.refresh(objective.curvature(iterates.point, iterates.problems))
        evaluations[iterates.problems] += 1
        iterates.advance(*objective.evaluate(iterates.trial(), iterates.problems))
    result[iterates.problems] = iterates.point
    return result, evaluations


class _Pairs:
    """The last moves and changes of the gradient, scaled so that their product is 1; zero where a problem took no pair.

    `moves` and `changes` [P, M, V] in slots filled in a circle; `cross` [P, M, M] holds move i · change j for i not later than j.
    """

    def __init__(self, like: Tensor) -> None:
        count, width = like.shape
        self.moves, self.changes = like.new_zeros(count, MEMORY, width), like.new_zeros(count, MEMORY, width)
        self.cross = torch.eye(MEMORY, device=like.device).repeat(count, 1, 1)
        self.slots: list[int] = []  # from the oldest to the latest

    def push(self, move: Tensor, change: Tensor, kept: Tensor) -> None:
        """A pair [P, V] for the problems `kept` [P]; the others get a pair that does nothing."""
        slot = len(self.slots) if len(self.slots) < MEMORY else self.slots.pop(0)
        self.slots.append(slot)
        scale = torch.where(kept, (move * change).sum(1, dtype=torch.float64), 1.0).rsqrt().float()
        self.moves[:, slot] = torch.where(kept[:, None], move * scale[:, None], 0.0)
        self.changes[:, slot] = torch.where(kept[:, None], change * scale[:, None], 0.0)
        self.cross[:, slot] = 0.0
        self.cross[:, :, slot] = torch.bmm(self.moves, self.changes[:, slot, :, None])[..., 0]
        self.cross[:, slot, slot] = 1.0

    def descent(self, gradient: Tensor, solve: Callable[[Tensor], Tensor]) -> Tensor:
        """[P, V] → minus the quasi-Newton inverse on it; `solve` is the inverse of the curvature's model."""
        if not self.slots:
            return -solve(gradient)
        filled = len(self.slots)
        moves, changes = self.moves[:, :filled], self.changes[:, :filled]
        order = torch.tensor(self.slots, device=gradient.device)
        back = torch.argsort(order)
        upper = self.cross[:, order][:, :, order]
        along = torch.bmm(moves, gradient[..., None])[:, order]
        first = torch.linalg.solve_triangular(upper, along, upper=True)
        rest = gradient - torch.bmm(first[:, back].mT, changes)[:, 0]
        latest = changes[:, self.slots[-1]]
        stiff = (latest * solve(latest)).sum(1, dtype=torch.float64).float()
        rest = solve(rest) * torch.where(stiff > 0, 1 / stiff.clamp(min=TINY), 1.0)[:, None]
        second = first - torch.bmm(changes, rest[..., None])[:, order]
        second = torch.linalg.solve_triangular(upper.mT, second, upper=False)
        return -(rest + torch.bmm(second[:, back].mT, moves)[:, 0])

    def keep(self, kept: Tensor) -> None:
        self.moves, self.changes, self.cross = self.moves[kept], self.changes[kept], self.cross[kept]


class _Iterates:
    """The problems not yet done; all tensors lead with [P]."""

    loss: Tensor  # fp64
    gradient: Tensor
    direction: Tensor
    slope: Tensor  # fp64
    step: Tensor  # fp64
    move: Tensor  # from the point to the trial

    def __init__(self, problems: Tensor, point: Tensor, model: Curvature, noise: float) -> None:
        self.problems, self.point, self.model, self.noise = problems, point, model, noise
        self.pairs = _Pairs(point.flatten(1))
        self.decrements: list[Tensor] = []
        self.repeated = torch.zeros_like(problems)

    def begin(self, loss: Tensor, gradient: Tensor) -> None:
        self.loss, self.gradient = loss, gradient
        self._aim()
        self.step = torch.ones_like(self.slope)

    def done(self, tolerance: float) -> Tensor:
        self.decrements = [*self.decrements, -0.5 * self.slope][-RECENT:]
        distance = CAUTION * torch.stack(self.decrements).amax(0)
        return (distance <= tolerance * (self.loss + SMALL_LOSS)) | (self.step < LEAST_STEP)

    def keep(self, kept: Tensor) -> None:
        """Go on with the problems `kept`: a mask [P]."""
        for name in ("problems", "point", "loss", "gradient", "direction", "slope", "step", "repeated"):
            setattr(self, name, getattr(self, name)[kept])
        self.decrements = [decrement[kept] for decrement in self.decrements]
        self.model = self.model.take(kept)
        self.pairs.keep(kept)

    def refresh(self, model: Curvature) -> None:
        """Go on with another model; the pairs stay, since they are the objective's own."""
        self.model = model
        self._aim()
        self.step = torch.ones_like(self.step)

    def trial(self) -> Tensor:
        self.move = _wide(self.step, self.point) * self.direction
        return self.point + self.move

    def advance(self, loss: Tensor, gradient: Tensor) -> None:
        """Take the trial step where it brought enough, and shorten it elsewhere."""
        good = loss <= self.loss + SUFFICIENT * self.step * self.slope + self.noise * self.loss
        move = self.move.flatten(1)
        change = (gradient - self.gradient).flatten(1)
        along = (move * change).sum(1, dtype=torch.float64)
        self.pairs.push(move, change, good & (along > LEAST_CURVATURE * move.norm(dim=1).double() * change.norm(dim=1)))
        again = ~good & (self.step < SHORT) & (self.repeated < REPEATS)
        self.repeated += again
        good = good | again
        # The lowest point of the parabola through both losses and the first slope.
        excess = (loss - self.loss - self.step * self.slope).clamp(min=TINY)
        lowest = -0.5 * self.slope * self.step.square() / excess
        shorter = lowest.clamp(min=0.1 * self.step, max=0.5 * self.step)
        wide = _wide(good, self.point)
        self.point = torch.where(wide, self.point + self.move, self.point)
        self.gradient = torch.where(wide, gradient, self.gradient)
        self.loss = torch.where(good, loss, self.loss)
        before = self.direction
        self._aim()
        self.direction = torch.where(wide, self.direction, before)
        self.slope = _product(self.gradient, self.direction)
        self.step = torch.where(good, 1.0, shorter)

    def _aim(self) -> None:
        shape = self.gradient.shape
        direction = self.pairs.descent(self.gradient.flatten(1), lambda flat: self.model.solve(flat.view(shape)).flatten(1))
        self.direction = direction.view(shape)
        self.slope = _product(self.gradient, self.direction)


def _product(first: Tensor, second: Tensor) -> Tensor:
    """[P], in double precision."""
    return (first * second).flatten(1).sum(1, dtype=torch.float64)


def _wide(values: Tensor, like: Tensor) -> Tensor:
    """[P] to broadcast over [P, …]."""
    if values.dtype == torch.float64:
        values = values.to(like.dtype)
    return values.view(-1, *[1] * (like.dim() - 1))
