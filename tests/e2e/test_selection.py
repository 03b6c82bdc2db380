"""The selection and the fold in a real browser: what was chosen goes with the menu, and the finding and its chart are on the first screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cache.store import Store
from tests.app.serving import serving
from tests.e2e.conftest import still
from tests.planted import finished

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a store with a planted run of two checkpoints."""
    root = tmp_path_factory.mktemp("selection") / "store"
    finished.fill(Store(root))
    with serving(root) as address:
        yield address


def test_what_was_chosen_goes_with_the_menu(filled: str, page: Page) -> None:
    page.goto(f"{filled}/layers?base=second-l6&with=minilm-l6&task=upos")
    still(page)
    for name in ("Compare", "New run", "Layers"):
        page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
        still(page)
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        if name != "New run":
            page.wait_for_url(re.compile("base=second-l6"))
            assert "task=upos" in page.url
    page.goto(f"{filled}/decodability?run=unknown&n=5")
    page.wait_for_url(re.compile(r"/effort\?.*n=5"))


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768)])
@pytest.mark.parametrize(
    ("opened", "finding"),
    [("layers", r"accuracy [\d.]+ for upos at layer"), ("compare", r"(differs|does not differ significantly) from")],
)
def test_the_finding_and_its_chart_are_on_the_first_screen(
    filled: str, page: Page, width: int, height: int, opened: str, finding: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{filled}/{opened}?task=upos")
    still(page)
    chart = page.get_by_test_id("stPlotlyChart").first
    expect(page.get_by_text(re.compile(finding)).first).to_be_visible()
    # Asked until it holds: while a page is drawn for the first time, a later chart may be there before the first one.
    expect(chart).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight") <= 2.5 * 900
