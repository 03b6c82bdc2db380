"""What a command says on standard error: a refusal alone, on a terminal and elsewhere; all of it where it ends well."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from probing.execution import progress
from probing.execution.progress import Parts, StandardError, Terminal


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


def test_the_share_of_the_whole_never_falls_and_the_time_left_follows_the_pace() -> None:
    now = [0.0]
    told: list[tuple[Any, ...]] = []
    parts = Parts(lambda *one: told.append(one), {"read": 10.0, "first": 60.0, "second": 30.0}, lambda: now[0])
    parts.say("loading", 0, 1)
    assert told[-1] == ("loading", 0, 1, (0.0, 100.0))
    now[0] = 20.0
    parts.tell("read", "reading", 5, 5)
    share, left = told[-1][3]
    assert share == pytest.approx(0.1)
    assert left == pytest.approx(90 * (20 + 10) / (10 + 10))
    parts.tell("first", "fitting", 3, 6)
    assert told[-1][3].share == pytest.approx(0.4)
    assert parts.expected("first") == pytest.approx(30 * 30 / 50)
    parts.tell("first", "fitting again", 0, 6)
    assert told[-1][3].share == pytest.approx(0.4)
    parts.tell("unknown", "reading what else is needed", 1, 1)
    assert told[-1][3].share == pytest.approx(0.4)
    parts.finish("first")
    parts.tell("second", "fitting", 6, 6)
    assert told[-1][3] == pytest.approx((1.0, 0.0))
