"""Every page by axe-core and by size: nothing serious in either theme, headings in order, few screens on a desk and on a phone.

With STRATA_PICTURES the first screen of each page is kept, at two sizes and in both themes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from cache.store import Store
from tests.app.serving import serving
from tests.e2e.conftest import still
from tests.planted import curves, finished, lab

pytestmark = pytest.mark.e2e
APP = Path(__file__).resolve().parents[2] / "app.py"
ADDRESSES = ("", *re.findall(r'url_path="(\w+)"', APP.read_text(encoding="utf-8")))
SIZES = ((1440, 900), (1024, 768))
PHONE = (390, 844)
THEMES = ("light", "dark")
MAIN = "document.querySelector('[data-testid=stMain]')"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a store with planted runs and products."""
    root = tmp_path_factory.mktemp("accessibility") / "store"
    store = Store(root)
    lab.fill(store)
    curves.fill(store)
    finished.fill(store)
    with serving(root) as address:
        yield address


def opened(page: Page, address: str, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address)
    page.wait_for_selector("[data-testid='stMainBlockContainer'] h1", state="attached")
    still(page)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_is_sound_for_everyone(full: str, page: Page, name: str) -> None:
    opened(page, f"{full}/{name}", *SIZES[0])
    first_screens(page, name)
    assert page.evaluate(f"{MAIN}.scrollHeight") <= 2.5 * SIZES[0][1], "at most two and a half screens before a section is opened"
    levels = [
        int(level) for level in page.eval_on_selector_all("h1, h2, h3, h4, h5, h6", "all => all.map(one => one.tagName[1])")
    ]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False)), levels
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_timeout(500)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [
            (one["id"], [node["html"][:200] for node in one["nodes"]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert not serious, theme
    page.set_viewport_size(dict(zip(("width", "height"), PHONE, strict=True)))  # type: ignore[arg-type]
    page.wait_for_timeout(500)
    assert page.evaluate(f"{MAIN}.scrollHeight") <= 6 * PHONE[1]
    assert page.evaluate(f"{MAIN}.scrollWidth") <= PHONE[0]


def first_screens(page: Page, name: str) -> None:
    """Keep what is seen before anything is scrolled, where STRATA_PICTURES names a folder."""
    if "STRATA_PICTURES" not in os.environ:
        return
    folder = Path(os.environ["STRATA_PICTURES"]) / "first"
    folder.mkdir(exist_ok=True)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.wait_for_timeout(1500)
            page.screenshot(path=folder / f"{name or 'home'}-{width}-{theme}.png")
    page.set_viewport_size(dict(zip(("width", "height"), SIZES[0], strict=True)))  # type: ignore[arg-type]
