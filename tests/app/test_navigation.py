"""Every page opens from an address, in an empty store, and says what it is for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from cache.store import Store
from tests.app.opening import PATIENCE, ROOT, open_page, sound, words
from tests.planted import curves

# Addresses of earlier releases, and the heading of the page that took their place.
OLD = {"decodability": "Effort", "lab": "Fine-tune", "data": "Corpora and data"}
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem not in ("__init__", *OLD))


@pytest.mark.usefixtures("store_root")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_in_an_empty_store(page: str) -> None:
    app = open_page(page)
    assert len(app.title) == 1
    assert not app.error
    assert len(words(app)) > 100, "an empty state teaches"


@pytest.mark.usefixtures("store_root")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_shrugs_at_an_address_that_makes_no_sense(page: str) -> None:
    names = ("run", "task", "view", "page", "kind", "split", "max_train", "cell")
    nonsense = dict.fromkeys(names, "../../<script>")
    app = open_page(page, **nonsense)
    assert len(app.title) == 1


@pytest.mark.usefixtures("store_root")
def test_the_first_address_of_a_fresh_server_goes_through_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_test, "PagesManager", PagesManager)
    app = open_page("store", kind="Everything")
    assert PagesManager.uses_pages_directory is False, "else this page and every later one stand without their frame"
    assert app.title[0].value == "Store"


@pytest.mark.usefixtures("store_root")
@pytest.mark.parametrize("page", ["home", "layers"])
def test_the_terms_open_over_a_page(page: str) -> None:
    app = open_page(page)
    assert "UUAS" not in words(app)
    sound(app.sidebar.button(key="glossary").click().run())
    shown = words(app)
    assert len(app.title) == 1, "the page stays behind them"
    for term in ("selectivity", "UUAS", "attention graph", "delta"):
        assert f"| {term} |" in shown
    assert "](cards.md)" not in shown, "no link to a document that the app does not serve"


@pytest.mark.parametrize("old", OLD)
def test_an_address_of_an_earlier_release_leads_on_with_its_query(old: str, store_root: Path) -> None:
    curves_run = curves.fill(Store(store_root))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.query_params |= {"run": curves_run, "kept": ["a", "b"]}
    app.switch_page(f"pages/{old}.py")
    sound(app.run())
    assert app.title[0].value == OLD[old]
    assert (app.query_params["run"], app.query_params["kept"]) == (curves_run, ["a", "b"])


def test_every_page_is_in_the_menu() -> None:
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    assert all(f'"pages/{page}.py"' in source for page in PAGES)
    assert not any(f'"pages/{old}.py"' in source for old in OLD)


def test_the_server_keeps_to_this_machine() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["port"] == 8501
    assert config["server"]["enableXsrfProtection"] is True
    assert config["server"]["enableCORS"] is True
    assert config["server"]["maxUploadSize"] == 200
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
    assert {"light", "dark"} <= set(config["theme"])


@pytest.mark.parametrize(
    ("origin", "host", "welcome"),
    [
        ("http://127.0.0.1:8501", "127.0.0.1:8501", True),
        (None, "127.0.0.1:8501", True),
        ("http://127.0.0.1:9999", "127.0.0.1:8501", False),
        ("http://localhost:8501", "127.0.0.1:8501", False),
        ("https://evil.example", "localhost:8501", False),
        ("null", "localhost:8501", False),
    ],
)
@pytest.mark.usefixtures("store_root")
def test_a_page_of_another_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, origin: str | None, host: str, welcome: bool
) -> None:
    headers = {"Host": host} | ({"Origin": origin} if origin else {})
    monkeypatch.setattr(type(st.context), "headers", headers)
    app = open_page("store")
    assert [title.value for title in app.title] == (["Store"] if welcome else [])
    assert ("is not this app" in words(app)) == (not welcome)
