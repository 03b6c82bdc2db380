"""The example study: a store below another, read as its own, never written, mended where it is damaged, hidden and shown."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from cache import eviction, sealed
from cache.errors import StoreError
from cache.store import Store
from probing.bundles import example, importing
from probing.bundles.exporting import export
from probing.commands import bundle, setup
from probing.records import history, names, stored
from probing.records.history import Note
from probing.settings import DEMO, Settings
from tests.harms import flip
from tests.planted import finished, lab


@pytest.fixture
def settings(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an empty store, with a study of a run and a sweep."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    made = Store(tmp_path / "made")
    run = finished.fill(made, depths={"known-elsewhere": 2}, tasks=("upos",))
    history.write(made, [run], Note(name="the study's"))
    names.write(made, "known-elsewhere", "elsewhere", "base", {})
    sweep = lab.fill(made, methods=("full",), sizes=(64,), seeds=1)
    of = replace(Settings.read(), store=made.root)
    export(made, [run, sweep.run], tmp_path / "study.strata", of)
    return replace(Settings.read(), example=tmp_path / "study.strata")


def test_it_is_read_as_ones_own_and_never_written(settings: Settings) -> None:
    store = example.opened(settings)
    (record,) = stored.runs(store)
    assert store.is_below(record.run)
    assert len(store.results.table(record.run)) > 0
    assert all(store.results.has_cell(cell.id) for cell in record.cells)
    (job,) = store.jobs.recent(10)
    assert (job.kind, store.jobs.get(job.run)) == ("sweep", job)
    assert history.read(store)[record.run].name == "the study's"
    assert names.read(store)["known-elsewhere"].nickname == "elsewhere"
    below = store.below
    assert below is not None
    before = {path: path.read_bytes() for path in below.root.rglob("*") if path.suffix in (".parquet", ".json")}
    eviction.evict(store, None, everything=True, names=[record.run, f"run/{record.run}"])
    history.write(store, [record.run], Note(name="mine"))
    names.write(store, "known-elsewhere", "mine", "base", {})
    assert {path: path.read_bytes() for path in before} == before
    assert eviction.listing(store, ["run", "cell"]) == []
    assert history.read(store)[record.run].name == "mine"
    assert history.read(below)[record.run].name == "the study's"
    assert not (settings.store / "runs" / record.run).exists()


def test_setup_unpacks_it_so_that_the_first_page_need_not(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    setup.answer(argparse.Namespace(name=[], json=True), settings)
    assert json.loads(capsys.readouterr().out) == {"installed": {}, "example": True}
    (whole,) = (tmp_path / "cache").rglob(example.WHOLE)
    made = whole.stat().st_mtime_ns
    assert stored.runs(example.opened(settings))
    assert whole.stat().st_mtime_ns == made


def test_commands_share_and_export_what_the_study_has(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (record,) = stored.runs(example.opened(settings))
    asked = {"named": [record.run], "out": str(tmp_path / "again.strata"), "title": "", "note": "", "json": True}
    bundle.answer(argparse.Namespace(action="export", **asked), settings)
    assert json.loads(capsys.readouterr().out)["file"] == asked["out"]
    assert record.run in [one.id for one in importing.look(tmp_path / "again.strata").held]


def test_what_both_have_is_ones_own(settings: Settings) -> None:
    store = example.opened(settings)
    (record,) = stored.runs(store)
    finished.fill(store, depths={"known-elsewhere": 2}, tasks=("upos",))
    assert not store.is_below(record.run)
    assert len(stored.runs(store)) == 1
    assert eviction.evict(store, None, names=[f"run/{record.run}"])["removed"] == [f"run/{record.run}"]
    assert store.is_below(record.run), "the study's shows again"


@pytest.mark.parametrize("file", ["table.parquet", "run.json"])
def test_damage_is_unpacked_again(settings: Settings, file: str) -> None:
    below = example.opened(settings).below
    assert below is not None
    (run,) = below.results.run_folders.names()
    flip(below.root / "runs" / run / file, 200)
    sealed._checked.clear()
    sealed._unsealed.cache_clear()
    store = example.opened(settings)
    assert store.results.has_run(run)
    assert len(store.results.table(run)) > 0


def test_a_study_that_was_half_unpacked_is_unpacked_again(settings: Settings) -> None:
    below = example.opened(settings).below
    assert below is not None
    (below.root / example.WHOLE).unlink()
    (below.root / "schema.json").write_text("{")
    assert len(stored.runs(example.opened(settings))) == 1


def test_it_is_hidden_and_shown_again(settings: Settings) -> None:
    store = example.opened(settings)
    example.hide(store, True)
    assert stored.runs(example.opened(settings)) == []
    example.hide(store, False)
    assert len(stored.runs(example.opened(settings))) == 1


def test_without_one_or_with_a_damaged_one_the_store_opens(settings: Settings, tmp_path: Path) -> None:
    assert example.opened(replace(settings, example=None)).below is None
    assert example.opened(replace(settings, example=tmp_path / "absent.strata")).below is None
    assert settings.example is not None
    flip(settings.example, 100)
    assert example.opened(settings).below is None


def test_a_demo_is_closed(settings: Settings) -> None:
    store = example.opened(replace(settings, read_only=True))
    (record,) = stored.runs(store)
    for change in (
        lambda: history.write(store, [record.run], Note(name="x")),
        lambda: names.write(store, "x", "y", "base", {}),
        lambda: eviction.evict(store, None, everything=True),
        lambda: example.hide(store, True),
        lambda: store.jobs.submit("x", {}, "x"),
        lambda: store.jobs.forget("x"),
        lambda: store.jobs.cancel("x"),
    ):
        with pytest.raises(StoreError, match="read-only demo"):
            change()
    assert DEMO.startswith("This is a read-only demo: ")
