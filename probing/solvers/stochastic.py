"""Differentiable probes for many problems that share their vectors, trained side by side with Adam.

Problems differ in layer, labels, items, seed and network. Each draws its initial weights and its order of items from its
seed, so that it takes the same steps alone and in company; each stops early on its own dev loss, gets its own best weights
back, decays its own rate, and leaves when it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from probing.solvers.adam import Adam
from probing.solvers.arithmetic import products, rounds
from probing.solvers.company import Company, dev_bits
from probing.solvers.networks import Network, Shallow
from probing.solvers.packed import Packed, alike, widened
from probing.solvers.seats import Order, Seat

WEIGHTS = 1 << 32  # added to the seed for initial weights: not the draws that order the items


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. A round is once over the train items, or `least` steps where those are more."""

    batch: int = 256
    rounds: int = 40
    least: int = 16
    patience: int = 3  # rounds without a better dev loss until a problem stops
    rate: float = 2e-3
    slower: float = 0.5  # the rate is multiplied by this after each round without a better dev loss
    decay: float = 1e-4  # of the parameters, a step, times the rate


@dataclass(frozen=True)
class Assignment:
    """One probe to train: `train` [N] and `dev` [M] labels (-1: not in it), `unseen` as in measures/loss.py.

    `layer` is the index of its vectors. With `steps` it takes that many and reads no dev.
    """

    train: np.ndarray
    dev: np.ndarray
    classes: int
    network: Network
    seed: int
    unseen: float
    steps: int | None = None
    layer: int = 0


@dataclass(frozen=True)
class Trained:
    """What the network began with (`Network.start`), as of `steps` steps. A class that train lacks has bias -inf."""

    parameters: tuple[np.ndarray, ...]
    bits: float  # on dev, in fp32 products; NaN where it was not read
    steps: int


def train(
    rows: Tensor,
    dev: Tensor,
    assignments: Sequence[Assignment],
    schedule: Schedule,
    finished: Callable[[int], None],
) -> list[Trained]:
    """One probe an assignment, in order. `rows` [L, N, D], `dev` [L, M, D]: standardised, fp32, on the device.

    `finished(count)` is called once a round with the number of probes that finished in it, and may raise.
    """
    with products("fast", rows.device):
        training = _Training(rows, dev, assignments, schedule)
        while training.active:
            finished(training.round())
    return [trained for trained in training.results if trained is not None]


