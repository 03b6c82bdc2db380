"""Stages of the findings: asked once, kept whole, and marked where they were stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.findings.asking import Asker

pytestmark = pytest.mark.usefixtures("no_hub")


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_a_stage_is_asked_once_and_its_answer_kept(tmp_path: Path) -> None:
    ask = Asker(tmp_path / "kept", tmp_path / "store")
    first = ask("corpora", "corpora")
    assert any(card["name"] == "grammar" for card in first["corpora"])
    path = tmp_path / "kept" / "corpora.json"
    path.write_text(path.read_text().replace("grammar", "GRAMMAR"))
    assert "GRAMMAR" in json.dumps(ask("corpora", "corpora")), "the kept answer is read"
    assert [stage["resumed"] for stage in ask.told] == [False, False]


def test_another_command_under_the_same_name_is_asked(tmp_path: Path) -> None:
    ask = Asker(tmp_path / "kept", tmp_path / "store")
    ask("lists", "corpora")
    assert "checkpoints" in ask("lists", "checkpoints")


def test_a_stage_that_was_stopped_says_so_when_it_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "corpora.begun").write_text(json.dumps(("corpora",)))
    ask = Asker(folder, tmp_path / "store")
    ask("corpora", "corpora")
    assert ask.told[0]["resumed"]
    assert not list(folder.glob("*.begun")) + list(folder.glob("*.part"))


def test_a_stage_that_fails_ends_the_run_and_keeps_nothing(tmp_path: Path) -> None:
    ask = Asker(tmp_path / "kept", tmp_path / "store")
    with pytest.raises(SystemExit, match="tasks ended with 2"):
        ask("tasks", "run", "--checkpoint", "nowhere/at/all", "--corpus", "grammar", "--task", "upos")
    assert not list((tmp_path / "kept").glob("*.json"))
