"""A real server and a real browser: the app as a newcomer meets it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.app.serving import serving

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Where the system's browser is, if it has one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        assert not os.environ.get("STRATA_REQUIRE_BROWSER"), "STRATA_REQUIRE_BROWSER is set and there is no Chromium"
        pytest.skip("no Chromium is on the path")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, served over an empty store."""
    with serving(tmp_path_factory.mktemp("e2e") / "store") as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1360, "height": 1000}, color_scheme="light")
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    expect.set_options(timeout=30_000)  # of a machine that does other work too
    yield opened
    context.close()


def still(page: Page) -> None:
    """Wait until the page's script has run to its end; a traceback is a defect wherever it shows."""
    page.wait_for_selector("[data-testid='stApp'][data-test-script-state='notRunning']", state="attached")
    page.wait_for_timeout(400)
    assert page.locator("[data-testid='stException']").count() == 0


def picture(page: Page, name: str, height: int = 1000) -> None:
    """Keep what is seen as docs/pictures/NAME-light.png and -dark.png where STRATA_PICTURES names a folder."""
    folder = os.environ.get("STRATA_PICTURES")
    if not folder:
        return
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": 1360, "height": height})
        page.wait_for_timeout(1500)
        page.screenshot(path=Path(folder) / f"{name}-{theme}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1360, "height": 1000})
    page.wait_for_timeout(500)
