"""Other processes: whether one still lives, though its number may have been given to another, and how to end it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from functools import cache
from pathlib import Path

from cache.errors import StoreError

PROC = Path("/proc")
GRACE = 3.0  # seconds between asking a process to end and ending it
_STEP = 0.05


def birth(pid: int) -> str | None:
    """When the process began, in words that no later process of the same number shares; None where none lives.

    A zombie, dead but not yet collected by its parent, does not live.
    """
    if pid <= 0:
        return None
    if not (PROC / "self/stat").exists():
        return _birth_by_ps(pid)
    fields = _stat(pid)
    if fields is None or fields[0] in "ZX":
        return None
    return f"{_boot()}-{fields[19]}"


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
        _signal(pid, group, signal.SIGTERM)
        if not _gone(pid, born, group, grace):
            _signal(pid, group, signal.SIGKILL)
            _gone(pid, born, group, 1.0)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise StoreError(f"Process {pid} belongs to another user: ask them to stop it.") from error


def _signal(pid: int, group: bool, number: signal.Signals) -> None:
    (os.killpg if group else os.kill)(pid, number)


def _gone(pid: int, born: str | None, group: bool, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not (_living_members(pid) if group else alive(pid, born)):
            return True
        time.sleep(_STEP)
    return False


def _living_members(group: int) -> bool:
    """Whether any process of the group lives; its zombies do not count."""
    if not (PROC / "self/stat").exists():
        lines = _ps("-A", "-o", "pgid=,state=")
        return any(line.split()[0] == str(group) and line.split()[1][0] != "Z" for line in lines)
    for entry in os.scandir(PROC):
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields is not None and fields[2] == str(group) and fields[0] not in "ZX":
                return True
    return False


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on (the name before it may hold spaces and brackets)."""
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


@cache
def _boot() -> str:
    """Start times count from the machine's start, so they need its name."""
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return "boot"


def _birth_by_ps(pid: int) -> str | None:
    lines = _ps("-p", str(pid), "-o", "state=,lstart=")
    state, _, start = lines[0].partition(" ") if lines else ("Z", "", "")
    return None if state.startswith("Z") else " ".join(start.split())


def _ps(*arguments: str) -> list[str]:
    environment = os.environ | {"LC_ALL": "C", "TZ": "UTC"}
    done = subprocess.run(["ps", *arguments], capture_output=True, text=True, env=environment, check=False)
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]