@dataclass
class _Problem:
    """Where a problem stands: its seat, when it looks at dev, and its best state so far."""

    index: int
    assignment: Assignment
    seat: Seat
    length: int  # steps a round
    best: list[Tensor]
    bits: float = field(default=float("nan"))
    steps: int = 0
    waited: int = 0

    def next_look(self, steps: int) -> int:
        if self.assignment.steps is not None:
            return self.assignment.steps
        return (steps // self.length + 1) * self.length

    def keep(self, bits: float, steps: int) -> None:
        self.bits, self.steps, self.waited = bits, steps, 0
        for best, parameter in zip(self.best, self.seat.parameters, strict=True):
            best.copy_(parameter)


class _Training:
    def __init__(self, rows: Tensor, dev: Tensor, assignments: Sequence[Assignment], schedule: Schedule) -> None:
        self.rows, self.dev, self.schedule = rows, dev, schedule
        self.results: list[Trained | None] = [None] * len(assignments)
        self.steps = 0
        self._orders: dict[tuple[int, bytes], Order] = {}
        self.active = [self._problem(index, assignment) for index, assignment in enumerate(assignments)]
        self._convene()
        # Before the first step every problem is its prior, and that is a candidate like any later state.
        for problem, bits in self._dev_bits(self.active):
            problem.bits = bits

    @cached_property
    def wide(self) -> tuple[Tensor, Tensor]:
        """The vectors of train and dev as `Packed` takes them."""
        dtype = torch.bfloat16 if rounds(self.rows.device) else torch.float32
        return widened(self.rows, dtype), widened(self.dev, dtype)

    def _problem(self, index: int, assignment: Assignment) -> _Problem:
        inside = assignment.train >= 0
        key = assignment.seed, inside.tobytes()
        if key not in self._orders:
            self._orders[key] = Order(torch.from_numpy(np.flatnonzero(inside)), assignment.seed, self.schedule.batch)
        network, device = assignment.network, self.rows.device
        generator = torch.Generator().manual_seed(assignment.seed + WEIGHTS)
        counts = torch.from_numpy(np.bincount(assignment.train[inside], minlength=assignment.classes)).float()
        begun = network.start(self.rows.shape[2], (counts / counts.sum()).log(), generator)
        parameters = [x.to(device) for x in begun]
        seat = Seat(
            network,
            assignment.layer,
            self._orders[key],
            torch.from_numpy(assignment.train.astype(np.int32)).to(device),
            torch.from_numpy(assignment.dev.astype(np.int32)).to(device),
            assignment.classes,
            assignment.unseen,
            self.schedule.rate,
            [parameters, *([torch.zeros_like(x) for x in parameters] for _ in range(2))],
        )
        length = max(self.schedule.least, -(-int(inside.sum()) // self.schedule.batch))
        return _Problem(index, assignment, seat, length, [x.clone() for x in parameters])

    def _convene(self) -> None:
        """Companies: of shallow networks those that do the same between their maps, of others those of one shape."""
        groups: dict[tuple[type[Network], int], dict[tuple[int, int], list[Seat]]] = {}
        others: dict[tuple[Network, int], list[Seat]] = {}
        # Like networks side by side, so that a network's neighbours do not depend on who else is there.
        for seat in sorted((problem.seat for problem in self.active), key=lambda seat: repr(seat.network)):
            if isinstance(seat.network, Shallow):
                kind = groups.setdefault((type(seat.network), seat.classes), {})
                kind.setdefault((id(seat.order), seat.layer), []).append(seat)
            else:
                others.setdefault((seat.network, seat.classes), []).append(seat)
        self.companies: list[Packed | Company] = [Company(self.rows, seats, self._adam()) for seats in others.values()]
        for kind in groups.values():
            self.companies += [Packed(self.wide[0], some, self._adam()) for some in alike(list(kind.values()))]

    def _adam(self) -> Adam:
        return Adam(self.schedule.decay, self.steps)

    def round(self) -> int:
        """Step until a problem's round ends, look at dev, and let go of those that are done; how many those were."""
        ends = [problem.next_look(self.steps) for problem in self.active]
        while self.steps < min(ends):
            for company in self.companies:
                company.step(self.steps)
            self.steps += 1
        looking = [problem for problem, end in zip(self.active, ends, strict=True) if end == self.steps]
        done = {problem.index for problem, bits in self._dev_bits(looking) if self._look(problem, bits)}
        for problem in looking:
            if problem.index in done:
                self.results[problem.index] = self._trained(problem)
        if done:
            self.active = [problem for problem in self.active if problem.index not in done]
            self._convene()
        else:
            for company in self.companies:
                company.regroup()
        return len(done)

    def _look(self, problem: _Problem, bits: float) -> bool:
        """Keep the weights if they are the best so far; whether the problem is done."""
        given = problem.assignment.steps is not None
        if given or bits < problem.bits:
            problem.keep(bits, self.steps)
        else:
            problem.waited += 1
            problem.seat.rate *= self.schedule.slower
        return given or problem.waited >= self.schedule.patience or self.steps // problem.length >= self.schedule.rounds

    def _dev_bits(self, problems: Sequence[_Problem]) -> list[tuple[_Problem, float]]:
        """Dev loss of those problems; the groups that none of them is in are not scored."""
        wanted = {id(problem.seat): problem for problem in problems}
        found: list[tuple[_Problem, float]] = []
        for company in self.companies:
            groups = [g for g, group in enumerate(company.groups) if any(id(seat) in wanted for seat in group)]
            dev = self.wide[1] if isinstance(company, Packed) else self.dev
            for g, bits in zip(groups, company.bits(dev, groups), strict=True):
                seats = zip(company.groups[g], bits, strict=True)
                found.extend((wanted[id(seat)], one) for seat, one in seats if id(seat) in wanted)
        return found

    def _trained(self, problem: _Problem) -> Trained:
        """The best state; its dev loss once more in fp32, since the looks at dev had fast products."""
        bits = dev_bits(problem.seat, problem.best, self.dev)
        return Trained(tuple(x.cpu().numpy() for x in problem.best), bits, problem.steps)
