"""The command line before a run: the estimate, a preset's values, and the question before a large one."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from cache.store import Store
from probing.__main__ import main
from probing.commands import run as command
from probing.errors import BadInput
from probing.estimate import Estimate
from probing.runs import Plan

RUN = ["run", "--checkpoint", "minilm-l6", "--corpus", "grammar"]
SMALL = ["--max-train", "60", "--max-dev", "20", "--max-test", "20"]


class Terminal(io.StringIO):
    """A stream of somebody who sits before it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def started(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that would have been carried out."""
    plans: list[Plan] = []

    def note(planned: Plan, *_: Any) -> None:
        plans.append(planned)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "carry_out", note)
    return plans


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run is over the bounds."""
    monkeypatch.setattr(Estimate, "large", True)


def test_a_preset_sets_what_is_not_given(started: list[Plan]) -> None:
    main([*RUN, "--preset", "standard", "--max-train", "60", "--max-dev", "20", "--max-test", "20"])
    main([*RUN, "--preset", "quick", "--task", "deprel", "xpos", "--seeds", "2"])
    first, second = (planned.spec for planned in started)
    assert (first.tasks, first.seeds) == (("upos", "deprel", "sentence_length", "head_distance"), 3)
    assert (first.max_train, first.max_dev) == (60, 20)
    assert (second.tasks, second.seeds, second.max_train, second.max_test) == (("deprel", "xpos"), 2, 1000, 500)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "The run has no task: name one with --task, or take --preset quick."),
        (["--preset", "huge"], "The preset 'huge' is unknown: choose one of quick, standard, full."),
        (["--preset", "quick", "--probe", "nothing"], "Unknown probe family 'nothing'"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    more: list[str], said: str, started: list[Plan], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*RUN, *more]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1
    assert started == []


@pytest.mark.usefixtures("large")
def test_without_a_terminal_a_large_run_starts_with_a_warning(started: list[Plan], capsys: pytest.CaptureFixture[str]) -> None:
    main([*RUN, *SMALL, "--task", "upos"])
    warned = capsys.readouterr().err
    assert "Estimate: " in warned
    assert "more than 15 minutes or 2 GB" in warned
    main([*RUN, *SMALL, "--task", "upos", "--yes"])
    told = capsys.readouterr().err
    assert "Estimate: " in told
    assert "more than 15 minutes" not in told
    assert len(started) == 2


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("typed", "starts"), [("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_on_a_terminal_a_large_run_is_asked_about(
    typed: str, starts: bool, started: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    assert main([*RUN, *SMALL, "--task", "upos"]) == 1
    assert "Start it? [y/N]" in screen.getvalue()
    assert ("Not started." in screen.getvalue()) is not starts
    assert bool(started) is starts


def test_a_small_run_is_not_asked_about(started: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    main([*RUN, *SMALL, "--task", "upos"])
    assert "Start it?" not in screen.getvalue()
    assert len(started) == 1


def test_an_answer_that_is_stored_is_not_estimated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("nothing is left to be estimated")

    def reached(*_: Any) -> None:
        raise BadInput("Reached.")

    monkeypatch.setattr(Plan, "answered", lambda *_: True)
    monkeypatch.setattr(command, "estimate", never)
    monkeypatch.setattr(command, "carry_out", reached)
    assert main([*RUN, *SMALL, "--task", "upos"]) == 2
