"""Predict: a table is brought, both modes stand side by side, and a new checkpoint is predicted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cache.store import Store
from probing.prediction import predict
from probing.prediction.table import check
from tests.app.opening import open_page, sound, words
from tests.planted.finished import fill
from tests.unit.prediction.made import LAW, planted

VIEWS = ("Predictions", "Features", "How many", "Ridge and lasso")


@pytest.fixture
def table(store_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    planted(15, 8).assign(kin="all").to_csv(tmp_path / "t.csv", index=False)
    return str(tmp_path / "t.csv")


@pytest.mark.usefixtures("store_root")
def test_an_empty_page_teaches_the_table() -> None:
    app = open_page("predict")
    said = words(app)
    assert "TASK_layer_N" in said
    assert "_corr_500" in said


def test_both_modes_side_by_side(table: str) -> None:
    app = open_page("predict", table=table, permutations="19")
    found = predict(check(planted(15, 8).assign(kin="all"), "t.csv"), "score", 3, 19)
    told = {metric.label: metric.value for metric in app.metric}
    assert told["Leave one out"] == f"{found.loo_rmse:.4f}"
    assert told["In sample"] == f"{found.paper.rmse:.4f}"
    assert told["Family mean"] == f"{found.family_mean_rmse:.4f}"
    said = words(app)
    assert found.sentence() in said
    assert "kin is no target" in said
    assert "p within families 0.050 (19 permutations)" in said
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert len(charts) == 1
    assert f"on checkpoints left out, the error is {found.loo_rmse:.4f}; the family mean leaves" in said
    assert {trace.get("name") for trace in charts[0]["data"]} >= {"base0", "base1", "base2"}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_beside_the_verdict_and_says_when_it_misleads(table: str, view: str) -> None:
    app = open_page("predict", table=table, permutations="0", k="2", view=view)
    assert not app.error
    assert len(app.get("plotly_chart")) == 2
    assert words(app).count("When it misleads") == 2


def test_a_new_checkpoint_is_predicted(table: str, store_root: Path) -> None:
    (store_root / "uploads").mkdir(parents=True)
    shutil.copy(table, store_root / "uploads" / "t.csv")
    app = open_page("predict", table="upload:t.csv", permutations="0", view="A new checkpoint")
    assert app.dataframe[0].value["feature"].tolist() == sorted(LAW)
    assert app.dataframe[0].value["chosen in folds"].tolist() == [1.0] * 3
    for name in LAW:
        app.number_input(key=f"new-{name}").set_value(1.0)
    sound(app.run())
    told = {metric.label: metric.value for metric in app.metric}
    assert float(told["score"]) == pytest.approx(sum(LAW.values()), abs=0.1)
    app.number_input(key="new-a_layer_3").set_value(50.0)
    sound(app.run())
    assert "Outside the range of the table: a_layer_3" in words(app)


def test_families_are_corrected_by_a_column(table: str) -> None:
    app = open_page("predict", table=table, permutations="0", family="kin")
    assert {metric.label: metric.value for metric in app.metric}["Family out"] == "not known"


def test_a_long_search_waits_to_be_asked(table: str) -> None:
    planted(9, 60).to_csv(table, index=False)
    app = open_page("predict", table=table, k="5")
    assert [button.label for button in app.button if button.label.startswith("Search")] == ["Search 5,461,512 subsets"]
    assert not app.get("plotly_chart")


def test_an_upload_is_checked_and_kept(table: str, store_root: Path) -> None:
    app = open_page("predict")
    app.file_uploader(key="table-file").set_value([("My Table.csv", Path(table).read_bytes(), "text/csv")])
    app.button(key="table-file-keep").click()
    sound(app.run())
    (kept,) = (store_root / "uploads").glob("my-table-*.csv")
    assert app.selectbox(key="table").value == f"upload:{kept.name}"
    assert "Cross-validated" in words(app)
    app = open_page("predict")
    app.file_uploader(key="table-file").set_value([("x.csv", b"a,b\n1,2\n", "text/csv")])
    app.button(key="table-file-keep").click()
    sound(app.run())
    assert "no probe features" in app.error[0].value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"a_layer_3": ""}, "line 2, column a_layer_3: the cell is empty"),
        ({"a_layer_3": "x"}, "is not a number"),
        ({"checkpoint": "base0_corr_100"}, "stands more than once"),
    ],
)
def test_a_bad_table_is_one_sentence(table: str, change: dict[str, str], said: str) -> None:
    frame = planted(15, 8).astype(object)
    for column, value in change.items():
        frame.loc[0, column] = value
    frame.to_csv(table, index=False)
    app = open_page("predict", table=table)
    assert said in app.error[0].value.replace("\\", "")


def test_few_rows_are_refused(table: str) -> None:
    planted(5, 8).to_csv(table, index=False)
    app = open_page("predict", table=table)
    assert "too few to choose 3 features" in app.error[0].value


@pytest.mark.parametrize("path", ["/etc/passwd", "../t.csv", "upload:none.csv", "upload:../../t.csv"])
def test_paths_outside_are_refused(table: str, path: str) -> None:
    app = open_page("predict", table=path)
    assert len(app.error) == 1
    assert "root:" not in words(app)


def test_a_table_is_built_from_what_was_probed(store_root: Path) -> None:
    depths = {f"net{number}": 3 for number in range(8)}
    fill(Store(store_root), depths=depths)
    scores = "checkpoint,glue\n" + "".join(f"net{number},{0.5 + number / 100}\n" for number in range(7))
    app = open_page("predict", source="Runs of this store", k="1", permutations="0", view="A new checkpoint")
    assert "scores come from your table" in words(app)
    assert "8 checkpoints with 12 features in common" in words(app)
    app.file_uploader(key="scores-file").set_value([("s.csv", scores.encode(), "text/csv")])
    app.button(key="scores-file-keep").click()
    sound(app.run())
    assert not app.error
    waiting = next(frame.value for frame in app.dataframe if "lower" in frame.value.columns)
    assert waiting["checkpoint"].tolist() == ["net7"]
    assert (waiting["lower"] <= waiting["upper"]).all()
