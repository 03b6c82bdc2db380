"""Processes: told apart by when they were born, ended with or without a group."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from cache import processes


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
