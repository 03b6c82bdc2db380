"""A run that is carried out shows its points as they come: requested checkpoints and cheap cells first, one share that never falls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cache.store import Store
from probing.execution import live
from probing.execution.engine import execute
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings


def asked(model: Path) -> Plan:
    """The plan names the dear task first."""
    words = {
        "checkpoints": (str(model),),
        "corpus": "grammar",
        "tasks": ("upos", "sentence_length"),
        "seeds": 1,
        "max_train": 60,
        "max_dev": 30,
        "max_test": 30,
    }
    return plan(RunSpec.parse(words), Settings.read())


def test_points_come_in_order_and_the_share_never_falls(model: Path, store: Store) -> None:
    planned = asked(model)
    seen: list[live.LiveRun] = []
    shares: list[float] = []

    def watch(_stage: str, _done: int, _total: int, whole: Any = None) -> None:
        shares.append(whole.share)
        found = live.read(store, planned.run)
        assert found is not None
        seen.append(found)

    execute(planned, store, watch)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, pytest.approx(1.0))
    counts = [one.count()[0] for one in seen]
    assert counts == sorted(counts)
    assert len(set(counts)) > 4
    assert [(cell.checkpoint, cell.task) for cell in seen[0].cells] == [
        (name, task) for name in (model.name, f"random:{model.name}@0") for task in ("sentence_length", "upos")
    ]
    assert [cell.task for cell in planned.cells] == ["upos", "sentence_length"] * 2
    assert live.read(store, planned.run) is None
    assert list((store.root / "scratch").iterdir()) == []


def test_a_run_that_fails_leaves_no_points(model: Path, store: Store) -> None:
    planned = asked(model)

    def stop(stage: str, *_: Any) -> None:
        if "probe" in stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(planned, store, stop)
    assert list((store.root / "scratch").iterdir()) == []
