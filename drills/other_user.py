"""A store of another user: what may only be read is read where that can be, or refused in one sentence; nothing in it changes."""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from drills import pages
from drills.commands import Bench, alike, command, forked
from drills.drill import Report

NOBODY = 65534
PAGES = ("home", "new_run", "layers", "checkpoints", "store", "corpora")


def drill(root: Path, seed: int) -> list[Report]:  # noqa: ARG001
    bench, store = Bench(root), root / "store"
    report = Report("another user's store", "an answer or one sentence, and not a byte of it changes")
    whole = command(bench.run(store, "--no-baselines"))
    assert whole.status == 0, whole.err[-1500:]
    begin = _given_away(store)
    report.note = (
        "owned by another user" if os.getuid() == 0 else "its files may not be written to: this user cannot give them away"
    )
    before = _digest(store)
    asked = {
        "the same run": bench.run(store, "--no-baselines"),
        "another run": bench.run(store, "--no-baselines", "--probe", "low_rank"),
        "a training": bench.finetune(store, "lab:made"),
        "store ls": ["store", "ls", "--store", str(store)],
        "store verify": ["store", "verify", "--store", str(store)],
        "store evict": ["store", "evict", "--all", "--store", str(store)],
        "corpora add": ["corpora", "add", "own", str(bench.data), "--store", str(store)],
        "checkpoints": ["checkpoints", "--store", str(store)],
    }
    for name, arguments in asked.items():
        with report.attempt(name):
            done = command(arguments, begin)
            if not done.refused():
                assert done.status == 0, f"exit {done.status}: {done.err[-800:]}"
                if arguments[0] == "run" and name.startswith("the same"):
                    assert alike(done.rows) == alike(whole.rows), "other rows"
            assert _digest(store) == before, "the store changed"
    for page in PAGES:
        with report.attempt(f"page {page}"):
            done = forked(lambda page=page: _page(page, store), begin)  # type: ignore[misc]
            assert done.status == 0, done.err[-1500:]
            assert _digest(store) == before, "the store changed"
    _taken_back(store)
    return [report]


def _page(page: str, store: Path) -> int:
    pages.prepare()
    found = pages.open_page(page, store, {})
    if found.tracebacks:
        os.write(2, "\n".join(found.tracebacks).encode())
    return int(bool(found.tracebacks))


def _given_away(store: Path) -> Callable[[], None]:
    """Let the store be another's to write to; returns what a process calls first to have no more rights than its owner gives."""
    root = os.getuid() == 0
    for path in (store, *sorted(store.rglob("*"))):
        if root:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o755 if path.is_dir() else 0o644)
        if not root:
            path.chmod(0o555 if path.is_dir() else 0o444)
    return _without_capabilities if root else lambda: None


def _taken_back(store: Path) -> None:
    for path in (store, *sorted(store.rglob("*"))):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _without_capabilities() -> None:
    """Give up what makes root more than a user (capset of Linux), so that permissions count."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, data):
        raise OSError(ctypes.get_errno(), "capabilities cannot be given up")


def _digest(store: Path) -> str:
    """Of every file's name and bytes; of the database's shared memory alone not."""
    sha = hashlib.sha256()
    for path in sorted(store.rglob("*")):
        if not path.name.endswith("-shm"):
            sha.update(str(path).encode())
            sha.update(path.read_bytes() if path.is_file() else b"")
    return sha.hexdigest()
