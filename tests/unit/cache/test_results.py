"""Results: the tidy table keeps its types, cells and runs are whole or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache import results as results_module
from cache import sealed
from cache.errors import StoreError
from cache.results import COLUMNS, Results, tidy
from cache.store import Store
from tests.harms import cut, flip

ROW: dict[str, Any] = {
    "run": "r1",
    "checkpoint": "minilm-l6",
    "corpus": "grammar",
    "task": "upos",
    "probe": "linear",
    "layer": 3,
    "setting": '{"b": 1, "a": 2}',
    "seed": None,
    "split": "test",
    "metric": "accuracy",
    "value": 0.875,
    "unit": "fraction",
    "lower": 0.5,
    "upper": None,
    "n": 8,
}
ITEMS = pd.DataFrame(
    {
        "layer": np.array([0, 1], np.int16),
        "seed": pd.array([None, 3], dtype="Int64"),
        "split": "test",
        "sentence": np.array([0, 1], np.int32),
        "word": np.array([2, 0], np.int32),
        "gold": ["NOUN", "<script>"],
        "predicted": ["VERB", "NOUN"],
        "log2p": np.array([-0.5, -2.0], np.float32),
    }
)
PROBES = {"0/task/0/weight": np.arange(6, dtype=np.float32).reshape(2, 3).T, "0/task/0/penalty": np.array(0.5)}


def save(results: Results, id: str = "c1", value: float = 0.875) -> None:
    results.save_cell(id, [ROW | {"value": value}], ITEMS, PROBES, {"task": "upos", "notes": ["one"]})


def test_tidy_has_its_columns_and_types() -> None:
    table = tidy([ROW, {"task": "xpos", "layer": np.int64(2), "setting": {"z": 1}, "seed": 4, "value": np.nan}])
    assert tuple(table.columns) == COLUMNS
    assert {name: str(table[name].dtype) for name in ("layer", "seed", "n", "value", "lower", "upper", "setting")} == {
        "layer": "int64",
        "seed": "Int64",
        "n": "Int64",
        "value": "float64",
        "lower": "float64",
        "upper": "float64",
        "setting": "str",
    }
    assert table["setting"].tolist() == ['{"a":2,"b":1}', '{"z":1}']
    assert table["seed"].isna().tolist() == [True, False]
    assert table["n"].isna().tolist() == [False, True]
    assert table["upper"].isna().all()
    assert table["layer"].tolist() == [3, 2]
    assert table["metric"].isna().tolist() == [False, True]
    assert tidy([{"task": "upos"}])["layer"].tolist() == [-1]


def test_tidy_of_nothing_keeps_the_types() -> None:
    assert tidy([]).dtypes.equals(tidy([ROW]).dtypes)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"acuracy": 1}, "no column acuracy"),
        ({"layer": 1.5}, "integer"),
        ({"n": "8"}, "integer"),
        ({"task": 3}, "text column task"),
        ({"setting": "[1]"}, "no JSON object"),
        ({"setting": "{"}, "Expecting"),
        ({"value": "high"}, "float"),
    ],
)
def test_tidy_refuses_what_does_not_belong(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tidy([ROW, row])


texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.none() | st.floats(allow_nan=False) | st.integers(-5, 5)
rows = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("run", "checkpoint", "corpus", "task", "probe", "split", "metric", "unit"), texts),
        **dict.fromkeys(("value", "lower", "upper"), numbers),
        **dict.fromkeys(("seed", "n"), st.none() | st.integers(-(2**63), 2**63 - 1)),
        "layer": st.integers(-1, 99),
        "setting": st.dictionaries(st.text(max_size=3), st.integers() | st.booleans() | st.text(max_size=3), max_size=3),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, max_size=4))
def test_tidy_round_trips_through_records_and_through_parquet(tmp_path: Path, drawn: list[dict[str, Any]]) -> None:
    table = tidy(drawn)
    pd.testing.assert_frame_equal(tidy(table.to_dict("records")), table)
    results_module._parquet(table)(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(results_module._frame(tmp_path / "t.parquet"), table)
    for given_row, kept in zip(drawn, table.to_dict("records"), strict=True):
        for name in ("seed", "n"):
            wanted = given_row.get(name)
            assert pd.isna(kept[name]) if wanted is None else kept[name] == wanted


def test_a_cell_comes_back_as_it_was_saved(store: Store) -> None:
    results = store.results
    assert not results.has_cell("c1")
    save(results)
    assert results.has_cell("c1")
    pd.testing.assert_frame_equal(results.cell_table("c1"), tidy([ROW]))
    pd.testing.assert_frame_equal(results.items("c1"), ITEMS.astype({"split": "str", "gold": "str", "predicted": "str"}))
    probes = results.probes("c1")
    assert set(probes) == set(PROBES)
    assert probes["0/task/0/weight"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert (probes["0/task/0/penalty"].shape, float(probes["0/task/0/penalty"])) == ((), 0.5)
    assert results.cell_facts("c1") == {"task": "upos", "notes": ["one"]}


def test_what_is_not_there_is_said_in_a_sentence(store: Store) -> None:
    results = store.results
    for ask in (results.cell_table, results.items, results.probes, results.cell_facts):
        with pytest.raises(StoreError, match="The cell c9 is not in the store: run it again"):
            ask("c9")
    for read in (results.run, results.table, results.sentences):
        with pytest.raises(StoreError, match="The run r9 is not in the store"):
            read("r9")
    for name in ("../cells", "", ".", "a/b", "..", "\x00"):
        assert not results.has_cell(name)
        assert not results.has_run(name)
        with pytest.raises(StoreError):
            results.table(name)
        with pytest.raises(StoreError, match="cannot name"):
            save(results, name)
    results.run_folders.remove("../cells")
    assert (store.root / "cells").is_dir()


@pytest.mark.parametrize("file", ["table.parquet", "items.parquet", "probes.safetensors", "cell.json"])
@pytest.mark.parametrize("harm", [cut, flip, Path.unlink])
@pytest.mark.parametrize("trusted", [False, True])
def test_a_damaged_cell_is_removed_and_can_be_saved_again(
    store: Store, file: str, harm: Callable[[Path], object], trusted: bool
) -> None:
    results = store.results
    save(results)
    if not trusted:
        sealed._checked.clear()
    harm(store.root / "cells" / "c1" / file)
    assert not results.has_cell("c1")
    assert not (store.root / "cells" / "c1").exists()
    save(results)
    assert results.has_cell("c1")


def test_saving_over_a_damaged_cell_replaces_it(store: Store) -> None:
    save(store.results, value=0.25)
    cut(store.root / "cells" / "c1" / "items.parquet")
    save(store.results, value=0.75)
    assert store.results.cell_table("c1")["value"].tolist() == [0.75]


def test_the_second_to_save_a_cell_drops_its_copy(store: Store) -> None:
    save(store.results, value=0.25)
    save(store.results, value=0.75)
    assert store.results.cell_table("c1")["value"].tolist() == [0.25]
    assert os.listdir(store.root / "cells") == ["c1"]


SAVER = """
import sys, time
import numpy as np, pandas as pd
from pathlib import Path
from cache import sealed
from cache.store import Store
from tests.harms import cut, flip
results = Store(Path(sys.argv[1])).results
def save(id, value):
    results.save_cell(id, [{"task": "upos", "value": value}], pd.DataFrame({"gold": ["A"]}), {"w": np.ones(3)}, {})
