"""A store with one of everything, and ways in which each of its files may be damaged."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cache.store import Store
from probing.calibration import Rates, machine
from probing.checkpoints import products
from tests.harms import flip
from tests.planted import finished, lab

PAGES = (
    *("home", "new_run", "fine_tune", "distil", "layers", "effort", "trees", "compare"),
    *("predict", "checkpoints", "corpora", "history", "store"),
)
SPEC = {"checkpoints": ["minilm-l6"], "corpus": "grammar", "tasks": ["upos"], "probes": ["linear"], "layers": [0, 3]}
Damage = Callable[[Path], object]


def fill(root: Path) -> dict[str, str]:
    """A run, a sweep with its products, and jobs that wait, stopped and ended. Returns what an address names: `run`, `sweep`, `product`."""
    store = Store(root)
    run = finished.fill(store, depths={"minilm-l6": 6}, spec={"checkpoints": ["minilm-l6"], "corpus": "grammar"})
    sweep = lab.fill(store, sizes=(64,), seeds=1, methods=("bitfit", "full"))
    for name, state in (("stopped", "failed"), ("ended", "done")):
        store.jobs.submit(name, SPEC, name)
        store.jobs.finish(name, state, "It was stopped.")
    store.jobs.submit("waiting", SPEC, "waiting")
    Rates(machine=machine(), cores=1, forward={"fp32": 1e9}, fit=1e9).write(root, "cpu")
    return {"run": run, "sweep": sweep.run, "product": products.listed(root)[0]}


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{before} is not in {path.name}"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def directory(path: Path) -> None:
    """A folder with something in it in the place of a file."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "something").write_text("else")


def _job(root: Path, column: str, value: object, run: str = "stopped") -> None:
    with closing(sqlite3.connect(root / "strata.db")) as db:
        db.execute(f"UPDATE jobs SET {column}=? WHERE run=?", (value, run))
        db.commit()


def _header(root: Path) -> None:
    """As a disk that lost a block leaves it."""
    with closing(sqlite3.connect(root / "strata.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = root / "strata.db"
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])


def _record(root: Path, **parts: object) -> None:
    path = root / "lab" / products.listed(root)[0].removeprefix(products.PREFIX) / products.RECORD
    told = json.loads(path.read_text(encoding="utf-8")) | parts
    path.write_text(json.dumps({name: value for name, value in told.items() if value != "gone"}), encoding="utf-8")


def _first(root: Path, pattern: str) -> Path:
    return sorted(root.glob(pattern))[0]


