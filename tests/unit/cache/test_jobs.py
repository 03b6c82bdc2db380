"""Jobs: one a question, claimed once, and ended with their process, against real processes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from cache import jobs as jobs_module
from cache import processes
from cache.errors import StoreError
from cache.jobs import DAMAGED, Job, Jobs
from cache.store import Store

SHARED = """
import os, signal, subprocess, sys, time
from pathlib import Path
from cache.store import Store
jobs = Store(Path(sys.argv[1])).jobs
"""
SLEEPER = "import sys, time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def jobs(store: Store) -> Jobs:
    return store.jobs


def known(jobs: Jobs, run: str) -> Job:
    job = jobs.get(run)
    assert job is not None
    return job


def test_a_job_is_queued_claimed_and_finished(jobs: Jobs) -> None:
    spec = {"tasks": ["upos"], "seed": 0, "note": "é<script>"}
    job = jobs.submit("r1", spec, "upos of minilm", device="cpu", origin="cli")
    assert (job.run, job.spec, job.label, job.device, job.origin) == ("r1", spec, "upos of minilm", "cpu", "cli")
    assert (job.state, job.pid, job.started, job.heartbeat, job.ended) == ("queued", None, None, None, None)
    assert job.created == pytest.approx(time.time(), abs=30)
    claimed = jobs.claim("cpu")
    assert claimed is not None
    assert (claimed.run, claimed.state, claimed.pid) == ("r1", "running", os.getpid())
    assert jobs.claim("cpu") is None
    jobs.finish("r1", "done")
    ended = known(jobs, "r1")
    assert (ended.state, ended.eta_seconds) == ("done", None)
    assert ended.ended is not None
    assert jobs.live() == []


def test_asking_again(jobs: Jobs) -> None:
    first = jobs.submit("r1", {"a": 1}, "one")
    assert jobs.submit("r1", {"a": 2}, "two") == first
    jobs.claim("cpu")
    assert jobs.submit("r1", {}, "two").state == "running"
    for ended in ("failed", "cancelled", "interrupted"):
        jobs.progress("r1", "fitting", 3, 9)
        jobs.finish("r1", ended, "why")
        again = jobs.submit("r1", {"a": 3}, "three")
        assert (again.state, again.pid, again.stage, again.done, again.message) == ("queued", None, "", 0, "")
        assert (again.ended, again.started, again.spec) == (None, None, {"a": 3})
        jobs.claim("cpu")
    jobs.finish("r1", "done")
    assert jobs.submit("r1", {}, "four").state == "done"
    assert len(jobs.recent(9)) == 1


def test_order_and_devices(jobs: Jobs) -> None:
    for run, device in [("a", "cpu"), ("b", "cuda:0"), ("c", "cpu")]:
        jobs.submit(run, {}, run, device=device)
    assert [job.run for job in jobs.recent(2)] == ["c", "b"]
    assert [jobs.claim(device).run for device in ("cuda:0", "cpu")] == ["b", "a"]  # type: ignore[union-attr]
    assert [job.run for job in jobs.live()] == ["a", "b", "c"]
    assert jobs.claim("cuda:0") is None


def test_progress_tells_rate_and_time_left(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(jobs_module.time, "time", lambda: now[0])
    jobs.submit("r1", {}, "one")
    jobs.progress("r1", "queued jobs do not move", 1, 2)
    assert known(jobs, "r1").stage == ""
    jobs.claim("cpu")
    jobs.progress("r1", "reading", 40, 100)
    job = known(jobs, "r1")
    assert (job.stage, job.done, job.total, job.rate, job.eta_seconds) == ("reading", 40, 100, None, None)
    now[0] += 5
    jobs.progress("r1", "reading", 60, 100, "resumed")
    job = known(jobs, "r1")
    assert (job.rate, job.eta_seconds, job.heartbeat, job.message) == (4.0, 10.0, 1005.0, "resumed")
    now[0] += 5
    jobs.progress("r1", "fitting", 0, 10)
    assert known(jobs, "r1").rate is None
    now[0] += 2
    jobs.beat("r1")
    assert known(jobs, "r1").heartbeat == 1012.0
    jobs.progress("r1", "fitting", 10, 10)
    assert (known(jobs, "r1").rate, known(jobs, "r1").eta_seconds) == (5.0, 0.0)


def test_an_ended_job_does_not_come_back(jobs: Jobs) -> None:
    jobs.submit("r1", {}, "one")
    jobs.claim("cpu")
    jobs.cancel("r1")  # this very process runs it: marked, not killed
    jobs.progress("r1", "late", 1, 1)
    jobs.beat("r1")
    jobs.finish("r1", "done")
    job = known(jobs, "r1")
    assert (job.state, job.stage) == ("cancelled", "")
    with pytest.raises(ValueError, match="cannot end as 'running'"):
        jobs.finish("r1", "running")


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
    deadline = time.monotonic() + 5
    while not store.jobs.sweep() and time.monotonic() < deadline:
        time.sleep(0.02)
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


def test_cancelling_a_queued_job_ends_it_at_once(jobs: Jobs) -> None:
    jobs.submit("r1", {}, "one")
    jobs.cancel("r1")
    jobs.cancel("unknown")
    assert known(jobs, "r1").state == "cancelled"
    assert jobs.claim("cpu") is None


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
    began = time.monotonic()
    store.jobs.cancel("r1")
    assert time.monotonic() - began < 3
    assert processes.birth(worker.pid) is None
    assert processes.birth(int(child)) is None
    assert store.jobs.sweep() == []
    assert known(store.jobs, "r1").state == "cancelled"
    assert worker.popen.wait() == (-9 if manner == "stubborn" else -15)


def test_a_process_that_leads_no_group_is_ended_alone(python: Callable[..., Any]) -> None:
    parent = python(
        "import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        "print(c.pid, flush=True); c.wait(); print('child ended', flush=True); time.sleep(60)"
    )
    child = int(parent.line())
    processes.end(child, processes.birth(child))
    assert parent.line() == "child ended"
    assert processes.birth(parent.pid) is not None


def test_births_tell_processes_apart(python: Callable[..., Any]) -> None:
    mine = processes.birth(os.getpid())
    assert mine is not None
    assert mine == processes.birth(os.getpid())
    assert processes.alive(os.getpid(), mine)
    assert not processes.alive(os.getpid(), mine + "0")
    assert not processes.alive(None, None)
    gone = python("")
    gone.popen.wait()
    assert processes.birth(gone.pid) is None
    assert processes.birth(0) is None
    processes.end(gone.pid, None)


def test_births_are_the_same_for_every_process(python: Callable[..., Any]) -> None:
    other = python(f"from cache import processes; print(processes.birth({os.getpid()}))")
    assert other.line() == processes.birth(os.getpid())


def test_births_do_not_move_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    before = processes.birth(os.getpid())
    monkeypatch.setattr(psutil, "boot_time", lambda: 0.0)
    for module in ("_pslinux", "_psosx"):
        if hasattr(psutil, module):
            monkeypatch.setattr(getattr(psutil, module), "boot_time", lambda: 0.0)
    assert processes.birth(os.getpid()) == before


def test_logs(jobs: Jobs) -> None:
    jobs.submit("r1", {}, "one")
    assert jobs.tail("r1") == ""
    jobs.log_path("r1").write_bytes("first\nécrit \xff\n".encode("latin-1") + b" 10%\r 50%\r100%\nlast\r\n\n")
    assert jobs.tail("r1") == "first\n\ufffdcrit \ufffd\n100%\nlast"
    assert jobs.tail("r1", lines=2) == "100%\nlast"
    assert jobs.tail("r1", lines=0) == ""
    jobs.log_path("r1").write_text("".join(f"line {i}\n" for i in range(100_000)))
    assert jobs.tail("r1", lines=2) == "line 99998\nline 99999"
    with pytest.raises(StoreError, match="cannot name a run"):
        jobs.tail("../strata")


def test_forgetting(jobs: Jobs) -> None:
    jobs.submit("r1", {}, "one")
    jobs.log_path("r1").write_text("said")
    jobs.forget("r1")
    jobs.forget("r1")
    assert jobs.get("r1") is None
    assert not jobs.log_path("r1").exists()
    jobs.submit("r1", {}, "one")
    jobs.claim("cpu")
    with pytest.raises(StoreError, match="is running: cancel it first"):
        jobs.forget("r1")


def test_a_run_id_that_is_a_path_is_refused(jobs: Jobs) -> None:
    with pytest.raises(StoreError, match="cannot name a run"):
        jobs.submit("../../x", {}, "one")


def test_a_damaged_database_is_said_in_a_sentence(store: Store) -> None:
    (store.root / "strata.db").write_bytes(b"not a database, but long enough to be read as one" * 50)
    with pytest.raises(StoreError, match="is damaged: move it away"):
        store.jobs.recent(3)


@pytest.mark.parametrize(
    ("error", "said"),
    [("database or disk is full", "^The disk is full"), ("database is locked", "busy"), ("readonly", "permissions")],
)
def test_what_the_database_complains_of_becomes_a_sentence(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, error: str, said: str
) -> None:
    def complain(*_: Any) -> None:
        raise sqlite3.OperationalError(error)

    monkeypatch.setattr(jobs, "_connect", complain)
    with pytest.raises(StoreError, match=said):
        jobs.submit("r1", {}, "one")


def test_a_failed_transaction_changes_nothing(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="JSON"):
        jobs.submit("r1", {"a": float("nan")}, "one")
    assert jobs.get("r1") is None
    assert jobs.submit("r1", {}, "one").state == "queued"


def test_a_store_of_before_gets_the_kind_of_a_job(tmp_path: Path) -> None:
    """Jobs that were kept before there were kinds are runs."""
    database = tmp_path / "strata.db"
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute(
            "CREATE TABLE jobs (run TEXT PRIMARY KEY, spec TEXT NOT NULL, label TEXT NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL, "
            "pid INTEGER, stage TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, rate REAL, "
            "eta_seconds REAL, message TEXT NOT NULL DEFAULT '', created REAL NOT NULL, started REAL, heartbeat REAL, ended REAL, "
            "origin TEXT NOT NULL, born TEXT, stage_started REAL, stage_base INTEGER NOT NULL DEFAULT 0)"
        )
        db.execute(
            "INSERT INTO jobs (run, spec, label, device, state, created, origin) VALUES ('old', '{}', 'x', 'cpu', 'done', 1.0, 'cli')"
        )
        db.commit()
    jobs = Jobs(database, tmp_path, tmp_path / "jobs.lock")
    assert [job.kind for job in jobs.recent(5)] == ["run"]
    assert jobs.submit("new", {}, "y", kind="comparison").kind == "comparison"
    jobs.cancel("new")
    assert jobs.submit("new", {}, "y", kind="comparison").kind == "comparison"
    assert {job.kind for job in Jobs(database, tmp_path, tmp_path / "jobs.lock").recent(5)} == {"run", "comparison"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "melted"),
        ("kind", "seance"),
        ("spec", "{"),
        ("spec", "[]"),
        ("spec", "[" * 10**5),
        ("created", "long ago"),
        ("done", "x"),
        ("label", b"x"),
    ],
)
def test_a_row_that_nobody_wrote_is_a_damaged_job_and_hides_no_other(jobs: Jobs, column: str, value: object) -> None:
    jobs.submit("one", {"a": 1}, "first")
    jobs.submit("two", {"a": 2}, "second")
    with contextlib.closing(sqlite3.connect(jobs._database)) as db:
        db.execute(f"UPDATE jobs SET {column}=? WHERE run='one'", (value,))
        db.commit()
    found = {job.run: job for job in jobs.recent(9)}
    assert found["one"].state == DAMAGED
    assert f"({column}: " in found["one"].message
    assert str(jobs._database) in found["one"].message
    assert found["two"].state == "queued"
    assert [job.run for job in jobs.live() if job.state == "queued"] == ["two"]
    assert jobs.submit("one", {"a": 1}, "first").state in (DAMAGED, "queued")
    jobs.forget("one")
    assert jobs.submit("one", {"a": 1}, "first").state == "queued"


def test_a_label_that_is_no_text_any_more_hides_no_job(jobs: Jobs) -> None:
    jobs.submit("one", {"a": 1}, "first")
    with contextlib.closing(sqlite3.connect(jobs._database)) as db:
        db.execute("UPDATE jobs SET label=CAST(? AS TEXT)", (b"fir\xffst",))
        db.commit()
    assert [job.label for job in jobs.live()] == ["fir\ufffdst"]
