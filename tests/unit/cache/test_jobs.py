"""Jobs: one a question, queued, claimed, ended and forgotten."""

from __future__ import annotations

import os
import time

import pytest

from cache import jobs as jobs_module
from cache.errors import StoreError
from cache.jobs import Jobs
from tests.unit.cache.running import known


def test_a_job_is_queued_claimed_and_finished(jobs: Jobs) -> None:
    spec, before = {"tasks": ["upos"], "seed": 0, "note": "é<script>"}, time.time()
    job = jobs.submit("r1", spec, "upos of minilm", device="cpu", origin="cli")
    assert (job.run, job.spec, job.label, job.device, job.origin) == ("r1", spec, "upos of minilm", "cpu", "cli")
    assert (job.state, job.pid, job.started, job.heartbeat, job.ended) == ("queued", None, None, None, None)
    assert before <= job.created <= time.time()
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


def test_a_job_that_knows_its_whole_tells_the_share_and_what_is_left_of_it(jobs: Jobs) -> None:
    jobs.submit("r1", {}, "one")
    jobs.claim("cpu")
    assert known(jobs, "r1").share is None
    jobs.progress("r1", "reading", 40, 100, whole=(0.25, 90.0))
    jobs.progress("r1", "fitting", 0, 7, whole=(0.3, 80.0))
    assert (known(jobs, "r1").share, known(jobs, "r1").eta_seconds) == (0.3, 80.0)
    jobs.finish("r1", "interrupted")
    jobs.submit("r1", {}, "one")
    assert known(jobs, "r1").share is None


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


def test_cancelling_a_queued_job_ends_it_at_once(jobs: Jobs) -> None:
    jobs.submit("r1", {}, "one")
    jobs.cancel("r1")
    jobs.cancel("unknown")
    assert known(jobs, "r1").state == "cancelled"
    assert jobs.claim("cpu") is None


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
