"""Sharing and importing on the pages, the example study under an empty store, and a demo that visitors cannot change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from cache.errors import StoreError
from cache.store import Store
from pages._home import example as example_run
from pages.shared import bundles, controls, frame
from probing.bundles import example, importing
from probing.bundles.exporting import export
from probing.errors import BadInput
from probing.execution import client, queue
from probing.settings import Settings
from tests.app.opening import open_page, sound, words
from tests.app.test_history import table, tick
from tests.app.test_navigation import PAGES
from tests.planted import curves, finished, lab, treebank

EXPLORING = ("overview", "layers", "compare", "effort", "trees")


@pytest.fixture
def study(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An example study of four questions, which the pages show under the empty store."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    made = Store(tmp_path / "made")
    ids = [
        finished.fill(made),
        curves.fill(made),
        treebank.fill(made.root, monkeypatch, ("structural",)),
        lab.fill(made, methods=("full",), sizes=(64,), seeds=1).run,
    ]
    path = tmp_path / "study.strata"
    export(made, ids, path, replace(Settings.read(), store=made.root))
    monkeypatch.setenv("STRATA_EXAMPLE", str(path))
    return path


def test_an_empty_store_shows_the_study_on_every_page(study: Path) -> None:
    home = words(open_page("home"))
    assert example.TITLE in home
    assert "How it works" in home, "and still says what a newcomer has to know"
    for page in EXPLORING:
        app = open_page(page)
        assert not app.error, page
        assert f"{example.TITLE}, which comes with Strata" in words(app)
        assert app.get("plotly_chart"), page
    assert "No results in this store yet" not in words(open_page("fine_tune", make="Results"))


def test_the_study_is_marked_never_deleted_hidden_and_shown(study: Path) -> None:
    listed = table(open_page("history"))
    assert len(listed) == 4
    assert all(example.TITLE in tags for tags in listed["tags"])
    app = tick(0)
    sound(app.button(key="delete-sure").click().run())
    assert "is of the example study, which is never deleted" in words(app)
    app = open_page("store")
    assert "never changed or deleted" in words(app)
    sound(app.button(key="example").click().run())
    assert "Hidden on all pages" in words(app)
    assert "Nothing was asked of this store yet" in words(open_page("history"))
    sound(open_page("store").button(key="example").click().run())
    assert len(table(open_page("history"))) == 4


def test_what_is_ticked_is_shared_and_taken_in_elsewhere(store: Store, tmp_path: Path) -> None:
    run = finished.fill(store)
    app = tick(0)
    assert "Share" in [button.proto.label for button in app.get("download_button")]
    path = tmp_path / "shared.strata"
    path.write_bytes(bundles.packed(store, [run], Settings.read().of_pages()))
    there = Store(tmp_path / "there")
    assert run in importing.take(path, there).new
    assert not there.is_below(run)


MAKING = ("new_run", "predict", "checkpoints", "sentence")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_demo_says_how_to_run_it_at_home_and_offers_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setenv("STRATA_READ_ONLY", "1")
    app = open_page(page)
    assert "This is a read-only demo" in words(app)
    assert "run Strata at home" in words(app)
    keys = {str(button.key) for button in app.button} - {"glossary"}
    offered = {
        "first",
        "start",
        "confirmed",
        "keep",
        "forget",
        "verify",
        "evict",
        "remove-sure",
        "delete-sure",
        "import-sure",
        "example",
    }
    assert not keys & offered
    assert not app.get("file_uploader")
    assert not app.text_area
    if page in MAKING:
        assert not app.selectbox
        assert not app.text_input


def test_whatever_would_change_a_demo_is_refused(
    store: Store, study: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STRATA_READ_ONLY", "1")
    closed, settings = frame.open_store(store.root), Settings.read()
    asked = example_run.planned(settings)
    question = client.Question("x", ("x",), "x", ("a",), "mean", "fp32", "layer")
    for change in (
        lambda: queue.submit(asked, closed),
        lambda: queue.resume("x", closed),
        lambda: client.ask(closed, "cpu", question, lambda _: None),
        lambda: importing.take(study, closed),
        lambda: settings.refuse_writing(),
    ):
        with pytest.raises((StoreError, BadInput), match="read-only demo"):
            change()
    lab.fill(store, methods=("full",), sizes=(64,), seeds=1)
    queue.wake(closed)
    queue.stand_by(closed, "cpu")
    assert not list(store.logs.iterdir())
    for path in ("/etc", str(tmp_path), "~"):
        with pytest.raises(BadInput, match="Files of this machine are not read here: to read your own"):
            controls.find_checkpoint(path, settings)
        with pytest.raises(BadInput, match="Files of this machine are not read here"):
            controls.find_corpus(path, settings)
    assert settings.of_pages().offline
