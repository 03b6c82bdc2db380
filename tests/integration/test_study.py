"""The example study that ships says what docs/findings.md says of it."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from benchmarks.findings.study import BEGIN, BUNDLE, END, PAGE, part, replaced

ROOT = Path(__file__).resolve().parents[2]


def test_the_figures_of_the_findings_are_those_of_the_study_that_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    told = page.partition(BEGIN)[2].partition(END)[0].strip()
    assert told == part(ROOT / BUNDLE)
    assert replaced(page, told) == page
