"""The Report button of the exploring pages and of History: it is offered, and makes the file that the command writes."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from pages.shared import report
from probing.settings import Settings
from tests.app.opening import PATIENCE, ROOT, open_page, sound
from tests.planted import finished


def buttons(app: AppTest) -> list[str]:
    elements: Any = app.get("download_button")
    return [element.proto.label for element in elements]


@pytest.mark.parametrize("page", ["layers", "compare", "overview"])
def test_exploring_pages_offer_the_report(page: str, finished_run: str) -> None:
    assert "Report" in buttons(open_page(page, run=finished_run))


def test_history_offers_the_report_of_what_is_done(finished_run: str) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.switch_page("pages/history.py")
    app.session_state["history"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    assert "Report" in buttons(sound(app.run()))


def test_the_file_is_the_report_or_says_why_there_is_none(store: Store) -> None:
    run = finished.fill(store, tasks=("upos",))
    assert "<h2 id=" in report.made((run,), Settings.read())
    assert "This store has no run" in report.made(("0" * 16,), Settings.read())
