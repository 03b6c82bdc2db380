"""The reader and its channel without a model: who is served, what is refused, how it begins and ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cache.locks import FileLock
from cache.store import Store
from probing.errors import BadInput
from probing.execution import client, sentence_server
from probing.execution.client import Question, address, ask
from probing.settings import Settings
from tests.tiny_checkpoints import bert

ASKED = Question("tiny", ("tiny",), "0" * 64, ("two", "words"), "mean", "fp32", "layer")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_server, "TICK", 0.05)
    monkeypatch.setattr(client, "STEP", 0.02)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "detached", lambda *_: pytest.fail("one listens already"))


@contextlib.contextmanager
def serving(store: Store, answer: sentence_server.Answer, device: str = "cpu", idle: float = 30.0) -> Iterator[threading.Thread]:
    """A reader in a thread; at the end its socket is removed, and so it ends."""
    thread = threading.Thread(target=sentence_server.serve, args=(store, device, idle, answer), daemon=True)
    thread.start()
    wait_for(lambda: listens(address(store, device)))
    yield thread
    address(store, device).unlink(missing_ok=True)
    thread.join(10)
    assert not thread.is_alive()


def listens(path: Path) -> bool:
    """Whether somebody does: the name alone may be a dead one's."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as raw, client.reachable(path) as name:
        raw.connect(name)
        return True
    return False


def wait_for(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def echo(question: Question, tell: client.Tell) -> dict[str, Any]:
    tell("reading")
    return {"forms": list(question.forms), "loads": 1}


def test_a_question_is_answered_and_stages_are_heard(store: Store, nobody: None) -> None:
    heard: list[str] = []
    with serving(store, echo):
        assert ask(store, "cpu", ASKED, heard.append)["forms"] == ["two", "words"]
        assert stat.S_IMODE(address(store, "cpu").stat().st_mode) == 0o600
    assert heard[0] == "waiting for its turn"


def test_two_who_ask_at_once_are_served_one_after_the_other(store: Store, nobody: None) -> None:
    busy, asking, most, answers = threading.Lock(), threading.Barrier(3), [], []
    all_wait = threading.Event()

    def slow(question: Question, tell: client.Tell) -> dict[str, Any]:
        most.append(busy.acquire(blocking=False))
        assert all_wait.wait(20), "not all three asked while the first was served"
        busy.release()
        return {"forms": list(question.forms)}

    def one(word: str) -> None:
        asked = Question("tiny", ("tiny",), "0", (word, "b"), "mean", "fp32", "layer")
        stages: list[str] = []

        def heard(stage: str) -> None:
            if not stages and asking.wait(20) == 0:
                all_wait.set()
            stages.append(stage)

        answers.append((word, ask(store, "cpu", asked, heard)["forms"][0]))

    with serving(store, slow):
        both = [threading.Thread(target=one, args=(word,)) for word in "xyz"]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join(20)
    assert most == [True] * 3
    assert sorted(answers) == [("x", "x"), ("y", "y"), ("z", "z")]


def test_a_users_mistake_travels_as_its_sentence_and_the_reader_goes_on(store: Store, nobody: None) -> None:
    def refuse(question: Question, tell: client.Tell) -> dict[str, Any]:
        raise BadInput("No such checkpoint: choose another.")

    with serving(store, refuse):
        for _ in range(2):
            with pytest.raises(BadInput, match=r"^No such checkpoint: choose another\.$"):
                ask(store, "cpu", ASKED, lambda _: None)


def test_an_unexpected_error_is_a_sentence_and_ends_the_process(store: Store, nobody: None, capfd: Any) -> None:
    def broken(question: Question, tell: client.Tell) -> dict[str, Any]:
        raise RuntimeError("CUDA error: out of memory")

    with serving(store, broken) as thread:
        with pytest.raises(BadInput, match="not enough memory"):
            ask(store, "cpu", ASKED, lambda _: None)
        thread.join(10)
        assert not thread.is_alive()
    assert "RuntimeError" in capfd.readouterr().err, "reader.log has the reason"


def test_who_leaves_says_nothing_or_says_nonsense_is_no_matter(
    store: Store, nobody: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentence_server, "SPEAK", 0.1)
    refused = []
    with serving(store, echo):
        for line in (
            b"",
            b"no json\n",
            b'{"name": 3}\n',
            b"[" * 60_000 + b"\n",
            b"1\n",
            json.dumps({"forms": [1], "specs": []}).encode() + b"\n",
        ):
            with socket.socket(socket.AF_UNIX) as raw, client.reachable(address(store, "cpu")) as name:
                raw.settimeout(10)
                raw.connect(name)
                raw.sendall(line)
                refused.append(raw.recv(1000) if line else b"")
        assert ask(store, "cpu", ASKED, lambda _: None)["loads"] == 1
    assert all(b"reload the page" in said for said in refused[1:])


def test_an_idle_reader_ends_and_leaves_no_socket(store: Store) -> None:
    assert sentence_server.serve(store, "cpu", 0.1, echo) == 0
    assert not address(store, "cpu").exists()


def test_at_its_end_the_store_goes_below_its_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [np.zeros((2, 4), np.float32)]
    store.collection({"checkpoint": "x"}).write_shard(["a"], [2], np.ones(2, bool), rows, [rows[0][:1]])
    assert sentence_server.main(["--store", str(store.root), "--device", "cpu", "--idle", "0.1"]) == 0
    assert len(store.collections()[0].shards()) == 1
    monkeypatch.setenv("STRATA_STORE_LIMIT_GB", "0.000000001")
    assert sentence_server.main(["--store", str(store.root), "--device", "cpu", "--idle", "0.1"]) == 0
    assert not any(one.shards() for one in store.collections())


def test_a_reader_ends_with_its_store(store: Store) -> None:
    with serving(store, echo) as thread:
        shutil.rmtree(store.root)
        thread.join(10)
        assert not thread.is_alive()


def test_a_run_on_the_gpu_ends_a_reader_there_and_sends_the_next_question_to_the_cpu(store: Store, nobody: None) -> None:
    with serving(store, echo), serving(store, echo, device="auto") as there:
        assert there.is_alive()
        store.jobs.submit("run", {}, "run", device="cuda")
        store.jobs.start("run", os.getpid())
        there.join(10)
        assert not there.is_alive()
        assert ask(store, "auto", ASKED, lambda _: None)["loads"] == 1
        store.jobs.finish("run", "done")
        assert not client.crowded(store, "auto")


def test_one_reader_a_store_and_device(store: Store) -> None:
    with FileLock(store.locks / "reader-cuda-0.lock"):
        assert sentence_server.main(["--store", str(store.root), "--device", "cuda:0"]) == 0
    assert not address(store, "cuda:0").exists()


def test_what_a_killed_reader_left_is_replaced(store: Store, nobody: None) -> None:
    """By one that was killed, the real process: its socket stays, its lock does not."""
    command = [sys.executable, "-m", client.MODULE, "--store", str(store.root), "--device", "cpu"]
    first = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[3], stderr=subprocess.DEVNULL)
    wait_for(address(store, "cpu").exists)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert address(store, "cpu").exists(), "stale"
    with serving(store, echo):
        assert ask(store, "cpu", ASKED, lambda _: None)["loads"] == 1


