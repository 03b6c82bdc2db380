"""Every option of every command with values that nobody should type: one sentence on standard error, or it is taken."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probing.__main__ import build, main
from probing.commands import compare, lab, run, sweep
from probing.errors import BadInput

DIGITS = "9" * 5000
NUMBERS = ("inf", "-inf", "nan", "1e309", "-1", "0", "1.5", "", "²", DIGITS, f"-{DIGITS}", "9" * 400, str(2**63), str(2**31))
TEXTS = (
    "",
    "a\x00b",
    "\udcff",
    "a\nb",
    ":",
    f"3:{DIGITS}",
    DIGITS,
    f"{DIGITS},1",
    f"top:{DIGITS}",
    f"{DIGITS}*soft",
    "1e400*soft",
    "*",
)
COMMANDS: Any = build()._subparsers._group_actions[0].choices  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def base(model: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """A question of each command that can be asked."""
    folder = tmp_path_factory.mktemp("options")
    table = folder / "scores.csv"
    rows = [f"m{n},{n / 10},{n / 5},{n * 7 % 5}" for n in range(12)]
    table.write_text("\n".join(["checkpoint,score,a_layer_1,b_layer_2", *rows]), encoding="utf-8")
    of_data = ["--data", str(data), "--task", "classification"]
    return {
        "run": [
            "--checkpoint",
            str(model),
            "--corpus",
            "grammar",
            "--task",
            "upos",
            "--max-train",
            "20",
            "--measure",
            "decodability",
        ],
        "compare": ["--checkpoint", str(model), str(model), "--no-baselines"],
        "predict": ["--table", str(table), "--target", "score", "--permutations", "0"],
        "finetune": ["--checkpoint", str(model), *of_data, "--method", "full", "--out", str(folder / "out")],
        "distill": ["--teacher", str(model), *of_data, "--layers", "1", "--out", str(folder / "out")],
        "sweep": ["--checkpoint", str(model), *of_data, "--method", "full"],
        "corpora": ["add", "films", str(data)],
        "store": ["evict"],
    }


class Reached(BadInput):
    """The command was accepted; nothing is carried out in this test."""


@pytest.fixture(autouse=True)
def nothing_runs(store_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_: Any, **__: Any) -> None:
        raise Reached("reached")

    monkeypatch.setenv("STRATA_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)  # where --store may name a folder
    for command, name in (
        (run, "carry_out"),
        (compare, "carry_out"),
        (sweep, "carry_out"),
        (lab, "tuning"),
        (lab, "distillation"),
    ):
        monkeypatch.setattr(command, name, reached)


def refused_or_taken(arguments: list[str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    said = err.getvalue()
    assert status in (0, 2), (arguments, said[-2000:])
    assert "Traceback" not in said
    if status == 2:
        assert len(said.splitlines()) == 1, said
        assert len(said) < 2000, "of a number of 5,000 digits a reader needs the ends"
        assert not out.getvalue()


def with_option(command: str, base: dict[str, list[str]], action: Any, value: str) -> list[str]:
    option = action.option_strings[-1]
    given = list(base[command])
    if option in given and action.nargs is None:
        place = given.index(option)
        del given[place : place + 2]
    return [command, *given, f"{option}={value}"]


def options(command: str) -> list[Any]:
    return [action for action in COMMANDS[command]._actions if action.option_strings and action.nargs != 0]


@pytest.mark.parametrize("command", ["run", "compare", "predict", "finetune", "distill", "sweep", "corpora", "store"])
def test_odd_values_are_one_sentence(command: str, base: dict[str, list[str]]) -> None:
    assert set(COMMANDS[command]._actions)
    for action in options(command):
        for value in NUMBERS if action.type in (int, float) else TEXTS:
            refused_or_taken(with_option(command, base, action, value))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pick=st.integers(0, 10**6),
    value=st.one_of(
        st.text(max_size=30), st.integers().map(str), st.floats().map(str), st.text("0123456789.,:*+@-", max_size=20)
    ),
)
def test_any_value_is_one_sentence(base: dict[str, list[str]], pick: int, value: str) -> None:
    known = [(command, action) for command in ("run", "finetune", "sweep", "distill") for action in options(command)]
    command, action = known[pick % len(known)]
    if action.option_strings[-1] != "--store":
        refused_or_taken(with_option(command, base, action, value))


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--epsilon", "inf", "epsilon is inf"),
        ("--conditional-on", DIGITS, "name a layer such as 3"),
        ("--baseline", DIGITS, "name a layer such as 3"),
        ("--max-train", str(10**30), "max_train is"),
        ("--layers", f"0,{DIGITS}", "neither all nor numbers"),
    ],
)
def test_what_it_says(base: dict[str, list[str]], option: str, value: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *base["run"], option, value]) == 2
    assert said in capsys.readouterr().err


def test_a_former_name_does_the_same_and_says_what_to_use(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["run", "--checkpoint", "minilm-l6", "--corpus", "grammar", "--task", "upos"]
    assert build().parse_args([*asked, "--conditional-on", "3"]).conditional_on == "3"
    assert capsys.readouterr().err == ""
    assert build().parse_args([*asked, "--baseline", "3"]).conditional_on == "3"
    assert capsys.readouterr().err == "--baseline is now called --conditional-on, and works as before.\n"
