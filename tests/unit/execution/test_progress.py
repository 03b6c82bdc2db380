"""What a command says on standard error: a refusal alone, on a terminal and elsewhere; all of it where it ends well."""

from __future__ import annotations

import io
import sys

import pytest

from probing.execution import progress
from probing.execution.progress import StandardError, Terminal


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def refused(said: StandardError) -> None:
    with said.command():
        said.say("what would train")
        said.progress("step 1 of 2")
        said.progress("step 2 of 2")
        said.refuse("It cannot be.")


def test_a_refusal_is_one_line_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    refused(StandardError())
    assert capsys.readouterr().err == "It cannot be.\n"


def test_what_ends_well_tells_all_of_it_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    said = StandardError()
    with said.command():
        said.progress("step 1 of 2")
        said.say("a note")
        assert capsys.readouterr().err == ""
    assert capsys.readouterr().err == "step 1 of 2\na note\n"
    said.say("outside of a command")
    assert capsys.readouterr().err == "outside of a command\n"


def test_what_lasts_tells_where_it_stands(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    said = StandardError()
    with said.command():
        said.progress("step 1 of 9")
        monkeypatch.setattr(progress, "HELD", -1.0)
        said.progress("step 2 of 9")
        assert capsys.readouterr().err == "step 1 of 9\nstep 2 of 9\n"


def test_on_a_terminal_progress_is_written_over_and_goes_before_the_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    refused(StandardError())
    assert screen.getvalue() == "what would train\n\r\x1b[Kstep 1 of 2\r\x1b[Kstep 2 of 2\r\x1b[KIt cannot be.\n"


def test_a_stage_is_told_once_a_second(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SAID", StandardError())
    tell = Terminal()
    for done in range(1000):
        tell("reading", done, 1000)
    tell("reading", 1000, 1000)
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "reading: 0 of 1,000"
    assert told[-1] == "reading: 1,000 of 1,000"
    assert len(told) < 5
