"""A comparison from its question to its rows: a tiny parent, its child, and random weights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from cache.store import Store
from probing import extraction
from probing.cells.similarity import compare
from probing.comparisons import ComparisonSpec, declared, plan
from probing.errors import BadInput
from probing.execution import queue, worker
from probing.execution.comparison import execute
from probing.settings import Settings
from tests import tiny_checkpoints

MOVED, STEP = "encoder.layer.1.attention.self.query.bias", 0.25
pytestmark = pytest.mark.usefixtures("store_root")
TEXT = {"corpus": "grammar", "max_test": 30, "precision": "fp32"}


@pytest.fixture(scope="module", name="family")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`parent`; `child`, whose layer-2 query bias is 0.25 higher throughout; `headed`, the parent under the names of a model with a head."""
    root = tmp_path_factory.mktemp("family")
    tiny_checkpoints.bert(root / "parent")
    weights = load_file(root / "parent" / "model.safetensors")
    _copy(
        root, "child", weights | {MOVED: weights[MOVED] + np.float32(STEP)}, {"parent": str(root / "parent"), "layer_map": [1, 2]}
    )
    _copy(
        root, "headed", {f"bert.{name}": value for name, value in weights.items()} | {"classifier.bias": np.zeros(3, np.float32)}
    )
    return root


def _copy(root: Path, name: str, weights: dict[str, np.ndarray], lineage: dict[str, Any] | None = None) -> None:
    shutil.copytree(root / "parent", root / name)
    save_file(weights, root / name / "model.safetensors", metadata={"format": "pt"})
    if lineage:
        (root / name / "strata.json").write_text(json.dumps(lineage))


def asked(*checkpoints: Path | str, **more: Any) -> Any:
    return plan(ComparisonSpec.parse({"checkpoints": tuple(map(str, checkpoints))} | more), Settings.read())


def quiet(_stage: str, _done: int, _total: int) -> None:
    pass


def answered(comparison: Any, store: Store) -> pd.DataFrame:
    execute(comparison, store, quiet)
    table = comparison.table(store)
    return table.assign(
        **{key: [json.loads(text).get(key) for text in table["setting"]] for key in ("second", "second_layer", "parameter")}
    )


def test_drift_finds_the_one_parameter_that_moved(family: Path, store_root: Path) -> None:
    rows = answered(asked(family / "parent", family / "child"), Store(store_root))
    assert set(rows["metric"]) == {"drift", "drift_relative", "drift_angle"}
    change = rows[(rows["metric"] == "drift") & rows["parameter"].notna()]
    still = change[change["value"] == 0]
    (moved,) = change[change["value"] > 0].to_dict("records")
    assert (moved["layer"], moved["parameter"], moved["n"]) == (2, "attention.self.query.bias", 16)
    assert moved["value"] == pytest.approx(STEP, rel=1e-6)
    assert len(still) > 30
    assert {"embeddings.word_embeddings.weight", "pooler.dense.bias"} <= set(still["parameter"])
    whole = rows[(rows["metric"] == "drift") & rows["parameter"].isna()].set_index("layer")
    assert whole.loc[1, "value"] == 0
    assert whole.loc[2, "value"] == pytest.approx(STEP * 16 / whole.loc[2, "n"])
    assert set(rows["second"]) == {"child"}


def test_a_head_is_named_and_its_names_do_not_hide_the_encoder(family: Path, store_root: Path) -> None:
    store, comparison = Store(store_root), asked(family / "parent", family / "headed")
    rows = answered(comparison, store)
    assert (rows[rows["metric"] == "drift"]["value"] == 0).all()
    assert 16 in set(rows["n"])
    assert comparison.notes(store) == ["Drift leaves out 1 parameters that only headed has: classifier.bias."]


def test_a_parent_and_its_child_part_above_the_change(family: Path, store_root: Path) -> None:
    store = Store(store_root)
    rows = answered(asked(family / "parent", family / "child", **TEXT), store)
    alike = rows[rows["metric"].isin(["cka", "cka_debiased", "procrustes", "rsa"]) & (rows["second"] == "child")]
    value = alike.set_index(["metric", "layer", "second_layer"])["value"]
    assert len(value) == 4 * 3 * 3
    for layer in (0, 1):  # the change is in layer 2: below it both compute the same
        assert value["cka", layer, layer] == pytest.approx(1, abs=1e-5)
        assert value["procrustes", layer, layer] == pytest.approx(0, abs=1e-4)
        assert value["rsa", layer, layer] == pytest.approx(1, abs=1e-5)
    assert value["cka", 2, 2] < 1 - 1e-4
    assert value["cka", 0, 2] < value["cka", 2, 2]
    intervals = alike.groupby("metric")["lower"].apply(lambda column: bool(column.notna().all()))
    assert intervals.to_dict() == {"cka": True, "cka_debiased": True, "procrustes": False, "rsa": False}
    twin = rows[(rows["second"] == "random:parent@0") & (rows["metric"] == "cka_debiased")]
    assert len(twin) == 9, "the floor is beside it"
    assert twin["value"].max() < value["cka_debiased", 2, 2]
    assert set(rows["checkpoint"]) == {"parent"}


