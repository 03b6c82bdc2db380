"""Effort in a real browser: ask for it, open it, move the budget, share the view."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import picture, still

pytestmark = pytest.mark.e2e
SLOW = 420_000  # milliseconds: the run itself, on a busy machine


def test_a_budget_is_moved_by_the_keyboard_and_the_view_is_a_link(server: str, page: Page) -> None:
    page.goto(f"{server}/effort")
    still(page)
    page.get_by_role("link", name="Measure decodability").click()
    page.wait_for_url(re.compile("measure=decodability"))
    still(page)
    ask = "corpus=grammar&task=upos&max_train=150&max_dev=80&max_test=80&layers=0,3&measure=decodability"
    page.goto(f"{server}/new_run?{ask}")
    still(page)
    page.get_by_role("button", name=re.compile("^Start · ")).click()
    link = page.get_by_role("link", name="Open in Effort").first
    expect(link).to_be_visible(timeout=SLOW)
    link.click()
    page.wait_for_url(re.compile("/effort"))
    still(page)
    expect(page.get_by_text(re.compile(r"bits an item on upos, layer \d of minilm-l6 needs|No layer reaches"))).to_be_visible()
    page.get_by_role("radio", name="Ranks").click()
    said = page.get_by_text(re.compile(r"items the easiest layer is, by Accuracy"))
    before = said.inner_text()
    page.get_by_role("slider").first.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    still(page)
    expect(said).not_to_have_text(before)
    assert re.search(r"[?&]n=", page.url)
    after = said.inner_text()
    page.reload()
    still(page)
    picture(page, "effort", 900)
    expect(said).to_have_text(after)
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(2)
    # Other pages have widgets of the same names, whose values they must not inherit.
    for name in ("New run", "Layers", "Trees", "Predict", "Effort", "New run", "Effort"):
        page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
        still(page)
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
