"""Locks hold between processes and end with their holder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cache.errors import StoreError
from cache.locks import FileLock

HOLD = """
import sys
from cache.locks import FileLock
lock = FileLock(sys.argv[1], shared=sys.argv[2] == "shared")
lock.acquire()
print("held", flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
sys.stdin.readline()
"""


def free(path: Path, shared: bool = False) -> bool:
    lock = FileLock(path, shared=shared)
    got = lock.acquire(blocking=False)
    lock.release()
    return got


def test_exclusive_keeps_others_out_until_released(tmp_path: Path, python: Callable[..., Any]) -> None:
    path = tmp_path / "locks" / "a.lock"
    holder = python(HOLD, path, "exclusive")
    assert holder.line() == "held"
    assert not free(path)
    assert not free(path, shared=True)
    holder.tell()
    assert holder.line() == "released"
    assert free(path)


def test_shared_lets_shared_in_and_exclusive_not(tmp_path: Path, python: Callable[..., Any]) -> None:
    path = tmp_path / "a.lock"
    holder = python(HOLD, path, "shared")
    assert holder.line() == "held"
    assert free(path, shared=True)
    assert not free(path)


def test_a_killed_holder_holds_nothing(tmp_path: Path, python: Callable[..., Any]) -> None:
    path = tmp_path / "a.lock"
    holder = python(HOLD, path, "exclusive")
    assert holder.line() == "held"
    holder.kill()
    assert free(path)
    assert path.exists()


def test_blocking_waits_for_the_holder(tmp_path: Path, python: Callable[..., Any]) -> None:
    mine = FileLock(tmp_path / "a.lock")
    assert mine.acquire()
    waiter = python("print('waiting', flush=True)\n" + HOLD, mine.path, "exclusive")
    assert waiter.line() == "waiting"
    mine.release()
    assert waiter.line() == "held"
    assert not free(mine.path)


def test_two_objects_of_one_process_are_two_holders(tmp_path: Path) -> None:
    with FileLock(tmp_path / "a.lock") as lock:
        assert lock.held
        assert not free(lock.path)
        with pytest.raises(RuntimeError, match="held already"):
            lock.acquire()
    assert not lock.held
    lock.release()
    assert free(lock.path)


def test_a_dropped_lock_lets_go(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "a.lock")
    lock.acquire()
    del lock
    assert free(tmp_path / "a.lock")


def test_a_lock_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened"):
        FileLock(tmp_path / "file" / "a.lock").acquire()
