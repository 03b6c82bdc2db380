"""What a run will cost: a range in words, wider beside other work, and nothing for what is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cache.store import Store
from probing import threads
from probing.calibration import calibrate
from probing.estimate import SPREAD, Estimate, estimate, time_range
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings

ASK = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("upos",), "max_train": 60, "max_dev": 20, "max_test": 20}


def planned(**more: Any) -> Plan:
    return plan(RunSpec.parse(ASK | more), Settings.read())


@pytest.mark.parametrize(
    ("fastest", "slowest", "text"),
    [
        (0.1, 1.0, "under 2 s"),
        (1.4, 5.0, "1 to 5 s"),
        (0.4, 5.0, "up to 5 s"),
        (21, 42, "20 to 45 s"),
        (60, 89, "60 to 90 s"),
        (185, 359, "3 to 6 min"),
        (600, 1270, "10 to 25 min"),
        (3000, 6000, "0.5 to 2 h"),
        (20_000, 39_000, "5 to 12.5 h"),
    ],
)
def test_a_range_is_in_one_unit_and_rounded_outwards(fastest: float, slowest: float, text: str) -> None:
    assert time_range(fastest, slowest) == text


def test_the_range_stands_around_what_was_counted(store: Store) -> None:
    calibrate(store, "cpu")
    found = estimate(planned(), store)
    assert found.fastest == pytest.approx(found.seconds / SPREAD, abs=0.1)
    assert found.slowest == pytest.approx(found.seconds * SPREAD, abs=0.1)
    assert "from a short measurement of this machine" in found.basis


def test_other_work_moves_the_slow_end_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    calibrate(store, "cpu")
    quiet = estimate(planned(), store)
    monkeypatch.setattr(threads, "busy", lambda: 50.0)
    loaded = estimate(planned(), store)
    assert (loaded.seconds, loaded.fastest) == (quiet.seconds, quiet.fastest)
    assert loaded.slowest > 1.5 * quiet.slowest


@pytest.mark.parametrize("more", [{"max_train": 120}, {"seeds": 9}, {"tasks": ("upos", "deprel")}])
def test_more_costs_more(more: dict[str, Any], store: Store) -> None:
    calibrate(store, "cpu")
    assert estimate(planned(**more), store).seconds > estimate(planned(), store).seconds


def test_more_classes_cost_more(store: Store) -> None:
    calibrate(store, "cpu")
    few, many = (estimate(planned(tasks=(task,), max_train=1000), store).seconds for task in ("upos", "xpos"))
    assert many > few


def test_a_machine_that_is_not_measured_gets_a_wider_range_and_says_so(store: Store) -> None:
    before = estimate(planned(max_train=1000), store)
    calibrate(store, "cpu")
    after = estimate(planned(max_train=1000), store)
    assert before.slowest / before.fastest > after.seconds / after.fastest * after.seconds / after.fastest
    assert "this machine is not measured yet" in before.basis
    assert "measurement of this machine" in after.basis


def test_a_large_run_is_over_fifteen_minutes_or_two_gigabytes() -> None:
    small = Estimate(1, 1, 1, 10.0, 8.0, 14.0, 10**6, 0.0, "")
    assert not small.large
    assert replace(small, seconds=901.0).large
    assert not replace(small, slowest=901.0).large, "other work ends"
    assert replace(small, disk_bytes=2_000_000_001).large
