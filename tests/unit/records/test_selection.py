"""Which runs answer a selection: the newest that hold it, several where none holds all, and a sentence for what is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cache.store import Store
from probing.records import stored
from probing.records.run import RunRecord
from probing.records.selection import Selection, base_of, comparable, names_of, resolve, tasks_of
from tests.planted import record


def a_run(
    root: Path, name: str, checkpoints: str, tasks: str = "upos", corpus: str = "grammar", parent: str | None = None, **spec: Any
) -> RunRecord:
    """A run of `checkpoints` (the first with a random baseline) and `tasks`, both parted by spaces."""
    store, planted = Store(root), record.PlantedRun(Store(root), name, corpus)
    entries = [record.checkpoint(one, 2, 8, parent=None if one == parent else parent) for one in checkpoints.split()]
    entries.append(record.checkpoint(f"random:{entries[0].name}@0", 2, 8, entries[0].name))
    for entry in entries:
        for task in tasks.split():
            planted.cell(entry.name, task, "linear", [], pd.DataFrame())
    asked = [record.task(task, "syntax", "word", ("A", "B")) for task in tasks.split()]
    planted.save(name, spec, asked, entries, pd.DataFrame([{"split": "test", "sentence": 0, "id": "0", "forms": ["a"]}]))
    return stored.run(store, name)


@pytest.fixture
def runs(tmp_path: Path) -> list[RunRecord]:
    """Newest first."""
    return [
        a_run(tmp_path, "trees", "base", "deprel"),
        a_run(tmp_path, "pair", "child base", "upos deprel", parent="base"),
        a_run(tmp_path, "alone", "other", "upos"),
        a_run(tmp_path, "weblog", "base other", "upos", "weblog"),
    ]


def runs_of(found: tuple[RunRecord, ...]) -> list[str]:
    return [one.run for one in found]


def test_nothing_asked_is_the_newest_run_and_what_was_made_from_its_base(runs: list[RunRecord]) -> None:
    found = resolve(runs, Selection())
    assert runs_of(found.records) == ["trees", "pair"]
    assert found.selection == Selection("base", ("child",), "grammar", "deprel")
    assert found.lacking == found.unlike == ()
    assert resolve(runs, Selection(compared=())).selection.compared == ()


def test_descendants_that_were_read_otherwise_are_not_compared_unasked(tmp_path: Path) -> None:
    runs = [
        a_run(tmp_path, "alone", "base"),
        a_run(tmp_path, "grandchild", "grandchild", parent="lab:child"),
        a_run(tmp_path, "child", "child", parent="base"),
        a_run(tmp_path, "otherwise", "second", parent="base", max_train=50),
    ]
    assert resolve(runs, Selection()).selection.compared == ("child", "grandchild")


def test_the_newest_run_that_holds_it_all_is_taken(runs: list[RunRecord]) -> None:
    found = resolve(runs, Selection("base", task="upos"))
    assert runs_of(found.records) == ["pair"]
    assert found.selection == Selection("base", ("child",), "grammar", "upos")
    assert names_of(found.records[0]) == ["child", "base", "random:child@0"]
    found = resolve(runs, Selection("base", (), "weblog"))
    assert (runs_of(found.records), found.selection.task) == (["weblog"], "upos")
    assert names_of(found.records[0]) == ["base", "random:base@0"], "what is not compared is cut away"
    assert {cell.checkpoint for cell in found.records[0].cells} == {"base", "random:base@0"}


def test_what_no_run_holds_together_comes_from_several(runs: list[RunRecord]) -> None:
    found = resolve(runs, Selection("base", ("child", "other"), "grammar", "upos"))
    assert runs_of(found.records) == ["pair", "alone"]
    assert [names_of(one) for one in found.records] == [["child", "base", "random:child@0"], ["other", "random:other@0"]]
    assert found.unlike == ()


def test_a_run_that_read_alike_is_taken_before_a_newer_one(tmp_path: Path) -> None:
    runs = [
        a_run(tmp_path, "newer", "other", max_train=50),
        a_run(tmp_path, "base", "base", max_train=100),
        a_run(tmp_path, "older", "other", max_train=100),
    ]
    asked = Selection("base", ("other",))
    assert runs_of(resolve(runs, asked).records) == ["base", "older"]
    found = resolve(runs[:2], asked)
    assert runs_of(found.records) == ["base", "newer"]
    (said,) = found.unlike
    assert said.startswith("other")
    assert "max_train" in said


@pytest.mark.parametrize(
    ("asked", "said", "shown"),
    [
        (Selection("gone"), "has the checkpoint gone: base is shown", Selection("base", ("child",), "grammar", "deprel")),
        (Selection("base", corpus="gone"), "on the corpus gone: grammar", Selection("base", ("child",), "grammar", "deprel")),
        (
            Selection("other", task="deprel"),
            "the task deprel of other on grammar: upos",
            Selection("other", (), "grammar", "upos"),
        ),
        (Selection("base", ("gone",), task="upos"), "gone has no stored run of upos", Selection("base", (), "grammar", "upos")),
    ],
)
def test_what_is_not_there_is_said(runs: list[RunRecord], asked: Selection, said: str, shown: Selection) -> None:
    found = resolve(runs, asked)
    assert found.selection == shown
    (sentence,) = found.lacking
    assert said in sentence


def test_what_was_chosen_last_counts_most(runs: list[RunRecord]) -> None:
    asked = Selection("child", corpus="weblog")
    assert resolve(runs, asked).selection.base == "child"
    found = resolve(runs, asked, first="corpus")
    assert (found.selection.base, found.selection.corpus) == ("base", "weblog")


def test_named_runs_are_taken_as_they_are(runs: list[RunRecord]) -> None:
    found = resolve(runs[:3], Selection("other", task="deprel"), whole=True)
    assert runs_of(found.records) == ["trees", "pair", "alone"]
    assert found.selection == Selection("other", ("base", "child"), "grammar", "deprel")
    assert found.lacking == ()


def test_menus_offer_what_there_is(runs: list[RunRecord]) -> None:
    assert base_of(runs[1]) == "base", "the parent, though it was asked second"
    assert comparable(runs, "grammar", "upos") == ["child", "base", "other"]
    assert tasks_of(runs, "base", "grammar") == ["deprel", "upos"]
    assert tasks_of(runs, "other", "weblog") == ["upos"]
