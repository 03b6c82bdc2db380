"""The supervisor when workers cannot start: the job ends with a sentence, and nothing spins."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from cache.store import Store
from probing.execution import queue, supervisor, worker


def test_a_worker_that_cannot_start_ends_its_job(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(store_root)
    store.jobs.submit("one", {}, "first", device="cpu")
    store.jobs.submit("two", {}, "second", device="cpu")
    started: list[str] = []

    def broken(_module: str, _store: Store, device: str, _log: Path) -> subprocess.Popen[bytes]:
        started.append(device)
        return subprocess.Popen(["false"])

    monkeypatch.setattr(supervisor, "detached", broken)
    assert supervisor.main(["--store", str(store_root), "--device", "cpu"]) == 0
    assert started == ["cpu", "cpu"]
    for run in ("one", "two"):
        job = store.jobs.get(run)
        assert job is not None
        assert job.state == "failed"
        assert "could not start" in job.message


def test_a_second_supervisor_leaves_the_work_to_the_first(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cache.locks import FileLock

    store = Store(store_root)
    store.jobs.submit("one", {}, "first", device="cpu")
    monkeypatch.setattr(supervisor, "HANDOVER", 0.3)
    monkeypatch.setattr(supervisor, "detached", lambda *_: pytest.fail("two supervisors on one device"))
    with FileLock(store.locks / "supervisor-cpu.lock"):
        assert supervisor.main(["--store", str(store_root), "--device", "cpu"]) == 0


def test_who_lives_next_starts_a_supervisor_where_none_does(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(queue, "_supervise", lambda _store, device: started.append(device))
    store = Store(store_root)
    queue.wake(store)
    assert started == [], "nothing waits"
    store.jobs.submit("one", {}, "first", device="cpu")
    store.jobs.submit("two", {}, "second", device="cuda:0")
    with supervisor.lock_of(store, "cpu"):
        queue.wake(store)
    assert started == ["cuda:0"], "one lives on the other device"
    queue.wake(store)
    assert started.count("cpu") == 1


def test_a_worker_that_ends_looks_whether_its_supervisor_was_killed(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(queue, "_supervise", lambda _store, device: started.append(device))
    monkeypatch.setattr(worker, "work", lambda job, store: store.jobs.finish(job.run, "failed", "it was bad") or 2)
    monkeypatch.setattr(worker.os, "dup2", lambda *_: None)
    store = Store(store_root)
    store.jobs.submit("one", {}, "first", device="cpu")
    store.jobs.submit("two", {}, "second", device="cpu")
    assert worker.main(["--store", str(store_root), "--device", "cpu"]) == 2
    assert started == ["cpu"]


def test_a_worker_stands_by_where_none_is_at_work(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[float] = []
    monkeypatch.setattr(queue, "_supervise", lambda _store, _device, wait: started.append(wait))
    store = Store(store_root)
    with supervisor.lock_of(store, "cpu"):
        queue.stand_by(store, "cpu")
    assert started == [], "a supervisor lives"
    queue.stand_by(store, "cpu")
    assert started == [queue.STAND_BY]
    store.jobs.submit("one", {}, "first", device="cpu")
    queue.stand_by(store, "cpu")
    assert len(started) == 1, "a job is there to be started"


def test_a_worker_that_stands_by_takes_the_job_that_comes(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(store_root)
    monkeypatch.setattr(worker, "_import_ahead", lambda: store.jobs.submit("one", {}, "first", device="cpu"))
    job = worker._awaited(store, "cpu", 30)
    assert job is not None
    assert (job.run, job.state) == ("one", "running")


def test_a_worker_stands_by_no_longer_than_it_was_told(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_import_ahead", lambda: None)
    assert worker._awaited(Store(store_root), "cpu", 0) is None


def test_a_supervisor_goes_on_with_what_was_queued_as_its_first_worker_gave_up(
    store_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, waits = Store(store_root), list[Sequence[str]]()

    def late(_module: str, _store: Store, _device: str, _log: Path, more: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        waits.append(more)
        if more:
            store.jobs.submit("one", {}, "first", device="cpu")
        else:
            assert store.jobs.claim("cpu") is not None
            store.jobs.finish("one", "done")
        return subprocess.Popen(["true"])

    monkeypatch.setattr(supervisor, "detached", late)
    assert supervisor.main(["--store", str(store_root), "--device", "cpu", "--wait", "5"]) == 0
    assert waits == [["--wait", "5.0"], ()]
