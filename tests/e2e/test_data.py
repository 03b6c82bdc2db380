"""Own data in a real browser: a file is uploaded, its columns are chosen, it is registered, and New run offers its tasks."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.e2e.conftest import picture, still

pytestmark = pytest.mark.e2e


def films(folder: Path) -> Path:
    rows = [f"{i}\tA film, number {i}, of <b>the</b> U.S.\t{'good' if i % 3 else 'bad'}\t{i / 2}" for i in range(60)]
    file = folder / "films.tsv"
    file.write_text("\n".join(["id\treview\tverdict\tstars", *rows, ""]), encoding="utf-8")
    return file


def open_until(page: Page, menu: str, option: str) -> None:
    """Choose the option; a page that is still drawn closes a menu that has just been opened."""
    for _ in range(10):
        page.get_by_role("combobox", name=menu, exact=True).click()
        with contextlib.suppress(TimeoutError):
            page.get_by_role("option", name=option).click(timeout=6000)
            return
    raise AssertionError(f"{menu} never offered {option}")


def test_an_uploaded_table_becomes_a_corpus_with_tasks(server: str, page: Page, tmp_path: Path) -> None:
    page.goto(f"{server}/data")
    still(page)
    page.wait_for_url(re.compile("/corpora"))
    expect(page.get_by_text(re.compile("8 formats"))).to_be_visible()
    page.set_input_files("input[type=file]", str(films(tmp_path)))
    expect(page.get_by_text("Labelled texts (TSV)").first).to_be_visible()
    still(page)
    expect(page.get_by_text(re.compile("Suggested as a label.*verdict"))).to_be_visible()
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("Registered as data:films")).to_be_visible()
    still(page)
    picture(page, "data", 1150)
    assert "corpus=data" in page.url
    page.reload()
    still(page)
    expect(page.get_by_role("button", name="Forget it").first).to_be_visible()
    page.goto(f"{server}/new_run?corpus=data:films&task=label:verdict")
    still(page)
    expect(page.get_by_role("checkbox", name=re.compile("verdict")).first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Start · "))).to_be_visible()
