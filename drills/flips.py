"""Flips: one bit of every kind of file of a store turned over, its size and time kept. It is found and made again, or it is one sentence.

Never are there other numbers under the id of a run.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections import defaultdict
from pathlib import Path

from drills.commands import Bench, alike, command
from drills.drill import Report

EACH = 3  # bits of each kind of file
# The questions whose answer reads what lies in a folder of the store.
READERS = {
    "activations": ("vectors",),
    "cells": ("same",),
    "runs": ("same",),
    "lab": ("product",),
    "models": ("product",),
    "uploads": ("own",),
}
# Locks and logs hold nothing that is read; the database may lose what it says of jobs, and not what a run gives.
UNREAD = re.compile(r"^(locks|logs|scratch)/|\.used$|-(shm|wal)$")


def drill(root: Path, seed: int) -> list[Report]:
    bench, draw = Bench(root), random.Random(seed)
    whole = root / "whole"
    _fill(bench, whole)
    reports = []
    for kind, files in sorted(_kinds(whole).items()):
        report = Report(f"a bit of {kind} turned over", "the same numbers under the same id, or one sentence")
        for _ in range(EACH):
            file = draw.choice(files)
            at, bit = draw.randrange(max(1, (whole / file).stat().st_size)), draw.randrange(8)
            store = root / f"store-{draw.getrandbits(40):010x}"  # a new name: nothing remembered of another store is of this one
            shutil.copytree(whole, store, symlinks=True)
            _flip(store / file, at, bit)
            with report.attempt(f"byte {at}, bit {bit} of {file}"):
                questions = _questions(bench)
                for name in READERS.get(file.parts[0], ("same", "product")):
                    _same(bench, questions[name], store, whole)
            shutil.rmtree(store)
        reports.append(report)
    return [_together(reports)]


def _together(reports: list[Report]) -> Report:
    """One row for all kinds."""
    one = Report("a bit of a file turned over", reports[0].holds)
    one.note = f"of {len(reports)} kinds of files of the store, sizes and times kept"
    for report in reports:
        one.tries += report.tries
        one.broke += [f"{report.name}: {line}" for line in report.broke]
        one.worst = max(one.worst, report.worst)
    return one


def _questions(bench: Bench) -> dict[str, list[str]]:
    """The run that is there, one that reads its vectors anew, one of what the lab made, one of own data."""
    return {
        "same": bench.run(Path("STORE"), "--no-baselines"),
        "vectors": bench.run(Path("STORE"), "--no-baselines", "--layers", "0,1", "--probe", "low_rank"),
        "product": bench.run(Path("STORE"), "--no-baselines", "--layers", "1", checkpoint="lab:made"),
        "own": [
            *("run", "--checkpoint", str(bench.model), "--corpus", "data:own", "--task", "label:label"),
            *("--no-baselines", "--layers", "0", "--store", "STORE", "--json"),
        ],
    }


_known: dict[str, tuple[str, str]] = {}  # question → run id and rows, where nothing is damaged


def _same(bench: Bench, asked: list[str], store: Path, whole: Path) -> None:
    """Raises AssertionError where the damaged store answers the question with other rows under the same id, or breaks."""
    text = " ".join(asked)
    if text not in _known:
        clean = bench.root / "clean"
        shutil.copytree(whole, clean, symlinks=True)
        done = command(_of(asked, clean))
        assert done.status == 0, done.err[-1500:]
        _known[text] = json.loads(done.out)["run"], alike(done.rows)
        shutil.rmtree(clean)
    done = command(_of(asked, store))
    if done.refused():
        return
    assert done.status == 0, f"exit {done.status}: {done.err[-800:]}"
    run, rows = _known[text]
    if json.loads(done.out)["run"] == run:
        assert alike(done.rows) == rows, f"other numbers under the same id: {text[:120]}"


def _of(asked: list[str], store: Path) -> list[str]:
    return [str(store) if part == "STORE" else part for part in asked]


def _fill(bench: Bench, store: Path) -> None:
    for asked in (
        bench.run(store, "--no-baselines"),
        bench.finetune(store, "lab:made"),
        bench.run(store, "--no-baselines", "--layers", "0", checkpoint="lab:made"),
        ["corpora", "add", "own", str(bench.data), "--store", str(store)],
    ):
        done = command(asked)
        assert done.status == 0, done.err[-1500:]


def _kinds(store: Path) -> dict[str, list[Path]]:
    """The files of a store by what they are: their folder, and their name without what is an id."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(path for path in store.rglob("*") if path.is_file()):
        name = path.relative_to(store)
        if path.stat().st_size and not UNREAD.search(str(name)):
            found[
                re.sub(r"[0-9a-f]{16,}|\d{2,}", "…", f"{name.parts[0]}/{name.name}" if len(name.parts) > 1 else str(name))
            ].append(name)
    return found


def _flip(path: Path, at: int, bit: int) -> None:
    stat = path.stat()
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
