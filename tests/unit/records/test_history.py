"""The history: jobs and runs as entries, the same question as one, and what somebody says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cache.jobs import Job
from cache.store import Store
from probing.errors import BadInput
from probing.records import history
from probing.records.history import Note


def job(run: str, when: float, **more: object) -> Job:
    return Job(run=run, label=run, spec={"a": 1}, state="done", created=when, started=when, ended=when + 5, **more)  # type: ignore[arg-type]


def test_the_same_question_is_one_entry_and_the_newest_stands_for_all() -> None:
    other = Job(run="c", label="c", spec={"a": 2}, state="failed", created=2.0)
    found = history.entries([job("a", 10.0), job("b", 20.0), other, job("d", 1.0, kind="sweep")], [])
    assert [entry.ids for entry in found] == [("b", "a"), ("d",), ("c",)]
    assert (found[0].when, found[0].seconds, found[2].seconds) == (25.0, 5.0, None)


def test_notes_are_kept_by_any_id_of_the_entry_and_removed_when_empty(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert history.read(store) == {}
    history.write(store, ["b", "a"], Note(name="first", tags="x y"))
    history.write(store, ["c", "b", "a"], Note(name="second"))
    assert history.read(store) == {"c": Note(name="second")}
    history.write(store, ["c"], Note())
    assert history.read(store) == {}


def test_long_text_and_a_damaged_file_are_sentences(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(BadInput, match="more than 80 characters"):
        history.write(store, ["a"], Note(name="n" * 81))
    history.write(store, ["a"], Note(name="n"))
    (store.root / history.FILE).write_text("{}")
    with pytest.raises(BadInput, match="damaged"):
        history.read(store)
