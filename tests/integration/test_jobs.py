"""Jobs in processes of their own: one job a question, cancel, SIGKILL and resume, a queue that empties by itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from cache.jobs import Job
from cache.store import Store
from probing.execution import queue
from probing.runs import Plan, RunSpec, plan
from probing.settings import Settings


def asked(**more: Any) -> Plan:
    spec = {
        "checkpoints": ("minilm-l6",),
        "corpus": "grammar",
        "tasks": ("upos",),
        "max_train": 60,
        "max_dev": 30,
        "max_test": 30,
    }
    return plan(RunSpec.parse(spec | more), Settings.read())


def until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def one_class(into: Path) -> str:
    """A treebank of one class: a worker finds that no probe can be trained on it."""
    folder = into / "treebank"
    folder.mkdir()
    line = "1\tHello\thello\tINTJ\tUH\t_\t0\troot\t_\t_\n\n"
    for split in ("train", "dev", "test"):
        (folder / f"{split}.conllu").write_text(line * 3)
    return str(folder)


def job(store: Store, run: str) -> Job:
    found = store.jobs.get(run)
    assert found is not None
    return found


def test_the_same_question_twice_is_one_job_and_two_questions_queue(store: Store) -> None:
    one, two = asked(layers=(0, 1)), asked(layers=(0, 2))
    first, again, other = queue.submit(one, store), queue.submit(one, store), queue.submit(two, store)
    assert first.run == again.run
    assert other.run != first.run
    assert len(store.jobs.live()) == 2
    until(lambda: not store.jobs.live())
    assert job(store, one.run).state == job(store, two.run).state == "done"
    assert store.results.has_run(one.run)
    assert store.results.has_run(two.run)
    assert queue.submit(one, store).state == "done", "a finished question is not asked again"


def test_cancelled_then_resumed(store: Store) -> None:
    planned = asked(layers=(0, 1), probes=("linear", "mlp"))
    queue.submit(planned, store)
    until(lambda: job(store, planned.run).state == "running")
    pid = job(store, planned.run).pid
    store.jobs.cancel(planned.run)
    assert job(store, planned.run).state == "cancelled"
    assert pid is not None
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    resumed = queue.resume(planned.run, store)
    assert resumed is not None
    assert resumed.state in ("queued", "running")
    until(lambda: job(store, planned.run).state == "done")


def test_a_killed_worker_is_found_and_the_next_job_starts_without_any_page(store: Store) -> None:
    killed, following = asked(layers=(0, 3), seed=1), asked(layers=(0, 4))
    queue.submit(killed, store)
    queue.submit(following, store)
    until(lambda: job(store, killed.run).state == "running")
    pid = job(store, killed.run).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: job(store, following.run).state == "done")
    assert job(store, killed.run).state == "interrupted"
    queue.resume(killed.run, store)
    until(lambda: job(store, killed.run).state == "done")


def test_a_killed_supervisor_leaves_no_job_waiting(store: Store, tmp_path: Path) -> None:
    folder = one_class(tmp_path)
    first, following = asked(corpus=folder), asked(corpus=folder, seed=1)
    queue.submit(first, store)
    queue.submit(following, store)
    until(lambda: job(store, first.run).state == "running")
    pid = job(store, first.run).pid
    assert pid is not None
    psutil.Process(pid).parent().kill()  # the supervisor; its worker lives on
    assert job(store, first.run).state == "running"
    until(lambda: job(store, following.run).state == "failed")
    assert "INTJ" in job(store, first.run).message
    assert "INTJ" in job(store, following.run).message


def test_bad_input_found_by_the_worker_is_one_sentence(store: Store, tmp_path: Path) -> None:
    planned = asked(corpus=one_class(tmp_path))
    queue.submit(planned, store)
    until(lambda: job(store, planned.run).state == "failed")
    message = job(store, planned.run).message
    assert "INTJ" in message
    assert "\n" not in message
