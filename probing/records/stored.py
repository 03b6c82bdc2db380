"""Records in and out of a store. No other module reads or writes them, or knows their keys."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from cache.errors import StoreError
from cache.store import Store
from probing.records.record import CellRecord
from probing.records.run import RunRecord

AnyCell = TypeVar("AnyCell", bound=CellRecord)
# (store, run) → what tells its file from any other, and its record: None where it cannot be read. A page asks for all of them at each rerun.
_runs: dict[tuple[Path, Any], tuple[tuple[int, int, int] | None, RunRecord | None]] = {}


def run(store: Store, run: str) -> RunRecord:
    """The record of a stored run. Raises StoreError where it is not there, is damaged or is of a newer release."""
    return RunRecord.read(store.results.run(run), f"The run {run}")


def runs(store: Store) -> list[RunRecord]:
    """Every run that can be read, the newest first. A record is checked once a process, for as long as its file is the same."""
    found = []
    for content in store.results.runs():
        name, key = str(content.get("run")), (store.root, content.get("run"))
        stamp = store.results.run_folders.stamp(name)
        if key not in _runs or _runs[key][0] != stamp:
            try:
                _runs[key] = stamp, RunRecord.read(content, f"The run {name}")
            except StoreError:  # said where the run itself is asked for
                _runs[key] = stamp, None
        record = _runs[key][1]
        if record is not None:
            found.append(record)
    return found


def save_run(store: Store, record: RunRecord, table: pd.DataFrame, sentences: pd.DataFrame) -> None:
    """Keep a whole run: its record, its tidy table and the sentences behind its items."""
    store.results.save_run(record.run, record.content(), table, sentences)


def cell(store: Store, id: str, kind: type[AnyCell]) -> AnyCell:
    """The record of a cell, of the kind that its question has. Raises StoreError where it is not there, is damaged or is of a newer release."""
    return kind.read(store.results.cell_facts(id), f"The cell {id}")


def save_cell(
    store: Store,
    id: str,
    record: CellRecord,
    rows: Iterable[dict[str, Any]],
    items: pd.DataFrame | None = None,
    probes: dict[str, np.ndarray] | None = None,
) -> None:
    """Keep an answered cell: its record, tidy rows, scored items and the probes' arrays by name."""
    store.results.save_cell(id, rows, pd.DataFrame() if items is None else items, probes or {}, record.content())
