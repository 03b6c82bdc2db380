"""Trees in a real browser: type a sentence, see it at every layer, share the view."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import still

pytestmark = pytest.mark.e2e
SLOW = 420_000  # milliseconds: the run itself, on a busy machine
PANEL = "img[usemap^='#own-']"


def test_a_typed_sentence_is_drawn_at_every_layer_and_is_a_link(server: str, page: Page) -> None:
    ask = "corpus=grammar&task=trees&probe=structural&max_train=120&max_dev=60&max_test=60&seeds=1"
    page.goto(f"{server}/new_run?{ask}")
    still(page)
    page.get_by_role("button", name=re.compile("^Start · ")).click()
    link = page.get_by_role("link", name="Open in Trees").first
    expect(link).to_be_visible(timeout=SLOW)
    link.click()
    page.wait_for_url(re.compile("/trees"))
    still(page)
    page.get_by_role("radio", name="Your own sentence").click()
    page.get_by_role("textbox", name="Sentence").fill("The <b>cats</b> that the dog chased didn't sleep.")
    page.keyboard.press("Enter")
    expect(page.locator(PANEL)).to_have_count(7, timeout=SLOW)
    still(page)
    assert re.search(r"[?&]own=The", page.url)
    expect(page.get_by_text(re.compile(r"\d+ of 8 arcs as at layer 5"))).to_be_visible()
    for image in page.locator(PANEL).all():
        assert image.evaluate("image => image.parentElement.scrollWidth <= image.parentElement.clientWidth + 1"), "no tree is cut"
    taken = {}
    for name in ("SVG", "CoNLL-U"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).last.click()
        taken[name] = download.value.path().read_text(encoding="utf-8")
    assert len(ElementTree.fromstring(taken["SVG"]).findall(".//{http://www.w3.org/2000/svg}svg")) == 7
    assert re.findall(r"# predicted: minilm-l6, layer (\d)", taken["CoNLL-U"]) == list("0123456")
    drawn = page.locator(PANEL).first.get_attribute("src")
    page.reload()
    still(page)
    expect(page.locator(PANEL)).to_have_count(7)
    assert page.locator(PANEL).first.get_attribute("src") == drawn
    page.set_viewport_size({"width": 420, "height": 900})
    page.wait_for_timeout(500)
    assert len({round(box["x"]) for box in (image.bounding_box() for image in page.locator(PANEL).all()) if box}) == 1
