"""`python -m probing report`: the file it writes, what it prints, and what it refuses with exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cache.store import Store
from probing.__main__ import main
from probing.reports import browser
from probing.reports.document import Document
from tests.planted import finished


def test_it_writes_the_format_of_the_suffix(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "found", lambda: None)
    run = finished.fill(store, tasks=("upos",))
    assert main(["report", run, "--out", str(tmp_path / "a.html")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")
    assert main(["report", run[:7], "--out", str(tmp_path / "a.json"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    document = Document.model_validate_json((tmp_path / "a.json").read_text())
    figures = len(document.of_kind("chart"))
    assert said == {
        "report": str(tmp_path / "a.json"),
        "format": "json",
        "files": [str(tmp_path / "a.json")],
        "title": document.title,
        "figures": figures,
    }
    assert main(["report", run, "--out", str(tmp_path / "a.txt"), "--format", "md"]) == 0
    assert (tmp_path / "a.txt").read_text().startswith("# minilm")
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_file()) == ["a.html", "a.json", "a.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothere", "--out", "a.html"], "has no run"),
        (["RUN", "--out", "a.doc"], "names no format"),
        (["RUN", "--out", "a.html", "--format", "docx"], "choose html"),
        (["RUN", "--out", "."], "names no format"),
        (["RUN", "--out", ".", "--format", "html"], "names the folder"),
        (["RUN", "--out", "no/such/a.html"], "is not there"),
        (["RUN", "--out", "a\0.html"], "no path"),
        (["RUN"], "--out"),
        (["--out", "a.html"], "RUN"),
        (["RUN", "--out", "a.pdf"], "no Chromium or Chrome"),
    ],
)
def test_bad_input_is_one_sentence(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.setattr(browser, "found", lambda: None)
    monkeypatch.chdir(tmp_path)
    run = finished.fill(store, tasks=("sentence_length",), depths={"minilm-l6": 2})
    assert main(["report", *(run if word == "RUN" else word for word in words)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    assert said in captured.err
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("a")] == []
