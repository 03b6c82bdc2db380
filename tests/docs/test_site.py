"""The documents as a site: built strictly (every link and anchor leads somewhere, no page is left out), and nothing of it comes from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What a browser fetches by itself while a page is opened; a link that somebody clicks is no such thing.
FETCHED = re.compile(r"""<(?:script|img|iframe|source|video|link)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//([^"'\s>]+)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_document_is_a_page_and_in_the_navigation(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    for page in (ROOT / "docs").rglob("*.md"):
        place = page.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
        assert (site / place).is_file(), place
        assert f'href="{place}"' in start, f"{place} is in no menu: name it in mkdocs.yml"
    assert not list(site.rglob("*.py"))


def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        found = [host for host in FETCHED.findall(page.read_text(encoding="utf-8")) if not host.startswith("127.0.0.1")]
        assert found == [], page.relative_to(site)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


def test_what_looks_for_fetches_finds_them() -> None:
    assert FETCHED.findall('<link rel="stylesheet" href="https://fonts.example.org/css">') == ["fonts.example.org/css"]
    assert FETCHED.findall("<script src=//cdn.example.org/a.js>") == ["cdn.example.org/a.js"]
    assert FETCHED.findall('<a href="https://example.org">') == []
