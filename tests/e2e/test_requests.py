"""Nothing leaves this machine: a browser that opens the pages sends requests to the app alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from cache.store import Store
from tests.app.serving import serving
from tests.e2e.conftest import still
from tests.planted import finished

pytestmark = pytest.mark.e2e
PAGES = ("", "layers", "compare", "effort", "new_run", "checkpoints", "corpora", "history", "store")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a store with a planted run."""
    root = tmp_path_factory.mktemp("requests") / "store"
    finished.fill(Store(root))
    with serving(root) as address:
        yield address


def test_no_request_goes_anywhere_but_to_the_app(filled: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{filled}/{name}")
        still(page)
        icon = page.locator("link[rel~=icon]").first.get_attribute("href") or ""
        assert icon.startswith(("data:", "./", "/", filled)), icon
    assert len(asked) > len(PAGES)
    assert not [url for url in asked if not url.startswith((filled, "data:", "blob:"))]
