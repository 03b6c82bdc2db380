"""Findings in a real browser: charts are pinned, presented with the arrow keys, and exported as a file that opens without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cache.store import Store
from tests.app.serving import serving
from tests.e2e.conftest import picture, still
from tests.planted import finished

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a store with a planted run of two checkpoints."""
    root = tmp_path_factory.mktemp("findings") / "store"
    finished.fill(Store(root))
    with serving(root) as address:
        yield address


def pinned(page: Page, key: str, note: str) -> None:
    """Pin the chart of that key."""
    page.locator(f".st-key-{key}-pin").get_by_role("button").first.click()
    page.get_by_label("Your note").fill(note)
    page.get_by_label("Your note").press("Control+Enter")
    page.get_by_role("button", name="Pin to the board").click()
    expect(page.get_by_text("Pinned to Findings")).to_be_visible()
    still(page)


def test_pin_present_and_export(filled: str, page: Page, browser: Browser, tmp_path: Path) -> None:
    page.goto(f"{filled}/layers?base=second-l6&with=minilm-l6&task=upos")
    still(page)
    pinned(page, "curves", "the middle layers <b>know</b> it")
    page.goto(f"{filled}/overview")
    still(page)
    pinned(page, "overview", "all tasks at once")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Findings", exact=True).click()
    still(page)
    expect(page.get_by_text("the middle layers <b>know</b> it")).to_be_visible()
    picture(page, "findings")

    page.get_by_role("button", name="Down").first.click()
    still(page)
    page.get_by_role("button", name="Present").click()
    still(page)
    expect(page.get_by_text("1 / 2")).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_text("all tasks at once")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("2 / 2")).to_be_visible()
    still(page)
    picture(page, "present", 800)
    expect(page.get_by_role("heading", level=1)).to_contain_text("upos")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("1 / 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Findings", exact=True)).to_be_visible()

    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML").click()
    assert download.value.suggested_filename == "Findings.html"
    file = tmp_path / "Findings.html"
    download.value.save_as(file)
    opens_alone(browser, file.as_uri())


def opens_alone(browser: Browser, address: str) -> None:
    """The file draws its charts without a network, presents them by P and arrow keys, and asks nobody for anything."""
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900})
    alone = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("pageerror", lambda error: said.append(str(error)))
    alone.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    alone.goto(address)
    alone.wait_for_selector("html[data-drawn=yes]", state="attached", timeout=60_000)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert alone.locator(".plot .main-svg").count() >= 2
    assert alone.locator("figcaption b b").count() == 0, "a note is text"
    expect(alone.get_by_text("the middle layers <b>know</b> it")).to_be_visible()
    picture(alone, "findings-file", 900)
    alone.keyboard.press("p")
    expect(alone.locator(".counter")).to_have_text("1 / 2")
    alone.keyboard.press("ArrowRight")
    expect(alone.locator(".counter")).to_have_text("2 / 2")
    assert alone.locator("figure.shown").count() == 1
    box = alone.locator("figure.shown .plot").bounding_box()
    assert box is not None
    assert box["width"] > 1200
    assert box["y"] + box["height"] <= 900, "the chart is on the screen"
    alone.keyboard.press("Escape")
    assert alone.locator("figure.shown").count() == 0
    assert said == []
    context.close()
