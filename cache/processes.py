"""Other processes: whether one is still alive, even if its pid was reused, and how to end it."""

from __future__ import annotations

import os
import signal
import time
from functools import cache
from pathlib import Path

import psutil

from cache.errors import StoreError

GRACE = 3.0  # seconds between asking a process to end and ending it
_STEP = 0.05
_TICKS = 100  # in a second: the kernel counts start times in hundredths


def birth(pid: int) -> str | None:
    """When the process began, as text that no later process of the same pid has; None where none is alive.

    A zombie, dead but not yet collected by its parent, does not live.
    """
    if pid <= 0 or not _lives(pid):
        return None
    try:
        # Monotonic: the public create_time() moves with the system's clock, and one process would have two births.
        began = psutil.Process(pid)._proc.create_time(monotonic=True)
    except psutil.NoSuchProcess:
        return None
    return f"{_boot()}-{round(began * _TICKS)}"


def alive(pid: int | None, born: str | None) -> bool:
    """Whether the process that was `pid` when it was `born` still lives (`born` None: any of that number)."""
    if pid is None:
        return False
    now = birth(pid)
    return now is not None and born in (None, now)


def end(pid: int, born: str | None, grace: float = GRACE) -> None:
    """End a process, with its group where it leads one: SIGTERM, then SIGKILL after `grace` seconds.

    Nothing happens where it is gone or its number is another's now. Never signals the calling process or its group.
    Raises StoreError where the process is another user's.
    """
    if pid == os.getpid() or not alive(pid, born):
        return
    try:
        group = os.getpgid(pid) == pid and os.getpgrp() != pid
        send = os.killpg if group else os.kill
        send(pid, signal.SIGTERM)
        if not _gone(pid, born, group, grace):
            send(pid, signal.SIGKILL)
            _gone(pid, born, group, 1.0)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise StoreError(f"Process {pid} belongs to another user: ask them to stop it.") from error


def _gone(pid: int, born: str | None, group: bool, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not (any(_lives(one) for one in psutil.pids() if _group(one) == pid) if group else alive(pid, born)):
            return True
        time.sleep(_STEP)
    return False


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:  # a zombie on macOS, too
        return False


@cache
def _boot() -> str:
    """Start times count from the machine's start on Linux, so they need its name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return "boot"
