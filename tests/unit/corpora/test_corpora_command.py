"""`python -m probing corpora`: the list with own data in it, adding with and without a mapping, removing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probing.__main__ import main

ROWS = "".join(f"{i}\tfilm {i}\t{'good' if i % 2 else 'bad'}\t{i / 2}\n" for i in range(20))


@pytest.fixture
def films(tmp_path: Path, store_root: Path) -> Path:
    assert not store_root.exists()
    path = tmp_path / "films.tsv"
    path.write_text("id\treview\tverdict\tstars\n" + ROWS)
    return path


def asked(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert main(["corpora", *map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["corpora", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


def test_columns_are_chosen_and_the_corpus_is_listed(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = asked(capsys, "add", "Films", films, "--text", "review", "--label", "verdict", "--number", "stars")
    assert report["corpus"] == "data:films"
    assert report["sentences"] == {"train": 16, "dev": 2, "test": 2}
    assert report["complaints"] == 0
    assert (report["reading"]["text"], report["reading"]["labels"], report["reading"]["numbers"]) == (
        "review",
        ["verdict"],
        ["stars"],
    )
    listed = asked(capsys)["corpora"]
    assert [card["name"] for card in listed] == ["grammar", "data:films"]
    assert set(listed[0]) == set(listed[1])
    assert str(films) in listed[1]["source"]
    assert main(["corpora"]) == 0
    assert "data:films" in capsys.readouterr().out
    assert asked(capsys, "remove", "films") == {"removed": "data:films"}
    assert len(asked(capsys)["corpora"]) == 1
    assert films.is_file()


def test_three_files_without_a_header(tmp_path: Path, films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for split, rows in (("train", ROWS), ("dev", "1\tx y\tgood\t1\n"), ("test", "2\tz\tbad\t1\n")):
        files.append(tmp_path / f"films-{split}.tsv")
        files[-1].write_text(rows)
    report = asked(capsys, "add", "three", *files, "--no-header", "--text", "2", "--label", "3", "--format", "tsv")
    assert report["sentences"] == {"train": 20, "dev": 1, "test": 1}
    assert report["reading"]["header"] is False


def test_complaints_go_to_standard_error(films: Path, capsys: pytest.CaptureFixture[str]) -> None:
    films.write_text("text\tlabel\n" + "".join(f"a {i}\tx\n" for i in range(20)) + "broken\n")
    assert main(["corpora", "add", "films", str(films)]) == 0
    said = capsys.readouterr()
    assert "films.tsv, line 22: the row has 1 columns" in said.err
    assert "1 complaints" in said.out


def test_what_cannot_be_added_is_one_sentence(films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "add", "films", films)
    assert "does not say which column holds the text (it has id, review, verdict, stars)" in said
    assert "python -m probing corpora add NAME PATH --text COLUMN --label COLUMN" in said
    assert "has no column 'x'" in refused(capsys, "add", "films", films, "--text", "x", "--label", "verdict")
    assert "needs a NAME" in refused(capsys, "add")
    assert "needs a PATH" in refused(capsys, "add", "films")
    assert "No file at" in refused(capsys, "add", "films", films, tmp_path / "gone.tsv")
    assert "No corpus at" in refused(capsys, "add", "films", tmp_path / "gone")
    assert "No corpus is registered" in refused(capsys, "remove", "films")
    assert "invalid choice" in refused(capsys, "forget", "films").lower()


def test_roots_hold_on_the_command_line_too(
    films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path / "elsewhere"))
    assert "outside the allowed folders" in refused(capsys, "add", "films", films, "--text", "review", "--label", "verdict")
