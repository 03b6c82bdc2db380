"""A fresh start with the example study, and a bundle of somebody else taken in, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cache.store import Store
from probing.bundles.exporting import export
from probing.settings import EXAMPLE, Settings
from tests.app.serving import serving
from tests.e2e.conftest import picture, still
from tests.planted import finished

pytestmark = pytest.mark.e2e


def packed(root: Path, name: str, seed: int) -> Path:
    """A bundle of one planted run."""
    store, path = Store(root / f"{name}-store"), root / f"{name}.strata"
    export(
        store,
        [finished.fill(store, name, seed=seed)],
        path,
        replace(Settings.read(), store=store.root),
        f"The {name}",
        "For a test.",
    )
    return path


def test_a_fresh_start_shows_the_study_and_takes_a_bundle_in(
    tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setenv("STRATA_EXAMPLE", str(packed(tmp_path, "study", 0)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shared = packed(tmp_path, "shared", 1)
    with serving(tmp_path / "store") as address:
        start = time.monotonic()
        page.goto(address)
        expect(page.get_by_role("heading", name="Example study")).to_be_visible()
        expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
        record_property("seconds to the study", round(time.monotonic() - start, 2))
        page.goto(f"{address}/history")
        still(page)
        page.get_by_role("button", name="Import").click()
        page.locator("input[type=file]").set_input_files(shared)
        expect(page.get_by_text("The shared")).to_be_visible()
        expect(page.get_by_text("For a test.")).to_be_visible()
        page.get_by_role("button", name="Import it").click()
        expect(page.get_by_text(re.compile(r"Imported 1 entry: \d+ pieces new"))).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0


def test_the_shipped_study_fills_the_pages_of_a_fresh_start(tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_EXAMPLE", str(EXAMPLE))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(tmp_path / "store") as address:
        for name, said in (
            ("overview", "Largest change: full snips_nlu 1024"),
            ("compare", "full snips_nlu 1024 differs from minilm-l6"),
            ("layers", "minilm-l6: accuracy"),
            ("effort", "needs the fewest items for tag:slot"),
            ("trees", "minilm-l6: arcs found"),
        ):
            page.goto(f"{address}/{name}")
            still(page)
            expect(page.get_by_text(said).first).to_be_visible()
            expect(page.locator(".js-plotly-plot .trace").first).to_be_attached()
            assert page.get_by_test_id("stException").count() == 0
            picture(page, f"study-{name}", 900)
