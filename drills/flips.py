"""Flips: one bit of every kind of file of a store turned over, its size and time kept. It is found and made again, or it is one sentence.

Never are there other numbers under the id of a run.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections import defaultdict
from pathlib import Path

from drills.commands import Bench, alike, command
from drills.drill import Report
from tests import harms

EACH = 3  # bits of each kind of file
# The questions whose answer reads what lies in a folder of the store.
READERS = {
    "activations": ("vectors",),
    "cells": ("same",),
    "runs": ("same",),
    "uploads": ("own",),
    "lab": ("product",),
    "models": ("product",),
    "model": ("model",),
}
# Locks and logs hold nothing that is read; the database may lose what it says of jobs, and not what a run gives.
UNREAD = re.compile(r"^store/(locks|logs|scratch)/|\.used$|-(shm|wal)$")


def drill(root: Path, seed: int) -> list[Report]:
    (root / "place").mkdir()
    bench, draw = Bench(root / "place"), random.Random(seed)
    place, whole = root / "place", root / "whole"
    _fill(bench, place / "store")
    # With their times, and tried at the same path: what the store remembers of files by path and time is believed there alone.
    shutil.copytree(place, whole, symlinks=True)
    known = {name: _answer(asked, place, whole) for name, asked in _questions(bench).items()}
    reports = []
    for kind, files in sorted(_kinds(whole).items()):
        report = Report(f"a bit of {kind} turned over", "the same numbers under the same id, or one sentence")
        for _ in range(EACH):
            file = draw.choice(files)
            at, bit = draw.randrange(max(1, (whole / file).stat().st_size)), draw.randrange(8)
            with report.attempt(f"byte {at}, bit {bit} of {file}"):
                for name in _readers(file):
                    _restore(place, whole)
                    harms.flip_unseen(place / file, at, bit)
                    done = command(_questions(bench)[name])
                    if not done.refused():
                        assert done.status == 0, f"{name}: exit {done.status}: {done.err[-800:]}"
                        run, rows = known[name]
                        assert json.loads(done.out)["run"] != run or alike(done.rows) == rows, (
                            f"{name}: other numbers under the same id"
                        )
        reports.append(report)
    return [_together(reports)]


def _together(reports: list[Report]) -> Report:
    """One row for all kinds."""
    one = Report("a bit of a file turned over", reports[0].holds)
    one.note = f"{len(reports)} kinds of files of store and checkpoint, sizes and times kept"
    for report in reports:
        one.tries += report.tries
        one.broke += [f"{report.name}: {line}" for line in report.broke]
        one.worst = max(one.worst, report.worst)
    return one


def _readers(file: Path) -> tuple[str, ...]:
    """The questions whose answer reads the file."""
    return READERS.get(file.parts[1] if file.parts[0] == "store" else file.parts[0], ("same", "product"))


def _questions(bench: Bench) -> dict[str, list[str]]:
    """The run that is there; one that reads its vectors anew; one that reads the checkpoint anew; one of what the lab made; one of own data."""
    store = bench.root / "store"
    own = ("--checkpoint", str(bench.model), "--corpus", "data:own", "--task", "label:label", "--layers", "0")
    return {
        "same": bench.run(store, "--no-baselines"),
        "vectors": bench.run(store, "--no-baselines", "--layers", "0,1", "--probe", "low_rank"),
        "model": bench.run(store, "--no-baselines", "--layers", "1", "--pooling", "max"),
        "product": bench.run(store, "--no-baselines", "--layers", "1", checkpoint="lab:made"),
        "own": ["run", *own, "--no-baselines", "--store", str(store), "--json"],
    }


def _answer(asked: list[str], place: Path, whole: Path) -> tuple[str, str]:
    """The run's id and its rows, where nothing is damaged."""
    _restore(place, whole)
    done = command(asked)
    assert done.status == 0, done.err[-1500:]
    return json.loads(done.out)["run"], alike(done.rows)


def _restore(place: Path, whole: Path) -> None:
    shutil.rmtree(place)
    shutil.copytree(whole, place, symlinks=True)


def _fill(bench: Bench, store: Path) -> None:
    for asked in (
        bench.run(store, "--no-baselines"),
        bench.finetune(store, "lab:made"),
        bench.run(store, "--no-baselines", "--layers", "0", checkpoint="lab:made"),
        ["corpora", "add", "own", str(bench.data), "--store", str(store)],
    ):
        done = command(asked)
        assert done.status == 0, done.err[-1500:]


def _kinds(whole: Path) -> dict[str, list[Path]]:
    """The files of the store and of the checkpoint by what they are: their folder, and their name without what is an id."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(path for top in ("store", "model") for path in (whole / top).rglob("*") if path.is_file()):
        name = path.relative_to(whole)
        if path.stat().st_size and not UNREAD.search(str(name)):
            folder = "/".join(name.parts[:2]) if len(name.parts) > 2 else name.parts[0]
            found[re.sub(r"[0-9a-f]{16,}", "…", f"{folder}/{name.name}")].append(name)
    return found