DEEP = "[" * 100_000
DAMAGES: dict[str, Damage] = {
    "strata.db: header": _header,
    "strata.db: empty": lambda root: (
        [path.unlink() for path in root.glob("strata.db-*")] + [(root / "strata.db").write_bytes(b"")]
    ),
    "strata.db: a folder": lambda root: [path.unlink() for path in root.glob("strata.db-*")] + [directory(root / "strata.db")],
    "strata.db: state": lambda root: _job(root, "state", "melted"),
    "strata.db: state of one that waits": lambda root: _job(root, "state", "melted", "waiting"),
    "strata.db: kind": lambda root: _job(root, "kind", "seance"),
    "strata.db: kind of one that waits": lambda root: _job(root, "kind", "seance", "waiting"),
    "strata.db: spec is no JSON": lambda root: _job(root, "spec", '{"tasks": [', "waiting"),
    "strata.db: spec is a list": lambda root: _job(root, "spec", "[]", "waiting"),
    "strata.db: spec is not a run's": lambda root: _job(root, "spec", '{"probes": null, "layers": 3}'),
    "strata.db: created is text": lambda root: _job(root, "created", "long ago"),
    "strata.db: done is text": lambda root: _job(root, "done", "some", "waiting"),
    "strata.db: label is bytes": lambda root: _job(root, "label", b"\xff", "waiting"),
    "rates.json: zero": lambda root: (root / "rates.json").write_text('{"forward": 0, "fit": 0}'),
    "rates.json: infinite": lambda root: (root / "rates.json").write_text('{"forward": Infinity, "fit": NaN}'),
    "rates.json: huge": lambda root: (root / "rates.json").write_text(f'{{"forward": 1{"0" * 400}, "fit": 1}}'),
    "rates.json: a list": lambda root: (root / "rates.json").write_text("[1, 2]"),
    "rates.json: deep": lambda root: (root / "rates.json").write_text(DEEP),
    "rates.json: a folder": lambda root: directory(root / "rates.json"),
    "fingerprints.json: cut": lambda root: (root / "fingerprints.json").write_text('{"a": '),
    "fingerprints.json: deep": lambda root: (root / "fingerprints.json").write_text(DEEP),
    "fingerprints.json: wrong types": lambda root: (root / "fingerprints.json").write_text(
        json.dumps(json.loads((root / "fingerprints.json").read_text()) | {"record": 5})
    ),
    "fingerprints.json: a digit": lambda root: change(root / "fingerprints.json", '"sha256":"', '"sha256":"0'),
    "fingerprints.json: a folder": lambda root: directory(root / "fingerprints.json"),
    "schema.json: cut": lambda root: (root / "schema.json").write_text("{"),
    "schema.json: a folder": lambda root: directory(root / "schema.json"),
    "strata.json: no data": lambda root: _record(root, data="gone"),
    "strata.json: data null": lambda root: _record(root, data=None),
    "strata.json: rows null": lambda root: _record(root, rows=None),
    "strata.json: rows of text": lambda root: _record(root, rows=["a"]),
    "strata.json: a row without metric": lambda root: _record(root, rows=[{"split": "test", "value": 1, "setting": "{}"}]),
    "strata.json: a value of text": lambda root: _record(
        root, rows=[{"split": "test", "value": "much", "setting": "{}", "metric": "accuracy"}]
    ),
    "strata.json: parent a list": lambda root: _record(root, parent=["a", "b"]),
    "strata.json: method a number": lambda root: _record(root, method=3, task=4, seed="one"),
    "strata.json: a list": lambda root: _first(root, "lab/*/strata.json").write_text("[]"),
    "strata.json: cut": lambda root: _first(root, "lab/*/strata.json").write_text('{"how": '),
    "strata.json: deep": lambda root: _first(root, "lab/*/strata.json").write_text(DEEP),
    "run.json: cut": lambda root: _first(root, "runs/*/run.json").write_text("{"),
    "run.json: a folder": lambda root: directory(_first(root, "runs/*/run.json")),
    "table.parquet of a run: cut": lambda root: _first(root, "runs/*/table.parquet").write_bytes(b"PAR1"),
    "table.parquet of a run: a bit": lambda root: flip(_first(root, "runs/*/table.parquet"), 500),
    "table.parquet of a run: a folder": lambda root: directory(_first(root, "runs/*/table.parquet")),
    "sentences.parquet: a bit": lambda root: flip(_first(root, "runs/*/sentences.parquet"), 100),
    "cell.json: cut": lambda root: [path.write_text("{") for path in root.glob("cells/*/cell.json")],
    "cell.json: a folder": lambda root: [directory(path) for path in root.glob("cells/*/cell.json")],
    "items.parquet: a bit": lambda root: [flip(path, 300) for path in root.glob("cells/*/items.parquet")],
    "cells are files": lambda root: [shutil.rmtree(path) or path.write_text("x") for path in root.glob("cells/*")],
    "runs are files": lambda root: [shutil.rmtree(path) or path.write_text("x") for path in root.glob("runs/*")],
    "locks: a file": lambda root: [shutil.rmtree(root / "locks"), (root / "locks").write_text("x")],
    "logs: a file": lambda root: [shutil.rmtree(root / "logs"), (root / "logs").write_text("x")],
}
