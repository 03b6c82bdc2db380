"""The main job in a real browser: press the button, read the curve, open a cell, reload; ask something of one's own."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import picture, still

pytestmark = pytest.mark.e2e
SLOW = 420_000  # milliseconds: the run itself, on a busy machine


def open_cell(page: Page, column: int, columns: int) -> None:
    """Click the middle of a cell of the heat map's first row."""
    area = page.get_by_test_id("stPlotlyChart").nth(1).locator(".nsewdrag").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * (column + 0.5) / columns, box["y"] + box["height"] / 2)


def test_from_the_button_to_a_cell_and_back_after_a_reload(
    server: str, page: Page, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    page.goto(server)
    still(page)
    picture(page, "home", 900)
    start = time.monotonic()
    page.get_by_role("button", name="See what MiniLM knows").click()
    expect(page.get_by_text("Running").first).to_be_visible(timeout=SLOW)
    first = page.get_by_text(re.compile(r"Not final yet: \d+ of 14 layers")).first
    expect(first).to_be_visible(timeout=SLOW)
    assert "/layers" not in page.url, "the first points are drawn before the run is done"
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=SLOW)
    point = time.monotonic() - start
    page.wait_for_url(re.compile(r"/layers\?.*run="), timeout=SLOW)
    still(page)
    whole = time.monotonic() - start
    record_property("seconds to the first point", round(point, 1))
    record_property("seconds to the page of the finished run", round(whole, 1))
    with capsys.disabled():
        print(
            f"\nfrom the press to the first point {point:.1f} s, to the page of the finished run {whole:.1f} s (load {os.getloadavg()[0]:.1f})"
        )
    curve = page.get_by_test_id("stPlotlyChart").first
    expect(curve.locator(".annotation-text", has_text="random weights").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(r"at layer \d \(chosen on dev")).first).to_be_visible()
    picture(page, "layers", 1150)

    open_cell(page, 3, 7)
    heading = page.get_by_role("heading", name=re.compile("layer 3.*upos|upos.*layer 3"))
    expect(heading).to_be_visible()
    still(page)
    assert "layer=3" in page.url
    heading.scroll_into_view_if_needed()
    picture(page, "cell", 1150)
    page.reload()
    still(page)
    expect(page.get_by_role("heading", name=re.compile("layer 3.*upos|upos.*layer 3"))).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()


def test_a_question_of_ones_own_survives_closing_the_browser(server: str, page: Page) -> None:
    ask = "checkpoint=minilm-l6&corpus=grammar&task=upos&task=sentence_length&max_train=120&max_dev=60&max_test=60&layers=0,3"
    page.goto(f"{server}/new_run?{ask}")
    still(page)
    expect(page.get_by_text(re.compile("sentences,")).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Start · ")).click()
    page.wait_for_url(re.compile("run="))
    address = page.url
    picture(page, "new-run")
    other = page.context.browser
    assert other is not None
    page.close()
    again = other.new_page()
    again.goto(address)
    link = again.get_by_role("link", name=re.compile("Open (it )?in Layers")).first
    expect(link).to_be_visible(timeout=SLOW)
    link.click()
    again.wait_for_url(re.compile("/layers"))
    still(again)
    expect(again.get_by_test_id("stPlotlyChart").first).to_be_visible()
    again.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("new_run?corpus=/etc/passwd", "outside the allowed folders"),
        ("new_run?corpus=../../secret", "contains '..'"),
        ("new_run?checkpoint=nobody/nothing", "nobody/nothing"),
        ("layers?run=unknown&layer=99&task=none", ""),
        ("checkpoints?checkpoint=/etc", "outside the allowed folders"),
        ("corpora?corpus=/etc", "outside the allowed folders"),
    ],
)
def test_a_bad_address_is_a_sentence_and_never_a_traceback(server: str, page: Page, path: str, words: str) -> None:
    page.goto(f"{server}/{path}")
    still(page)
    if words:
        expect(page.get_by_text(words).first).to_be_visible()
    assert "Traceback" not in page.content()


@pytest.mark.parametrize("path", ["", "new_run", "layers", "effort", "trees", "predict", "checkpoints", "corpora", "store"])
def test_every_page_opens(server: str, page: Page, path: str) -> None:
    page.goto(f"{server}/{path}")
    still(page)
    expect(page.get_by_role("heading").first).to_be_visible()
    if path in ("checkpoints", "corpora"):  # the store names a folder of this machine
        picture(page, path)
