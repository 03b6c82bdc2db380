"""Records: a run as it was written before records had versions opens, a newer one is refused in a sentence, and no other room knows their keys."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from cache.errors import StoreError
from cache.keys import canonical_json
from cache.store import Store
from cache.table import tidy
from probing.records import stored
from probing.records.record import CellRecord, PairRecord
from probing.records.run import RunRecord
from probing.records.training import DistillationRecord, TrainingRecord
from tests.planted import finished

ROOT = Path(__file__).resolve().parents[3]
RUN = "6e267bb9d4550bff"
# As releases wrote it that had no version in a record.
WRITTEN: dict[str, Any] = {
    "cells": [{"checkpoint": "minilm-l6", "id": "c1", "probe": "conditional", "task": "upos"}],
    "checkpoints": [
        {
            "fingerprint": "f1", "hidden": 384, "kind": "known", "layers": 6, "lineage": None, "name": "minilm-l6",
            "of": [], "parameters": 22713216, "parent": "nreimers/MiniLM-L6-H384-uncased", "role": "asked",
        },
        {
            "extraction": 3, "fingerprint": "f2", "hidden": 16, "kind": "folder", "layers": 2, "name": "out", "of": [], "parameters": 90,
            "lineage": {
                "batch": 8, "columns": {"sentence": "label"}, "data": "films", "data_hash": "d", "how": "finetune", "init_probe": None,
                "learning_rate": {"encoder": None, "head": 0.001}, "method": "head", "parent": "minilm-l6", "parent_fingerprint": "f1",
                "seed": 1, "steps": 4, "task": "classification", "train": 8, "weight": None,
            },
            "parent": "minilm-l6", "role": "asked",
        },
        {
            "fingerprint": "f3", "hidden": 384, "kind": "random", "layers": 6, "lineage": None, "name": "random:minilm-l6@0",
            "of": ["minilm-l6"], "parameters": 22713216, "parent": None, "role": "baseline",
        },
    ],
    "corpus": {"hash": "h", "name": "grammar", "spec": "grammar"},
    "extraction": 3,
    "finished": "2026-01-31T12:00:00+00:00",
    "forward_passes": 7,
    "label": "minilm-l6 · upos · conditional · grammar",
    "notes": ["3 words have no vector."],
    "probes": ["conditional"],
    "run": RUN,
    "seconds": {"extract": 1.5, "fit": 2.5, "total": 4.25},
    "spec": {
        "as_published": False, "baseline": "minilm-l6:3", "baselines": True, "checkpoints": ["minilm-l6", "/x/out"], "corpus": "grammar",
        "dimension": None, "epsilon": None, "layers": "all", "max_dev": None, "max_test": 20, "max_train": None, "measure": "accuracy",
        "pooling": "mean", "precision": "fp32", "probes": ["conditional"], "rank": [], "seed": 0, "seeds": 3, "submodule": "layer",
        "tasks": ["upos"], "width": [],
    },
    "tasks": [{"classes": ["NOUN", "VERB"], "group": "syntax", "level": "word", "name": "upos"}],
}  # fmt: skip
TRAINED: dict[str, Any] = {
    "best_step": 3, "batch": 8, "checkpoint": "lab:x", "classes": ["0", "1"], "collapsed": False, "dev_score": 0.75, "diverged": False,
    "data": {"hash": "d", "name": "films", "spec": "data:films", "train": 8}, "history": [{"dev_score": 0.75, "step": 3, "task": 0.5}],
    "learning_rate": {"encoder": 0.001, "head": 0.001}, "method": "bitfit", "notes": ["One."], "pooling": "mean", "probe": "head",
    "product": "lab:x", "rate": 0.001, "seconds": 1.25, "seed": 0, "size": 8, "steps": 4, "tags": [], "task": "lab",
    "trainable": {"fraction": 0.5, "head": {"names": ["w"], "parameters": 2}, "names": ["b"], "parameters": 10, "tabled": True},
}  # fmt: skip
DISTILLED = TRAINED | {
    "loss": {"hidden": {"begun": 3.0, "ended": 1.0, "unit": "squared error"}},
    "terms": {"hidden": 1.0},
    "layer_map": [2],
}


def put(store: Store, content: dict[str, Any]) -> None:
    store.results.save_run(content["run"], content, tidy([]), pd.DataFrame({"task": [""]}))


def test_a_run_of_before_there_were_versions_opens(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, WRITTEN)
    record = stored.run(store, RUN)
    assert stored.runs(store) == [record]
    assert record.bytes > 0
    assert (record.label, record.spec.max_test, record.corpus.hash) == (WRITTEN["label"], 20, "h")
    assert [one.requested for one in record.checkpoints] == [True, True, False]
    assert record.checkpoints[2].baseline_of == ("minilm-l6",)
    made = record.checkpoints[1].lineage
    assert made is not None
    assert made.learning_rate is not None
    assert (made.method, made.learning_rate.head, made.train) == ("head", 0.001, 8)
    assert record.cell("minilm-l6", "upos", "conditional") == "c1"
    assert record.cell("minilm-l6", "upos", "linear") is None
    assert record.task("upos").classes == ("NOUN", "VERB")


@pytest.mark.parametrize(
    ("missing", "part", "value"),
    [("notes", "notes", ()), ("extraction", "extraction", None), ("seconds", "seconds", None), ("forward_passes", "forward_passes", None)],
)  # fmt: skip
def test_what_an_older_run_does_not_say_has_the_default_that_readers_assume(missing: str, part: str, value: object) -> None:
    record = RunRecord.read({name: one for name, one in WRITTEN.items() if name != missing}, "The run x")
    assert getattr(record, part) == value


def test_a_checkpoint_of_an_older_run_was_asked_for_and_has_no_lineage() -> None:
    content = copy.deepcopy(WRITTEN)
    for name in ("role", "lineage", "of", "parent"):
        del content["checkpoints"][0][name]
    first = RunRecord.read(content, "The run x").checkpoints[0]
    assert (first.requested, first.lineage, first.baseline_of, first.parent) == (True, None, (), None)


def test_a_newer_run_is_refused_in_a_sentence_and_left_out_of_the_list(tmp_path: Path) -> None:
    store = Store(tmp_path)
    put(store, WRITTEN)
    put(store, WRITTEN | {"run": "newer", "schema": RunRecord.SCHEMA + 1, "what": "is new"})
    said = f"The run newer was written by a newer release (schema 2; this one reads up to {RunRecord.SCHEMA}): open the store with that release."
    with pytest.raises(StoreError, match=re.escape(said)):
        stored.run(store, "newer")
    assert [record.run for record in stored.runs(store)] == [RUN]


@pytest.mark.parametrize(
    ("part", "value"), [("cells", [{"id": "c"}]), ("spec", {"corpus": "x"}), ("schema", "one"), ("unknown", 1)]
)
def test_a_damaged_record_is_refused_in_a_sentence_that_names_the_part(part: str, value: object) -> None:
    with pytest.raises(StoreError, match=f"^The run x has a damaged record \\({part}[^\n]*: remove it and run it again\\.$"):
        RunRecord.read(WRITTEN | {part: value}, "The run x")


def test_what_is_written_has_the_keys_that_were_written_before_and_the_schema() -> None:
    again = RunRecord.read(WRITTEN, "The run x").content()
    assert again.pop("schema") == RunRecord.SCHEMA
    assert again["spec"].pop("conditional_on") == WRITTEN["spec"]["baseline"]
    before = copy.deepcopy(WRITTEN)
    del before["spec"]["baseline"]
    before["checkpoints"][1]["lineage"]["layer_map"] = None
    before["checkpoints"][0]["extraction"] = before["checkpoints"][2]["extraction"] = None
    assert again == before


@pytest.mark.parametrize(("kind", "content"), [(TrainingRecord, TRAINED), (DistillationRecord, DISTILLED)])
def test_a_training_of_before_there_were_versions_opens_and_is_written_as_it_was(
    kind: type[TrainingRecord], content: dict[str, Any]
) -> None:
    record = kind.read(content, "The cell x")
    assert record.content() == content | {"schema": kind.SCHEMA}


def test_a_training_that_diverged_says_less() -> None:
    """As execution/lab.py wrote it: neither steps nor history."""
    content = {
        name: value
        for name, value in TRAINED.items()
        if name not in ("best_step", "batch", "history", "seconds", "steps", "learning_rate")
    }
    record = TrainingRecord.read(content | {"diverged": True, "dev_score": None, "data": {"train": 8}}, "The cell x")
    assert (record.diverged, record.best_step, record.seconds) == (True, None, None)


def test_cells_say_their_notes_and_newer_ones_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    stored.save_cell(store, "c1", PairRecord(task="drift", checkpoint="a and b", notes=("One.",)), [])
    assert stored.cell(store, "c1", PairRecord).notes == ("One.",)
    store.results.save_cell("old", [], pd.DataFrame(), {}, {"notes": ["Two."]})
    assert stored.cell(store, "old", CellRecord).notes == ("Two.",)
    store.results.save_cell("newer", [], pd.DataFrame(), {}, {"schema": 9})
    with pytest.raises(StoreError, match=r"The cell newer was written by a newer release \(schema 9"):
        stored.cell(store, "newer", CellRecord)


def test_records_are_frozen_and_refuse_what_they_do_not_know() -> None:
    record = RunRecord.read(WRITTEN, "The run x")
    with pytest.raises(ValidationError, match="frozen"):
        record.label = "other"
    with pytest.raises(ValidationError, match="people"):
        RunRecord(**dict(record) | {"people": ()})


def test_a_planted_run_is_read_back_as_it_was_planted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    record = stored.run(store, finished.fill(store))
    assert RunRecord.read(record.content(), "The run x") == record.model_copy(update={"bytes": 0})
    assert canonical_json(record.content()) == canonical_json(
        RunRecord.model_validate_json(canonical_json(record.content())).content()
    )


def test_records_are_read_and_written_in_one_place() -> None:
    """Whoever reads or writes them past `stored` would spell their keys."""
    past = re.compile(r"results\.(run|runs|cell_facts|save_run|save_cell)\(")
    paths = [path for room in ("probing", "pages", "benchmarks", "drills") for path in (ROOT / room).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in paths if past.search(path.read_text(encoding="utf-8"))}
    assert found == {"probing/records/stored.py"}
