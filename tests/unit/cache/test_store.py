"""The store's folder: made once, of one schema, cleaned of what dead processes left."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cache import eviction, files
from cache import store as store_module
from cache.errors import StoreError
from cache.keys import SCHEMA
from cache.store import FOLDERS, Store, schema_of


def test_a_store_is_made_with_its_schema(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "store")
    assert json.loads((store.root / "schema.json").read_text()) == {"schema": SCHEMA}
    assert all((store.root / folder).is_dir() for folder in FOLDERS)
    assert (store.uploads, store.logs, store.locks) == tuple(store.root / n for n in ("uploads", "logs", "locks"))
    assert Store(store.root).root == store.root


@pytest.mark.parametrize("text", ['{"schema": 0}', f'{{"schema": {SCHEMA + 1}}}', "{", "[]", '{"schema": "one"}'])
def test_another_schema_is_refused_with_the_way_out(store: Store, text: str) -> None:
    (store.root / "schema.json").write_text(text)
    with pytest.raises(StoreError, match=r"schema .* this version reads .*store evict --all.*STRATA_STORE") as refused:
        Store(store.root)
    assert "\n" not in str(refused.value)


def test_a_store_of_an_older_schema_can_be_emptied_and_used_again(store: Store) -> None:
    (store.uploads / "mine.conllu").write_text("1\tx")
    (store.root / "activations" / "old").mkdir()
    (store.root / "activations" / "old" / "data").write_bytes(b"x" * 1000)
    store.jobs.submit("r1", {}, "one")
    (store.root / "schema.json").write_text('{"schema": 0}')
    report = eviction.clear(store.root)
    assert report["freed"] >= 1000
    assert schema_of(store.root) is None
    fresh = Store(store.root)
    assert fresh.collections() == []
    assert fresh.jobs.recent(5) == []
    assert (fresh.uploads / "mine.conllu").read_text() == "1\tx"


def test_clearing_leaves_a_store_in_use_alone(store: Store, python: Callable[..., Any]) -> None:
    (store.root / "schema.json").write_text('{"schema": 0}')
    lock = store.locks / "run-abc.lock"
    holder = python(
        "import sys; from cache.locks import FileLock; l = FileLock(sys.argv[1]); l.acquire(); "
        "print('held', flush=True); sys.stdin.readline()",
        lock,
    )
    assert holder.line() == "held"
    with pytest.raises(StoreError, match=r"in use \(run-abc\)"):
        eviction.clear(store.root)
    assert schema_of(store.root) == 0


def test_clearing_refuses_a_folder_that_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    with pytest.raises(StoreError, match="no store"):
        eviction.clear(tmp_path)
    assert (tmp_path / "runs").is_dir()


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(StoreError, match=r"is no store and holds other files \(thesis.tex\)"):
        Store(tmp_path)
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_uploads_made_before_the_store_are_welcome(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    assert Store(tmp_path).uploads.is_dir()


def test_a_file_in_the_place_of_the_store_and_a_missing_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="could not be written"):
        Store(tmp_path / "file")
    with pytest.raises(StoreError, match="There is no store at"):
        Store(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StoreError, match=r"^The disk is full: .*free space or evict"):
        Store(tmp_path / "store")
    monkeypatch.undo()
    assert Store(tmp_path / "store").root.is_dir()


def test_two_processes_make_one_store(tmp_path: Path, python: Callable[..., Any]) -> None:
    code = "import sys; sys.stdin.readline(); from cache.store import Store; Store(sys.argv[1]); print('made')"
    both = [python(code, tmp_path / "store") for _ in range(3)]
    for process in both:
        process.tell()
    assert [process.output() for process in both] == [["made"]] * 3


def test_leftovers_of_dead_and_old_are_cleaned_and_those_of_the_living_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    mine = store.scratch("import")
    (mine / "half").write_text("half")
    old = store.scratch("ancient")
    os.utime(old, (time.time() - 2 * files.DAY,) * 2)
    left = store.root / "cells" / f".c1.{dead.pid}.0123abcd.part"
    left.mkdir()
    (left / "table.parquet").write_bytes(b"half")
    other = store.root / "cells" / ".keep"
    other.touch()
    monkeypatch.setattr(store_module, "_swept", set())
    again = Store(store.root)
    assert not left.exists()
    assert not old.exists()
    assert (mine / "half").read_text() == "half"
    assert other.exists()
    assert again.clean() == []


def test_the_same_facts_name_the_same_collection(store: Store) -> None:
    one = store.collection({"a": 1, "b": "x"})
    assert store.collection({"b": "x", "a": 1}).key == one.key != store.collection({"a": 2, "b": "x"}).key
    assert store.collections() == []
    assert not one.folder.exists()


def test_the_supervisor_stays_light() -> None:
    code = (
        "import sys, cache.store, cache.jobs; "
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'torch', 'streamlit', 'probing') if m in sys.modules])"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", ".hidden", "a\n", "a\x00", "x" * 129, "-rf"])
def test_names_that_leave_the_store_are_none(name: str) -> None:
    assert not files.is_name(name)


def test_a_sealed_record_that_is_cut_or_altered_is_none(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(files.sealed({"a": 1, "b": [2.5, "é"]}))
    assert files.unsealed(path) == {"a": 1, "b": [2.5, "é"]}
    whole = path.read_text()
    for broken in [whole[:-5], whole.replace("2.5", "2.6"), "", "[]", "null", "\x00" * len(whole), "[" * 100_000]:
        path.write_text(broken)
        assert files.unsealed(path) is None
    assert files.unsealed(tmp_path / "none.json") is None


def test_two_names_swap_what_they_stand_for(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    if files.exchange(one, other):
        assert [path.name for path in (*one.iterdir(), *other.iterdir())] == ["other", "one"]
    else:  # the file system of this machine cannot
        assert [path.name for path in (*one.iterdir(), *other.iterdir())] == ["one", "other"]
    assert not files.exchange(one, tmp_path / "none")
