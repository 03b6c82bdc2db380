"""Jobs and the processes that run them: one takes a job, who dies is found, who is cancelled ends with its group."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from cache import processes
from cache.errors import StoreError
from cache.jobs import Jobs
from cache.store import Store
from tests.unit.cache.running import SHARED, SLEEPER, known


def test_several_processes_that_submit_one_run_make_one_job(store: Store, python: Callable[..., Any]) -> None:
    code = (
        SHARED
        + """
print("ready", flush=True); sys.stdin.readline()
for i in range(10):
    print(jobs.submit(f"r{i}", {"asked": i}, "one").state)
"""
    )
    asking = [python(code, store.root) for _ in range(3)]
    assert [process.line() for process in asking] == ["ready"] * 3
    for process in asking:
        process.tell()
    assert [process.output() for process in asking] == [["queued"] * 10] * 3
    assert sorted(job.run for job in store.jobs.recent(99)) == sorted(f"r{i}" for i in range(10))


def test_a_job_is_claimed_by_one_process_only(store: Store, python: Callable[..., Any]) -> None:
    for i in range(24):
        store.jobs.submit(f"r{i}", {}, "one")
    code = (
        SHARED
        + """
print("ready", flush=True); sys.stdin.readline()
while job := jobs.claim("cpu"):
    assert job.pid == os.getpid()
    print(job.run)
"""
    )
    claiming = [python(code, store.root) for _ in range(3)]
    assert [process.line() for process in claiming] == ["ready"] * 3
    for process in claiming:
        process.tell()
    claimed = [run for process in claiming for run in process.output()]
    assert sorted(claimed) == sorted(f"r{i}" for i in range(24))


def test_start_is_refused_while_another_lives(jobs: Jobs, python: Callable[..., Any]) -> None:
    with pytest.raises(StoreError, match="No job r1"):
        jobs.start("r1", os.getpid())
    jobs.submit("r1", {}, "one")
    other = python(SLEEPER)
    other.line()
    assert jobs.start("r1", other.pid)
    assert not jobs.start("r1", os.getpid())
    assert jobs.start("r1", other.pid)
    other.kill()
    assert jobs.start("r1", os.getpid())
    assert known(jobs, "r1").pid == os.getpid()


def test_a_dead_process_is_found_interrupted(store: Store, python: Callable[..., Any]) -> None:
    code = SHARED + "print(jobs.claim('cpu').run, flush=True); time.sleep(60)"
    store.jobs.submit("r1", {"a": 1}, "one")
    store.jobs.submit("r2", {}, "two")
    worker = python(code, store.root)
    assert worker.line() == "r1"
    assert store.jobs.sweep() == []
    worker.kill()
    (lost,) = store.jobs.sweep()
    assert (lost.run, lost.state) == ("r1", "interrupted")
    assert f"({worker.pid}) ended without a word: resume" in lost.message
    assert store.jobs.sweep() == []
    assert store.jobs.submit("r1", {"a": 1}, "one").state == "queued"
    assert [job.run for job in store.jobs.live()] == ["r2", "r1"]


def test_a_zombie_is_dead(store: Store, python: Callable[..., Any]) -> None:
    worker = python(SLEEPER)
    worker.line()
    store.jobs.submit("r1", {}, "one")
    store.jobs.start("r1", worker.pid)
    worker.popen.kill()  # and nobody has collected it yet
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
    assert [job.run for job in store.jobs.sweep()] == ["r1"]
    assert known(store.jobs, "r1").state == "interrupted"


def test_a_number_given_to_another_process_is_not_the_worker(store: Store, python: Callable[..., Any]) -> None:
    bystander = python(SLEEPER)
    bystander.line()
    store.jobs.submit("r1", {}, "one")
    store.jobs.start("r1", bystander.pid)
    with sqlite3.connect(store.root / "strata.db") as db:  # as if an earlier process of that number had run it
        db.execute("UPDATE jobs SET born='11111111-7'")
    db.close()
    assert store.jobs.submit("r1", {}, "one").state == "queued"  # and not "running"
    store.jobs.start("r1", bystander.pid)
    with sqlite3.connect(store.root / "strata.db") as db:
        db.execute("UPDATE jobs SET born='11111111-7'")
    db.close()
    store.jobs.cancel("r1")
    assert bystander.popen.poll() is None
    store.jobs.submit("r1", {}, "one")
    store.jobs.start("r1", bystander.pid)
    with sqlite3.connect(store.root / "strata.db") as db:
        db.execute("UPDATE jobs SET born='11111111-7'")
    db.close()
    assert [job.run for job in store.jobs.sweep()] == ["r1"]


FAMILY = (
    SHARED
    + """
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
job = jobs.claim("cpu")
print(job.run, child.pid, flush=True)
time.sleep(60)
"""
)


@pytest.mark.parametrize("manner", ["willing", "stubborn"])
def test_cancel_ends_the_process_and_its_group(
    store: Store, python: Callable[..., Any], manner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = processes.end
    monkeypatch.setattr(processes, "end", lambda pid, born: real(pid, born, grace=0.4))
    store.jobs.submit("r1", {}, "one")
    worker = python(FAMILY, store.root, manner)
    run, child = worker.line().split()
    assert run == "r1"
    assert processes.birth(int(child)) is not None
    store.jobs.cancel("r1")
    assert processes.birth(worker.pid) is None
    assert processes.birth(int(child)) is None
    assert store.jobs.sweep() == []
    assert known(store.jobs, "r1").state == "cancelled"
    assert worker.popen.wait() == (-9 if manner == "stubborn" else -15)
