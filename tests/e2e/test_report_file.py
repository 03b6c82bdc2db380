"""A report opened as a file, in a browser without a network: its charts are drawn, nothing is asked of anybody, and it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cache.store import Store
from probing.reports import formats, html, run_report
from probing.reports.stored_run import StoredRun
from tests.planted import finished

SCRIPT = "<img src=x onerror=alert(1)>"


@pytest.fixture
def written(store: Store, tmp_path: Path) -> Path:
    """A report of checkpoints of which one has a name like a script."""
    run = StoredRun.open(store, finished.fill(store, depths={"minilm-l6": 6, SCRIPT: 6}))
    assert run is not None
    place = tmp_path / "report.html"
    place.write_text(html.render(run_report.report(run)), encoding="utf-8")
    return place


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_it_opens_without_a_network(written: Path, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)  # type: ignore[arg-type]
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on(
        "request", lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None
    )
    page.goto(written.as_uri())
    page.wait_for_selector("html[data-drawn]", state="attached", timeout=60_000)
    assert page.get_attribute("html", "data-drawn") == "yes"
    drawn = page.locator(".plot .main-svg").count()
    assert drawn >= page.locator(".plot").count() > 4
    assert said == []
    # Nothing is wider than the window, and names stay text.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("img").count() == 0
    assert page.get_by_text(SCRIPT).count() > 3
    ink = page.evaluate("getComputedStyle(document.querySelector('.plot .xtick text')).fill")
    assert (ink == "rgb(14, 22, 32)") == (scheme == "light"), "charts follow the reader's theme"
    context.close()


def test_pdf_and_markdown_have_every_figure(written: Path, store: Store, tmp_path: Path, browser: Browser) -> None:
    assert written.is_file()
    assert browser.is_connected()
    run = StoredRun.open(store, next(iter(store.results.run_folders.names())))
    assert run is not None
    document = run_report.report(run)
    formats.write(document, tmp_path / "a.pdf", "pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    files = formats.write(document, tmp_path / "a.md", "md")
    assert len(files) == 1 + len(document.of_kind("chart"))
    for place in files[1:]:
        assert "<svg" in place.read_text()[:200]
        assert f"]({place.parent.name}/{place.name})" in (tmp_path / "a.md").read_text()
