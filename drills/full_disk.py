"""A full disk of 40 MB: what is asked there is answered, or ends in one sentence; with room again it gives the right rows."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from drills.commands import Bench, alike, command
from drills.drill import Report

DISK = 40 << 20  # bytes
LEFT = (0, 4 << 10, 40 << 10, 120 << 10, 300 << 10, 600 << 10, 1 << 20)  # bytes that are left where a command begins
LARGEST = (1 << 10, 8 << 10, 30 << 10, 100 << 10)  # bytes of a file, where no small disk can be had


def drill(root: Path, seed: int) -> list[Report]:
    bench, draw = Bench(root), random.Random(seed)
    report = Report("a full disk of 40 MB", "an answer or one sentence; with room again the right rows")
    place = root / "disk"
    place.mkdir()
    with mounted(place) as is_mounted:
        report.note = (
            "a tmpfs of its own" if is_mounted else "no mount may be made here: files of the process are limited instead"
        )
        for name, ask in _commands(bench).items():
            whole = command(ask(root / "whole"))
            assert whole.status == 0, whole.err[-1500:]
            for left in LEFT if is_mounted else LARGEST:
                around = left + draw.randrange(4 << 10)
                _empty(place)
                with report.attempt(f"{name} with {around:,} bytes {'left' if is_mounted else 'a file'}"):
                    if is_mounted:
                        _leave(place, around)
                    asked = ask(place / "work")
                    done = command(asked, None if is_mounted else _limit(around))
                    if not done.refused():
                        assert done.status == 0, f"exit {done.status}: {done.err[-600:]}"
                        assert alike(done.rows) == alike(whole.rows), "other rows"
                    else:
                        assert "full" in done.err or "could not be written" in done.err, done.err
                    (place / "filler").unlink(missing_ok=True)
                    again = command(asked)
                    assert again.status == 0, f"with room again: {again.err[-800:]}"
                    assert alike(again.rows) == alike(whole.rows), "with room again: other rows"
            shutil.rmtree(root / "whole")
    return [report]


@contextlib.contextmanager
def mounted(place: Path) -> Iterator[bool]:
    """A disk of 40 MB at `place`, where this process may make one."""
    made = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "strata-drill", str(place)], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", "-l", str(place)], check=True)


def _commands(bench: Bench) -> dict[str, Callable[[Path], list[str]]]:
    return {
        "run": lambda work: bench.run(work / "store", "--no-baselines"),
        "finetune": lambda work: bench.finetune(work / "store", str(work / "out")),
    }


def _leave(place: Path, left: int) -> None:
    """Fill the disk but for `left` bytes."""
    free = shutil.disk_usage(place).free
    with open(place / "filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free - left))


def _empty(place: Path) -> None:
    for path in place.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _limit(most: int) -> Callable[[], None]:
    def begin() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return begin
