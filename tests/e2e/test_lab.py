"""Fine-tune in a real browser: a small sweep is asked, trains in its own process, and its size curve is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import tiny_checkpoints as tiny
from tests.app.serving import serving
from tests.e2e.conftest import picture, still

pytestmark = pytest.mark.e2e
SLOW = 300_000  # milliseconds: four trainings of three steps, on a busy machine


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """The address of the app over a store of its own, and labelled data and a tiny checkpoint that it may read."""
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    tiny.bert(tmp_path / "tiny-bert")
    folder = tmp_path / "films"
    folder.mkdir()
    for split, count in (("train", 40), ("dev", 12), ("test", 12)):
        rows = [f"a {'fine' if n % 2 else 'dull'} film number {n}\t{'good' if n % 2 else 'bad'}" for n in range(count)]
        (folder / f"{split}.tsv").write_text("\n".join(["text\tlabel", *rows, ""]), encoding="utf-8")
    with serving(tmp_path / "store") as address:
        yield address, folder


def test_a_sweep_is_asked_trains_and_shows_its_curve(lab: tuple[str, Path], page: Page) -> None:
    address, folder = lab
    page.goto(
        f"{address}/lab?checkpoint={folder.parent / 'tiny-bert'}&data={folder}&method=bitfit&method=full&sizes=8,32&steps=3&batch=4&keep=first"
    )
    still(page)
    page.wait_for_url(re.compile("/fine_tune"))
    page.get_by_role("button", name=re.compile("^Start · ")).click()
    expect(page.get_by_text(re.compile(r"Training \d of 4"))).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(re.compile("between 8 and 32|from 32 on"))).to_be_visible(timeout=SLOW)
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    assert "sweep=" in page.url
    page.reload()
    still(page)
    expect(page.get_by_text("Tick a row to probe its checkpoint")).to_be_visible()
    picture(page, "lab", 1600)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Checkpoints", exact=True).click()
    still(page)
    expect(page.get_by_text("4 products of the lab")).to_be_visible()
    # Other pages have widgets of the same names, whose values they must not inherit.
    for name in ("New run", "Fine-tune", "Layers", "Distil", "Compare", "Fine-tune"):
        page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
        still(page)
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
