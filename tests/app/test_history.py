"""History: all that was asked in one table, searched, named and deleted."""

from __future__ import annotations

import pandas as pd
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing.records import history
from tests.app.opening import PATIENCE, ROOT, open_page, sound, words
from tests.planted import finished, lab


def tick(row: int) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.switch_page("pages/history.py")
    app.session_state["history"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return sound(app.run())


def table(app: AppTest) -> pd.DataFrame:
    return app.dataframe[-1].value


def test_an_empty_history_leads_to_a_run(store: Store) -> None:
    assert store.root.is_dir()
    assert "Nothing was asked of this store yet" in words(open_page("history"))


def test_everything_is_listed_and_searched(store: Store) -> None:
    finished.fill(store)
    asked = lab.fill(store, methods=("full",), sizes=(64,), seeds=1)
    (store.uploads).mkdir(exist_ok=True)
    (store.uploads / "scores-1234.csv").write_text("a,b\n")
    assert sorted(table(open_page("history"))["type"]) == ["Fine-tuning", "Prediction", "Run"]
    assert list(table(open_page("history", find="fine tokens"))["name"]) == [asked.label]
    assert list(table(open_page("history", types="Prediction"))["name"]) == ["scores-1234"]


def test_an_entry_is_named_and_deleted(store: Store) -> None:
    run = finished.fill(store)
    app = tick(0)
    (name,) = [one for one in app.text_input if one.label == "Name"]
    name.set_value("the first one")
    next(button for button in app.button if button.label == "Save").click()
    sound(app.run())
    assert history.read(store)[run].name == "the first one"
    assert list(table(open_page("history", find="first"))["name"]) == ["the first one"]
    app = tick(0)
    sound(app.button(key="delete-sure").click().run())
    assert not store.results.has_run(run)
    assert history.read(store) == {}
    assert "Nothing was asked" in words(open_page("history"))
