"""`python -m probing predict`: one object, exit 2 with one sentence, and what a person reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing.__main__ import main
from tests.unit.prediction.made import LAW, planted

FEW = ["--permutations", "19"]


@pytest.fixture
def table(tmp_path: Path, store_root: Path) -> str:
    planted(15, 9).assign(kin="all", mood="good").to_csv(tmp_path / "t.csv", index=False)
    return str(tmp_path / "t.csv")


def test_one_object_as_promised(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--table", table, "--target", "score", "--features", "3", *FEW, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"target", "mode_paper", "mode_honest", "predictions", "seconds"} <= set(told)
    assert {"features", "rmse", "rmse_reduction"} <= set(told["mode_paper"])
    keys = {"loo_rmse", "lofo_rmse", "family_mean_rmse", "mean_rmse", "noise_reduction", "p_within_family", "chosen"}
    assert keys <= set(told["mode_honest"])
    assert set(told["mode_paper"]["features"]) == set(LAW)
    assert told["mode_honest"]["chosen"] == dict.fromkeys(told["mode_honest"]["chosen"], 1.0)
    assert told["mode_honest"]["p_within_family"] == 0.05
    assert [row["checkpoint"] for row in told["predictions"]][:2] == ["base0", "base0_corr_100"]
    assert all(row["lower"] <= row["predicted"] <= row["upper"] for row in told["predictions"])
    assert told["mode_paper"]["rmse"] < told["mode_honest"]["loo_rmse"] < told["mode_honest"]["mean_rmse"]


def test_families_come_from_a_column(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--table", table, "--target", "score", "--family", "kin", *FEW, "--json"]) == 0
    honest = json.loads(capsys.readouterr().out)["mode_honest"]
    assert honest["lofo_rmse"] is None
    assert honest["family_mean_rmse"] == honest["mean_rmse"]


def test_new_checkpoints_and_penalties_on_request(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.csv"
    planted(4, 9, seed=7)[["checkpoint", *LAW]].to_csv(new, index=False)
    arguments = ["predict", "--table", table, "--target", "score", *FEW, "--new", str(new), "--regularised"]
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    expected = planted(4, 9, seed=7)["score"]
    assert [row["predicted"] for row in told["new"]] == pytest.approx(expected.tolist(), abs=0.1)
    assert set(told["regularised"]) == {"ridge", "lasso"}
    assert all(one["loo_rmse"] < told["mode_honest"]["mean_rmse"] for one in told["regularised"].values())
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert "family mean of the others" in said.out
    assert "In sample the best 3 features" in said.out
    assert "Leaving one checkpoint out" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "cola"], "has no target 'cola': its targets are score."),
        (["--target", "mood"], "column mood: 'good' is not a number"),
        (["--target", "score", "--features", "9"], "choose between 1 and 5"),
        (["--target", "score", "--family", "tribe"], "no column 'tribe'"),
        (["--target", "score", "--permutations", "-1"], "choose between 0 and 10,000"),
        (["--target", "score", "--seed", "-1"], "--seed is -1"),
        (["--target", "score", "--new", "nowhere.csv"], "nowhere.csv cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence(table: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "--table", table, "--permutations", "5", *arguments, "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    (only,) = told.err.strip().splitlines()
    assert said in only
