"""What a run has found so far: published whole, read while its process lives, and gone with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cache import files
from cache.errors import StoreError
from cache.store import Store
from probing.execution import live
from probing.execution.live import Publisher
from tests.planted.live import asked, rows


def found(store: Store, run: str) -> live.LiveRun:
    read = live.read(store, run)
    assert read is not None
    return read


def nothing_stored(_cell: str) -> pd.DataFrame:
    raise StoreError("no cell is stored")


@pytest.fixture
def store(store_root: Path) -> Store:
    return Store(store_root)


def test_layers_are_read_as_they_are_published(store: Store) -> None:
    planned = asked()
    assert live.read(store, planned.run) is None
    publisher = Publisher(planned, store, planned.cells, [])
    publisher.expect(5.0)
    assert found(store, planned.run).count() == (0, 14)
    publisher.rows(rows(planned, 3))
    read = found(store, planned.run)
    assert read.count() == (3, 14)
    assert read.done("upos", "linear") == {"minilm-l6": (0, 1, 2), "random:minilm-l6@0": ()}
    table = read.table("upos", "linear", nothing_stored)
    assert list(table[table["metric"] == "accuracy"]["value"]) == pytest.approx([0.5, 0.6, 0.7])
    assert read.baselines == ("random:minilm-l6@0",)
    publisher.close()
    assert live.read(store, planned.run) is None
    assert list((store.root / "scratch").iterdir()) == []


def test_a_finished_cell_is_read_from_the_store(store: Store) -> None:
    planned = asked()
    publisher = Publisher(planned, store, planned.cells, [])
    publisher.rows(rows(planned, 7))
    publisher.finished(planned.cells[0])
    publisher.rows(rows(planned, 1, cell=1))
    read = found(store, planned.run)
    assert read.count() == (8, 14)
    stored = {planned.cells[0].id: pd.DataFrame({"checkpoint": ["another name"], "layer": [6], "value": [0.9]})}
    table = read.table("upos", "linear", stored.__getitem__)
    assert set(table["checkpoint"]) == {"minilm-l6", "random:minilm-l6@0"}
    assert set(read.table("upos", "linear", nothing_stored)["checkpoint"]) == {"random:minilm-l6@0"}


def test_single_seeds_are_left_out_and_unknown_numbers_are_null(store: Store) -> None:
    planned = asked()
    publisher = Publisher(planned, store, planned.cells, [])
    publisher.rows(
        [*rows(planned, 1), rows(planned, 1)[0] | {"seed": 0}, rows(planned, 1)[0] | {"value": float("nan"), "metric": "ece"}]
    )
    table = found(store, planned.run).table("upos", "linear", nothing_stored)
    assert list(table["metric"]) == ["accuracy", "control_accuracy", "ece"]
    assert table["value"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize("damage", ["", "{", '{"record": {"run": "x"}, "seal": "0"}'])
def test_what_is_damaged_is_not_read(store: Store, damage: str) -> None:
    planned = asked()
    Publisher(planned, store, planned.cells, []).expect(1.0)
    (path,) = (store.root / "scratch").iterdir()
    path.write_text(damage)
    assert live.read(store, planned.run) is None


def test_a_file_of_another_version_is_not_read(store: Store) -> None:
    planned = asked()
    Publisher(planned, store, planned.cells, []).expect(1.0)
    (path,) = (store.root / "scratch").iterdir()
    content = files.unsealed(path)
    assert content is not None
    path.write_text(files.sealed(content | {"later": 1}))
    assert live.read(store, planned.run) is None


def test_what_a_killed_process_leaves_is_not_read_and_goes(store: Store) -> None:
    planned = asked()
    publisher = Publisher(planned, store, planned.cells, [])
    publisher.rows(rows(planned, 2))
    (path,) = (store.root / "scratch").iterdir()
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    left = path.rename(path.with_name(path.name.replace(f".{os.getpid()}.", f".{killed.pid}.")))
    assert live.read(store, planned.run) is None
    publisher.rows(rows(planned, 1))  # the run was resumed
    assert found(store, planned.run).count() == (1, 14)
    assert left in store.clean()
    assert found(store, planned.run).count() == (1, 14)


def test_a_full_disk_does_not_stop_the_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StoreError("The disk is full.")

    planned = asked()
    monkeypatch.setattr(files, "write_text", full)
    publisher = Publisher(planned, store, planned.cells, [])
    publisher.rows(rows(planned, 1))
    publisher.close()
    assert live.read(store, planned.run) is None
