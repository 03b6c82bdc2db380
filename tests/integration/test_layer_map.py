"""A tiny teacher and its student: distilled, compared, and the layer map that the product declares drawn over their similarity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cache.store import Store
from probing.__main__ import main
from probing.checkpoints import resolve
from probing.comparisons import ComparisonSpec, declared, plan
from probing.execution.comparison import execute
from probing.records import stored
from probing.records.run import RecordedCheckpoint
from probing.settings import Settings
from tests import tiny_checkpoints
from tests.app.opening import open_page, words
from tests.planted import finished


@pytest.fixture(name="family")
def made(tmp_path: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `teacher` of four layers and `student` of two that was distilled from it; both in a planted run."""
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    folders = {name: tmp_path / name for name in ("teacher", "student")}
    tiny_checkpoints.bert(folders["teacher"], layers=4)
    distill = ("distill", "--teacher", str(folders["teacher"]), "--data", "grammar", "--layers", "2", "--max-train", "24")
    assert main((*distill, "--steps", "3", "--batch", "8", "--out", str(folders["student"]))) == 0
    store = Store(store_root)
    spec = {"checkpoints": [str(folder) for folder in folders.values()], "max_test": 20, "precision": "fp32"}
    run = finished.fill(store, depths={"teacher": 4, "student": 2}, spec=spec)
    record, table, text = stored.run(store, run), store.results.table(run), store.results.sentences(run)

    def on_disk(entry: RecordedCheckpoint) -> RecordedCheckpoint:
        return entry.model_copy(update={"fingerprint": resolve(str(folders[entry.name]), store_root).fingerprint})

    checkpoints = tuple(on_disk(entry) if entry.requested else entry for entry in record.checkpoints)
    store.results.run_folders.remove(run)
    stored.save_run(store, record.model_copy(update={"run": "distilled", "checkpoints": checkpoints}), table, text)
    return tmp_path


def test_the_declared_map_lies_over_the_similarity_and_other_depths_are_said(family: Path, store_root: Path) -> None:
    teacher, student = str(family / "teacher"), str(family / "student")
    assert json.loads((family / "student" / "strata.json").read_text(encoding="utf-8"))["layer_map"] == [2, 4]
    asked = {"checkpoints": (teacher, student), "corpus": "grammar", "max_test": 20, "precision": "fp32"}
    comparison = plan(ComparisonSpec.parse(asked), Settings.read())
    # Of other depths, neither their parameters nor their heads can be held against each other.
    assert {pair.kind for pair in comparison.pairs} == {"similarity"}
    assert declared(comparison.pairs[0].first, comparison.pairs[0].second) == [(2, 1), (4, 2)]
    execute(comparison, Store(store_root), lambda *_: None)
    app = open_page("compare", run="distilled", base="teacher", against="student", section="Layer similarity")
    charts: list[dict[str, Any]] = [json.loads(element.proto.spec) for element in app.get("plotly_chart")]
    over = [chart for chart in charts if "declared layer map" in [trace.get("name") for trace in chart["data"]]]
    assert {chart["layout"]["title"]["text"] for chart in over} == {
        f"{name}: teacher and student" for name in ("CKA, debiased", "RSA", "Procrustes distance")
    }
    for chart in over:
        (squares,) = [trace for trace in chart["data"] if trace.get("name") == "declared layer map"]
        assert (squares["x"], squares["y"]) == ([1, 2], [2, 4]), "the student's layers stand on the first axis"
        assert chart["layout"]["xaxis"]["title"]["text"] == "layer of student"
    address = {"run": "distilled", "base": "teacher", "against": "student"}
    assert "have no stored weights of the same architecture" in words(open_page("compare", **address, section="Parameters"))
    told = words(open_page("compare", **address, section="Attention"))
    assert "teacher has 4 layers of 2 heads and student has 2 layers of 2 heads, so their heads cannot be held" in told