def test_a_reader_that_cannot_start_or_does_not_answer_is_a_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(client, "MODULE", "probing.execution.not_there")
        with pytest.raises(BadInput, match="could not start"):
            ask(store, "cpu", ASKED, lambda _: None)
    stop = threading.Event()

    def endless(question: Question, tell: client.Tell) -> dict[str, Any]:
        stop.wait(20)
        return {}

    with serving(store, endless):
        with pytest.raises(BadInput, match="try again in a minute"):
            ask(store, "cpu", ASKED, lambda _: None, patience=0.2)
        stop.set()


def test_a_store_with_a_long_path_has_a_socket_too(tmp_path: Path, nobody: None) -> None:
    deep = Store(tmp_path / ("d" * 100) / "store")
    with serving(deep, echo):
        assert ask(deep, "cpu", ASKED, lambda _: None)["loads"] == 1


def test_a_question_is_read_back_and_one_too_long_is_refused() -> None:
    assert Question.parse(ASKED.line()) == ASKED
    with pytest.raises(BadInput, match="too long"):
        Question("tiny", (), "0", ("ü" * client.MOST_BYTES,), "mean", "fp32", "layer").line()


def test_a_checkpoint_is_found_by_its_fingerprint_inside_the_roots(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from probing.checkpoints import resolve

    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    folders = [str(bert(tmp_path / name, seed)) for seed, name in enumerate(("one", "two"))]
    two = resolve(folders[1], store.root)

    def asked(*specs: str, fingerprint: str = two.fingerprint) -> Question:
        return Question("two", specs, fingerprint, ("a", "b"), "mean", "fp32", "layer")

    assert sentence_server.find(asked(*folders), store, Settings.read()).spec == folders[1]
    with pytest.raises(BadInput, match="has changed since it was probed"):
        sentence_server.find(asked(*folders, fingerprint="0"), store, Settings.read())
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path / "elsewhere"))
    with pytest.raises(BadInput, match="outside the allowed folders"):
        sentence_server.find(asked(*folders), store, Settings.read())
