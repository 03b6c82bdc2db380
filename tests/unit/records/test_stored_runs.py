"""The list of stored runs: read once, and read again as soon as a record is another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cache.store import Store
from probing.records import stored
from probing.records.run import RunRecord
from tests.planted import finished


def test_records_are_validated_once_and_the_new_ones_seen(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, read = Store(store_root), RunRecord.read
    finished.fill(store, "one")
    counted: list[str] = []
    monkeypatch.setattr(RunRecord, "read", lambda content, name: counted.append(name) or read(content, name))
    assert len(stored.runs(store)) == 1
    assert len(stored.runs(store)) == 1
    assert len(counted) == 1
    finished.fill(store, "two")
    assert len(stored.runs(store)) == 2
    assert len(counted) == 2


def test_a_record_that_is_damaged_after_it_was_read_is_gone_from_the_list(store_root: Path) -> None:
    store = Store(store_root)
    run = finished.fill(store, "one")
    assert [one.run for one in stored.runs(store)] == [run]
    path = store_root / "runs" / run / "run.json"
    content = json.loads(path.read_text())
    content["record"]["content"]["label"] = "another"
    path.write_text(json.dumps(content))
    assert stored.runs(store) == []
