"""Records in and out of a store. No other module reads or writes them, or knows their keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from cache.errors import StoreError
from cache.store import Store
from probing.records.record import CellRecord
from probing.records.run import RunRecord

AnyCell = TypeVar("AnyCell", bound=CellRecord)


def run(store: Store, run: str) -> RunRecord:
    """The record of a stored run. Raises StoreError where it is not there, is damaged or is of a newer release."""
    return RunRecord.read(store.results.run(run), f"The run {run}")


def runs(store: Store) -> list[RunRecord]:
    """Every run that can be read, the newest first."""
    found = []
    for content in store.results.runs():
        with contextlib.suppress(StoreError):  # said where the run itself is asked for
            found.append(RunRecord.read(content, f"The run {content.get('run')}"))
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
