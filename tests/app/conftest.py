"""A store with something in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import app_test

from cache.store import Store
from pages._home import example
from pages.shared import typed_sentence
from probing.execution import queue
from tests.planted.finished import fill


@pytest.fixture
def store(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store in which nothing is ever started."""
    monkeypatch.setattr(queue, "_supervise", lambda *_: None)
    return Store(store_root)


@pytest.fixture
def finished_run(store_root: Path) -> str:
    """The id of a finished run in the test's own store: two checkpoints and their random twins, 3 tasks, 7 layers."""
    return fill(Store(store_root))


class Framed(PagesManager):
    """A server that has called st.navigation before: pages run through app.py, as they do in a browser."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        PagesManager.uses_pages_directory = False


@pytest.fixture(autouse=True)
def uncalibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page starts a process that measures the machine."""
    monkeypatch.setattr(queue, "_calibrate", lambda *_: None)


@pytest.fixture(autouse=True)
def unready(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page makes the example ready ahead of the press, nor the process that reads sentences ahead of one."""
    monkeypatch.setattr(example, "make_ready", lambda *_: None)
    monkeypatch.setattr(typed_sentence, "make_ready", lambda *_: None)


@pytest.fixture(autouse=True)
def unscanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest looks through every installed package for components each time it runs, which takes as long as a page; the app has none."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", list)


@pytest.fixture(autouse=True)
def framed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this, AppTest runs a page of the folder pages/ alone, and never app.py."""
    monkeypatch.setattr(app_test, "PagesManager", Framed)
