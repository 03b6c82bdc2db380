"""The loop of early stopping, on probes whose dev losses are written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
import torch

from probing.errors import BadInput
from probing.solvers.trainer import EarlyStopping, Model, ProbeState, train_early_stopped

SCHEDULE = EarlyStopping(batch=10, rounds=8, least=2, patience=2, rate=1.0)
Left = tuple[float, int, int, float, float]  # best parameter, best and last step, dev loss, rate


@dataclass(eq=False, kw_only=True)
class Scripted(ProbeState):
    """Its parameter counts the steps; its dev loss at a step is the next of `losses`."""

    losses: list[float]


@dataclass
class Counting(Model[Scripted, Left]):
    batches: list[list[int]] = field(default_factory=list)
    paces: list[list[float]] = field(default_factory=list)
    probes: Sequence[Scripted] = ()

    def rebuild_batch(self, probes: Sequence[Scripted], step: int) -> None:
        self.probes = probes
        self.batches.append([probe.index for probe in probes])

    def set_learning_rates(self) -> None:
        self.paces.append([probe.rate for probe in self.probes])

    def step(self, step: int) -> None:
        for probe in self.probes:
            probe.parameters[0] += 1

    def dev_losses(self, probes: Sequence[Scripted]) -> list[float]:
        return [probe.losses.pop(0) for probe in probes]

    def trained(self, probe: Scripted) -> Left:
        return float(probe.best[0]), probe.best_step, probe.last_step, probe.loss, probe.rate


def run(
    *losses: list[float], schedule: EarlyStopping = SCHEDULE, steps: int | None = None, length: int = 2
) -> tuple[list[Left], Counting, list[int]]:
    model, counts = Counting(), list[int]()
    probes = [
        Scripted(index=n, rate=1.0, length=length, steps=steps, start=[torch.zeros(1)], losses=own)
        for n, own in enumerate(losses)
    ]
    return train_early_stopped(model, probes, schedule, counts.append), model, counts


def test_the_best_state_comes_back_after_patience_and_the_rate_decays() -> None:
    (found,), model, counts = run([5, 3, 4, 2, 2, 9])
    assert found == (6, 6, 10, 2, 0.125)  # better at steps 2 and 6; worse at 4; at 8 and 10 in a row
    assert model.paces == [[1], [0.5], [0.5], [0.25]]
    assert counts == [0, 0, 0, 0, 1]


def test_probes_leave_one_by_one() -> None:
    found, model, counts = run([1, 2, 2], [9, 8, 7, 6, 6, 6], [1, 0, 2, 2])
    assert [left[:3] for left in found] == [(0, 0, 4), (6, 6, 10), (2, 2, 6)]
    assert model.batches == [[0, 1, 2], [1, 2], [1]]
    assert sum(counts) == 3


def test_no_more_rounds_than_the_schedule_has() -> None:
    assert run([float(n) for n in range(20, 0, -1)])[0] == [(16, 16, 16, 12, 1)]


def test_a_fall_within_the_tolerance_is_stored_and_waits() -> None:
    (found,), _, _ = run([100, 99.5, 99.2], schedule=replace(SCHEDULE, tolerance=0.01))
    assert found == (4, 4, 4, 99.2, 0.25)


def test_without_the_start_the_first_round_is_the_first_candidate() -> None:
    (found,), _, _ = run([7, 8, 8], schedule=replace(SCHEDULE, from_start=False))
    assert found == (2, 2, 6, 7, 0.25)


def test_requested_steps_are_taken_and_dev_chooses_nothing() -> None:
    assert run([float("nan")], [3], steps=5)[0][1] == (5, 5, 5, 3, 1)
    assert run([3], steps=0)[0] == [(0, 0, 0, 3, 1)]


def test_a_round_is_once_over_the_items_or_the_least() -> None:
    assert [SCHEDULE.length(items) for items in (1, 20, 21)] == [2, 2, 3]


def test_nothing_to_train_and_losses_that_are_not_finite() -> None:
    assert run()[0] == []
    with pytest.raises(BadInput, match="NaN or infinite"):
        run([float("nan"), float("nan")])
