"""Try a sentence in a real browser: type on Home, see labels, type again, share the view, reach the table by the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cache.store import Store
from tests.app.serving import serving
from tests.e2e.conftest import picture, still
from tests.planted import labelled

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a store whose probes can read two sentences, which were read before."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("sentence") / "store"
        patch.setenv("STRATA_STORE", str(root))
        labelled.fill(Store(root))
        labelled.read(Store(root), ("cat", "runs", "big"), ("old", "dog", "falls", "."))
    with serving(root) as address:
        yield address


def test_labels_of_a_typed_sentence_appear_and_are_a_link(filled: str, page: Page) -> None:
    page.goto(filled)
    still(page)
    page.get_by_role("textbox", name="Try a sentence").fill("cat runs big")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/sentence.*text=cat"))
    finding = page.get_by_text(re.compile("At layer 1 .* reads “runs” as NOUN, .* as VERB"))
    expect(finding).to_be_visible()
    still(page)
    labels = page.get_by_role("table").get_by_role("row").filter(has_text="runs").get_by_role("cell")
    expect(labels).to_have_count(4)
    assert re.search(r"runs, .*layer 1: VERB \d+ %, ", labels.nth(1).get_attribute("title") or "")
    assert "differs" in (labels.nth(3).get_attribute("class") or "")
    for width, height in ((1440, 900), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        box = page.get_by_role("table").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height, "finding and table are on the first screen"
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 2.5 * height
    picture(page, "sentence")
    page.get_by_role("textbox", name="Sentence").fill("old dog falls.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="falls")).to_be_visible()
    page.wait_for_url(re.compile(r"text=old(\+|%20)dog"))
    page.reload()
    still(page)
    expect(page.get_by_role("rowheader", name="falls")).to_be_visible()
    page.get_by_role("textbox", name="Sentence").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "st-read", "the table is the next stop of the keyboard"
