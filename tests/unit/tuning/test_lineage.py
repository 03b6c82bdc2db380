"""What is read of how a checkpoint was made: whole weights and deltas alike, and what a run records of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cache.store import Store
from probing.checkpoints import resolve
from probing.checkpoints.products import lineage, record
from probing.comparisons import declared
from probing.errors import BadInput
from probing.execution import engine
from probing.records import stored
from probing.runs import RunSpec, plan
from probing.tuning import METHODS
from probing.tuning.method import HEAD_RATE
from tests.unit.tuning import made


@pytest.mark.parametrize("method", ["bitfit", "full"])
def test_a_product_says_how_it_was_made_though_a_delta_lies_elsewhere(
    model: Path, store: Path, tmp_path: Path, method: str
) -> None:
    made.run(model, store, tmp_path / "out", method=method, seed=3, max_train=24)
    found = resolve(str(tmp_path / "out"), store)
    assert (found.folder == tmp_path / "out") is (method == "full"), "a delta's weights are made whole in the store"
    assert lineage(found) == {
        "how": "finetune",
        "method": method,
        "task": "classification",
        "columns": {"sentence": "label"},
        "steps": 6,
        "batch": 8,
        "seed": 3,
        "learning_rate": {"encoder": METHODS.get(method).rate.value, "head": HEAD_RATE},
        "weight": None,
        "init_probe": None,
        "parent": str(model),
        "parent_fingerprint": resolve(str(model), store).fingerprint,
        "data": "animals",
        "data_hash": made.source().hash,
        "train": 24,
    }


def test_what_is_no_product_has_no_lineage(model: Path, store: Path, tmp_path: Path) -> None:
    made.run(model, store, tmp_path / "out")
    assert lineage(resolve(str(model), store)) is None
    assert lineage(resolve(f"random:{tmp_path / 'out'}@0", store)) is None, "random weights were not tuned"
    (tmp_path / "out" / "strata.json").write_text(json.dumps({"parent": "minilm-l6"}))
    found = resolve(str(tmp_path / "out"), store)
    assert record(found) == {"parent": "minilm-l6"}
    assert lineage(found) is None
    (tmp_path / "out" / "strata.json").write_text("{")
    with pytest.raises(BadInput, match="cannot be read as JSON"):
        lineage(found)


def test_a_layer_map_is_kept_and_found_beside_a_delta(model: Path, store: Path, tmp_path: Path) -> None:
    made.run(model, store, tmp_path / "out", method="bitfit")
    path = tmp_path / "out" / "strata.json"
    told: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"layer_map": [1, 2]}))
    found, parent = resolve(str(tmp_path / "out"), store), resolve(str(model), store)
    assert (lineage(found) or {})["layer_map"] == [1, 2]
    assert declared(parent, found) == [(1, 1), (2, 2)]


def test_a_run_records_the_lineage_of_each_checkpoint(model: Path, store: Path, tmp_path: Path) -> None:
    made.run(model, store, tmp_path / "out", method="bitfit")
    asked = {
        "checkpoints": (str(model), str(tmp_path / "out")),
        "corpus": "grammar",
        "tasks": ("sentence_length",),
        "layers": (0,),
    }
    limits = {"max_train": 40, "max_dev": 20, "max_test": 20}
    planned = plan(RunSpec.parse(asked | limits), replace(made.settings(store)))
    engine.execute(planned, Store(store), lambda *_: None)  # type: ignore[arg-type]
    kept = stored.run(Store(store), planned.run)
    told = {entry.name: entry.lineage for entry in kept.checkpoints}
    made_by = told["out"]
    assert made_by is not None
    assert made_by.method == "bitfit"
    assert made_by.parent_fingerprint == next(e.fingerprint for e in kept.checkpoints if e.name == model.name)
    assert [name for name, one in told.items() if one is None] == [name for name in told if name != "out"]
