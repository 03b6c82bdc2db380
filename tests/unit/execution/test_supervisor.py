"""The supervisor when workers cannot start: the job ends with a sentence, and nothing spins."""

from __future__ import annotations

import subprocess
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