def test_the_same_question_is_answered_once(family: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, comparison = Store(store_root), asked(family / "parent", family / "child", **TEXT)
    first = answered(comparison, store)
    monkeypatch.setattr(extraction, "extract", None)
    again = asked(family / "parent", family / "child", **TEXT)
    assert again.run == comparison.run
    assert again.answered(store)
    assert answered(again, store).equals(first)
    assert not asked(family / "parent", family / "child", **TEXT, items="sentences").answered(store)


def test_layers_are_chosen_and_beyond_the_last_refused(family: Path) -> None:
    comparison = asked(family / "parent", family / "child", **TEXT, layers=(0, 2), baselines=False)
    assert [(pair.kind, pair.first_layers) for pair in comparison.pairs] == [
        ("drift", ()),
        ("similarity", (0, 2)),
        ("topology", (2,)),
    ]
    with pytest.raises(BadInput, match="layers 0 to 2, so layer 7"):
        asked(family / "parent", family / "child", **TEXT, layers=(7,))


def test_what_cannot_be_compared_is_said_in_words(family: Path, tmp_path: Path) -> None:
    other = tiny_checkpoints.gpt2(tmp_path / "gpt")
    with pytest.raises(BadInput, match="no parameters of one name and shape"):
        asked(family / "parent", other)
    with pytest.raises(BadInput, match="checkpoints"):
        asked(family / "parent")
    assert [pair.kind for pair in asked(family / "parent", other, **TEXT).pairs] == ["similarity", "similarity"]


def test_the_layer_map_of_a_lineage_is_read_from_either_side(family: Path) -> None:
    (drift,) = asked(family / "parent", family / "child").pairs
    assert declared(drift.first, drift.second) == [(1, 1), (2, 2)]
    assert declared(drift.second, drift.first) == [(1, 1), (2, 2)]
    assert declared(drift.first, drift.first) == []


def test_many_layers_hold_their_places() -> None:
    """Layer l of the second is layer l + 1 of the first (the last: the first one), turned: the map finds it, and not the other way round."""
    draw = np.random.default_rng(0)
    layers = [draw.normal(size=(50, 6)).astype(np.float32) for _ in range(3)]
    turn = np.linalg.qr(draw.normal(size=(6, 6)))[0].astype(np.float32)
    seen: list[tuple[int, int]] = []
    rows = compare(
        *(layers.__getitem__, (0, 1, 2)),
        *(lambda layer: layers[(layer + 1) % 3] @ turn, (0, 1, 2)),
        np.repeat(np.arange(10), 5),
        lambda done, total: seen.append((done, total)),
    )
    ones = {(row["layer"], row["setting"]["second_layer"]) for row in rows if row["metric"] == "cka" and row["value"] > 0.999}
    assert ones == {(1, 0), (2, 1), (0, 2)}
    assert seen[-1] == (9, 9)


def test_a_page_asks_by_a_job_of_its_own_kind(family: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, comparison = Store(store_root), asked(family / "parent", family / "child")
    monkeypatch.setattr(queue, "detached", lambda *_, **__: None)
    job = queue.submit(comparison, store)
    assert (job.kind, job.run, job.state) == ("comparison", comparison.run, "queued")
    assert queue.submit(comparison, store) == job
    claimed = store.jobs.claim(job.device)
    assert claimed is not None
    assert worker.work(claimed, store) == 0
    assert comparison.answered(store)
    done = store.jobs.get(job.run)
    assert done is not None
    assert done.state == "done"
    store.results.cells.remove(comparison.pairs[0].id)
    assert queue.submit(comparison, store).state == "queued", "what was lost since is asked anew"


def test_the_command_line_prints_one_object(family: Path, store_root: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "probing",
        "compare",
        "--checkpoint",
        str(family / "parent"),
        "--checkpoint",
        str(family / "child"),
    ]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([*command, "--json"], cwd=root, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert set(told) == {"rows", "seconds"}
    assert {row["metric"] for row in told["rows"]} == {"drift", "drift_relative", "drift_angle"}
    (job,) = Store(store_root).jobs.recent(5)
    assert (job.kind, job.state, job.origin) == ("comparison", "done", "cli")
    refused = subprocess.run([*command, "--task", "upos"], cwd=root, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr.strip()) == (2, "--task asks about text: name a corpus with --corpus.")


def test_tasks_are_probed_and_told_as_paired_differences(family: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "probing",
        "compare",
        "--checkpoint",
        str(family / "parent"),
        "--checkpoint",
        str(family / "child"),
    ]
    limits = [
        "--max-train",
        "30",
        "--max-dev",
        "20",
        "--max-test",
        "20",
        "--layers",
        "1,2",
        "--precision",
        "fp32",
        "--no-baselines",
    ]
    root = Path(__file__).resolve().parents[3]
    more = ["--corpus", "grammar", "--task", "upos", *limits, "--json"]
    done = subprocess.run([*command, *more], cwd=root, capture_output=True, text=True, check=True)
    rows = pd.DataFrame(json.loads(done.stdout)["rows"])
    test = rows[(rows["task"] == "upos") & (rows["split"] == "test")]
    settings = [json.loads(text) for text in test["setting"]]
    assert all((one["difference"], one["second"]) == ("second - first", "child") for one in settings)
    value = test.assign(other=[one["second_layer"] for one in settings]).set_index(["metric", "layer"])["value"]
    assert value["accuracy", 1] == 0, "below the change both answer alike"
    assert value["p", 1] == value["p_adjusted", 1] == 1
    assert 0 <= value["p", 2] <= value["p_adjusted", 2] <= 1
    assert value["least_difference", 1] > 0