"""


def test_two_processes_save_the_same_cells(store: Store, python: Callable[..., Any]) -> None:
    some = """
print("ready", flush=True); sys.stdin.readline()
for i in range(15):
    save(f"c{i}", i)
"""
    both = [python(SAVER + some, store.root) for _ in range(2)]
    assert [process.line() for process in both] == ["ready"] * 2
    for process in both:
        process.tell()
    for process in both:
        process.output()
    assert sorted(os.listdir(store.root / "cells")) == sorted(f"c{i}" for i in range(15))
    assert all(store.results.has_cell(f"c{i}") for i in range(15))
    assert store.results.cell_table("c7")["value"].tolist() == [7.0]


@pytest.mark.parametrize("moment", ["items", "rename"])
def test_a_process_killed_while_it_saves_leaves_no_cell(store: Store, python: Callable[..., Any], moment: str) -> None:
    stop = """
def hang(*_, **__):
    print("half", flush=True)
    time.sleep(60)
if sys.argv[2] == "items":
    from cache import results as module
    module.save_file = hang
else:
    sealed.os.rename = hang
save("c1", 1)
"""
    saver = python(SAVER + stop, store.root, moment)
    assert saver.line() == "half"
    saver.kill()
    assert not store.results.has_cell("c1")
    assert store.results.cells.names() == []
    assert len(store.clean()) == 1
    assert os.listdir(store.root / "cells") == []
    save(store.results)
    assert store.results.has_cell("c1")


def test_a_full_disk_is_said_and_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(results_module.parquet, "write_table", full)
    with pytest.raises(StoreError, match=r"^The disk is full: the cell could not be written"):
        save(store.results)
    with pytest.raises(StoreError, match=r"^The disk is full: the run could not be written"):
        store.results.save_run("r1", {}, tidy([ROW]), pd.DataFrame({"id": ["a"]}))
    monkeypatch.undo()
    assert os.listdir(store.root / "cells") == os.listdir(store.root / "runs") == []
    save(store.results)


SENTENCES = pd.DataFrame({"split": "test", "sentence": [0], "id": ["s1"], "forms": [["Ice", "<b>", "="]]})


def test_runs_come_back_newest_first(store: Store) -> None:
    results = store.results
    for run, finished in [("old", "2024-01-01T00:00:00+00:00"), ("new", "2025-01-01T00:00:00+00:00")]:
        results.save_run(run, {"label": run, "finished": finished}, tidy([ROW | {"run": run}]), SENTENCES)
    results.save_run("now", {"label": "now"}, tidy([]), SENTENCES)
    assert [record["run"] for record in results.runs()] == ["now", "new", "old"]
    record = results.run("new")
    assert (record["label"], record["finished"][:4]) == ("new", "2025")
    assert record["bytes"] == sum(path.stat().st_size for path in (store.root / "runs" / "new").iterdir())
    assert results.table("new")["run"].tolist() == ["new"]
    assert len(results.table("now")) == 0
    assert list(results.sentences("new")["forms"][0]) == ["Ice", "<b>", "="]
    results.run_folders.remove("new")
    assert not results.has_run("new")
    assert [record["run"] for record in results.runs()] == ["now", "old"]


def test_a_damaged_run_is_left_out_and_removed(store: Store) -> None:
    results = store.results
    for run in ("a", "b"):
        results.save_run(run, {}, tidy([ROW]), SENTENCES)
    flip(store.root / "runs" / "a" / "run.json")
    assert [record["run"] for record in results.runs()] == ["b"]
    assert not results.has_run("a")
    with pytest.raises(ValueError, match="a run's table has the columns run, checkpoint"):
        results.save_run("c", {}, ITEMS, SENTENCES)


def test_a_folder_whose_name_looks_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    results = Store(tmp_path / "layer=7" / "store").results
    save(results)
    assert results.cell_table("c1")["layer"].tolist() == [3]
    assert list(results.items("c1").columns) == list(ITEMS.columns)
