"""Kills at steps of the file system: a command that is killed there gives, asked again, what it gives undisturbed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from drills.commands import KILLED, Bench, Done, alike, command
from drills.drill import Report

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "sqlite3.connect"}
EACH = 12  # moments of each command, drawn from all that it has


def watching(place: Path, act: Callable[[int], None]) -> Callable[[], None]:
    """What a child calls first: from then on `act(k)` is called before its k-th change of what lies in `place`."""

    def begin() -> None:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            if event == "open":
                path, _, flags = arguments
                changes = isinstance(flags, int) and bool(flags & WRITING)
            else:
                path, changes = (arguments or ("",))[0], event in STEPS
            if changes and isinstance(path, (str, bytes, os.PathLike)) and os.fsdecode(path).startswith(str(place)):
                count += 1
                act(count)

        sys.addaudithook(hook)

    return begin


def steps_of(arguments: list[str], place: Path, told: Path) -> tuple[int, Done]:
    """How many steps the command has where nothing disturbs it, and what it gives."""

    def note(count: int) -> None:
        with open(told, "w") as file:  # outside of `place`, so that it is no step itself
            file.write(str(count))

    done = command(arguments, watching(place, note))
    assert done.status == 0, done.err[-2000:]
    return int(told.read_text()), done


def kill_at(moment: int) -> Callable[[int], None]:
    def act(count: int) -> None:
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    return act


def drill(root: Path, seed: int) -> list[Report]:
    bench, draw, reports = Bench(root), random.Random(seed), []
    for name, ask in _commands(bench).items():
        report = Report(
            f"`{name}` killed at a step of the file system", "asked again, it gives the rows of one that was never killed"
        )
        place = root / "place"
        steps, whole = steps_of(ask(_fresh(place)), place, root / "steps")
        report.note = f"of {steps} steps"
        for moment in sorted(draw.sample(range(1, steps + 1), min(EACH, steps))):
            asked = ask(_fresh(place))
            with report.attempt(f"step {moment} of {steps}"):
                killed = command(asked, watching(place, kill_at(moment)))
                assert killed.status == KILLED, f"it was not killed but ended with {killed.status}: {killed.err[-500:]}"
                again = command(asked)
                assert again.status == 0, again.err[-1500:]
                assert alike(again.rows) == alike(whole.rows), "other rows"
                left = command(["store", "verify", "--store", str(place / "store"), "--json"])
                assert left.status == 0, left.err[-500:]
        reports.append(report)
    shutil.rmtree(root / "place")
    return reports


def _commands(bench: Bench) -> dict[str, Callable[[Path], list[str]]]:
    return {
        "run": lambda place: bench.run(place / "store", "--layers", "0,1", "--no-baselines"),
        "finetune": lambda place: bench.finetune(place / "store", str(place / "out")),
        "finetune lab:": lambda place: bench.finetune(place / "store", "lab:made"),
    }


def _fresh(place: Path) -> Path:
    if place.exists():
        shutil.rmtree(place)
    place.mkdir()
    return place
