"""Compare: differences that are marked, families preselected, similarity as a job, and drift, from planted results."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing.checkpoints import resolve
from probing.checkpoints.known import KnownCheckpoint
from probing.comparisons import ComparisonSpec, plan
from probing.execution import queue
from probing.execution.comparison import execute
from probing.figures.difference_panels import difference_panels, outlying
from probing.figures.marks import marks
from probing.records import stored
from probing.records.run import RecordedCheckpoint
from probing.settings import Settings
from tests import tiny_checkpoints
from tests.app.opening import open_page, sound, words
from tests.planted import finished


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


@pytest.fixture
def family_run(store_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A planted run of `second` (asked first) and its parent `first`, which lie on disk, and of random weights."""
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    folders = {name: tmp_path / name for name in ("second", "first")}
    tiny_checkpoints.bert(folders["first"])
    shutil.copytree(folders["first"], folders["second"])
    weights = load_file(folders["first"] / "model.safetensors")
    bias, query = "encoder.layer.0.output.dense.bias", "encoder.layer.1.attention.self.query.weight"
    moved = {bias: weights[bias] + np.float32(0.5), query: weights[query] * np.float32(2)}
    save_file(weights | moved, folders["second"] / "model.safetensors", metadata={"format": "pt"})
    (folders["second"] / "strata.json").write_text(json.dumps({"parent": str(folders["first"]), "layer_map": [1, 2]}))
    store = Store(store_root)
    more = {
        "checkpoints": [str(folder) for folder in folders.values()],
        "max_test": 20,
        "precision": "fp32",
        "pooling": "mean",
        "submodule": "layer",
    }
    run = finished.fill(store, depths={"second": 2, "first": 2}, spec=more)
    record = stored.run(store, run)

    def on_disk(entry: RecordedCheckpoint) -> RecordedCheckpoint:
        found = resolve(str(folders[entry.name]), store_root)
        return entry.model_copy(update={"fingerprint": found.fingerprint, "parent": found.facts.parent})

    checkpoints = tuple(on_disk(entry) if entry.requested else entry for entry in record.checkpoints)
    table, text = store.results.table(run).assign(run="family"), store.results.sentences(run)
    store.results.run_folders.remove(run)
    stored.save_run(store, record.model_copy(update={"run": "family", "checkpoints": checkpoints}), table, text)
    return "family"


def test_an_empty_store_teaches_and_links(store_root: Path) -> None:
    told = words(open_page("compare"))
    assert "No runs yet" in told
    assert "Run " in told


def test_the_empty_page_leads_to_checkpoints_that_are_installed(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for here, asked in (
        ({"minilm-l6", "minilm-l6-sre"}, ["minilm-l6", "minilm-l6-sre"]),
        ({"minilm-l6"}, ["minilm-l6"]),
        (set(), []),
    ):
        monkeypatch.setattr(KnownCheckpoint, "installed", property(lambda known, here=here: known.card.name in here))
        query = next(e.proto for e in open_page("compare").get("page_link") if "new_run" in e.proto.page).query_string
        assert parse_qs(query).get("checkpoint", []) == asked


def test_the_child_stands_against_its_parent_and_random_weights_beside_it(family_run: str) -> None:
    app = open_page("compare", run=family_run)
    assert app.selectbox(key="selected-base").value == "first", "the parent, though it was asked second"
    assert app.multiselect(key="selected-with").value == ["second"]
    told = words(app)
    assert "second does not differ significantly from first in any of 9 cells" in told or "second differs from first in" in told
    assert "How to read it" in told
    assert "When it misleads" in told
    every = open_page("compare", run=family_run, section="All tasks")
    assert every.selectbox(key="second").options == ["second", "random:first@0"]
    assert "cells differ at 5 % after Benjamini–Hochberg" in words(every)
    assert "too small to detect" in words(every)


def points(app: AppTest) -> list[tuple[str, str, int, bool]]:
    """(checkpoint, task, layer, whether it is significant) of the first chart."""
    drawn = [trace for trace in charts(app)[0]["data"] if trace.get("mode") == "lines+markers"]
    return [(name, task, layer, not pale) for trace in drawn for name, task, layer, *_, pale in trace["customdata"]]


def test_planted_answers_of_random_weights_differ_and_are_not_pale(finished_run: str) -> None:
    app = open_page("compare", run=finished_run, base="minilm-l6")
    # second-l6 answers as minilm-l6 does, but for chance: all or nearly all of its 21 cells are pale.
    assert len(points(app)) == 21
    assert sum(sure for *_, sure in points(app)) <= 2
    assert "second-l6" in words(app).split("Nothing")[0]
    app = open_page("compare", run=finished_run, base="minilm-l6", against="", section="All tasks")
    assert ("random:minilm-l6@0", "upos", finished.BEST_ON_TEST, True) in points(app), "93 % against 55 % of 240 words"
    assert "random:minilm-l6@0 is higher in 0" in words(app)
    similar = open_page("compare", run=finished_run, base="minilm-l6", section="Layer similarity")
    assert "give a known name (minilm-l6" in words(similar), "second-l6 is nowhere"


def test_the_items_that_flipped_stand_in_their_sentences(finished_run: str, store_root: Path) -> None:
    store = Store(store_root)
    address = {"run": finished_run, "base": "minilm-l6", "task": "upos", "second": "second-l6", "at": "3"}
    app = open_page("compare", **address)
    sides = []
    for name in ("minilm-l6", "second-l6"):
        cell = next(c.id for c in stored.run(store, finished_run).cells if (c.checkpoint, c.task) == (name, "upos"))
        items = store.results.items(cell)
        sides.append(items[(items["layer"] == 3) & (items["split"] == "test")].set_index(["sentence", "word"]))
    flips = int((sides[0]["predicted"] != sides[1]["predicted"]).sum())
    assert f"{flips} of {len(sides[0])} items get another label" in words(app)
    bodies = "".join(element.proto.body for element in app.get("html"))
    assert "→ ✓" in bodies
    assert "<script>alert" not in bodies
    app = sound(app.segmented_control(key="flips").set_value("lost").run())
    assert "→ ✓" not in "".join(element.proto.body for element in app.get("html"))


def test_one_row_far_beyond_the_others_has_a_scale_of_its_own() -> None:
    rows = pd.DataFrame(
        {"task": "upos", "layer": [0, 1], "difference": [0.01, 0.02], "lower": 0.0, "upper": 0.03, "adjusted": 0.01}
    )
    far = rows.assign(difference=-0.4, lower=-0.5, upper=-0.3)
    frames = {"one": rows, "two": rows, "far": far}
    assert outlying(frames) == ["far"]
    figure = difference_panels(frames, ["upos"], marks([*frames]), "points")
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    assert figure.layout.yaxis.range[0] > -10 > figure.layout.yaxis3.range[0]


def test_a_shallow_checkpoint_cuts_no_layer_of_a_deeper_one() -> None:
    rows = pd.DataFrame({"task": "upos", "layer": [0, 3, 6], "difference": 0.1, "lower": 0.0, "upper": 0.2, "adjusted": 0.01})
    figure = difference_panels({"deep": rows, "student": rows[rows["layer"] < 4]}, ["upos"], marks(["deep", "student"]), "points")
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range == (-0.5, 6.5)


def test_other_measures_have_unpaired_intervals_and_say_so(store_root: Path) -> None:
    def more(entry: RecordedCheckpoint, task: str, probe: str) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
        high = 4000.0 if entry.name == "second-l6" else 2000.0
        base = {
            "checkpoint": entry.name,
            "task": task,
            "probe": probe,
            "metric": "codelength",
            "split": "train",
            "unit": "bits",
        }
        return [
            base | {"layer": layer, "value": high, "lower": high - 100, "upper": high + 100, "n": 500} for layer in range(7)
        ], {}

    run = finished.fill(Store(store_root), more=more)
    told = words(open_page("compare", run=run, by="Codelength", section="All tasks"))
    assert "21 of 21 cells differ at 5 %" in told
    assert "second-l6 differs from minilm-l6 in 21 of 21 cells" in told
    assert "+2e+03" in told
    assert "intervals are unpaired" in told


def test_a_button_asks_for_the_comparison_once(family_run: str, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "detached", lambda *_, **__: None)
    app = open_page("compare", run=family_run, section="Layer similarity")
    app = sound(app.button(key="compare").click().run())
    (job,) = Store(store_root).jobs.recent(5)
    assert (job.kind, job.state) == ("comparison", "queued")
    assert "Comparison: first, second" in words(app)
    assert not [button for button in app.button if button.key == "compare"]
    home = open_page("home")
    assert "Comparison: first, second" in words(home), "it is listed among the jobs"


def test_an_answered_comparison_shows_maps_floor_and_drift(family_run: str, store_root: Path, tmp_path: Path) -> None:
    store, read = Store(store_root), {"corpus": "grammar", "max_test": 20, "precision": "fp32"}
    asked = ComparisonSpec.parse({"checkpoints": (str(tmp_path / "first"), str(tmp_path / "second"))} | read)
    execute(plan(asked, Settings.read()), store, lambda *_: None)
    app = open_page("compare", run=family_run, section="Layer similarity")
    told = words(app)
    assert "second is most similar to first at layer 0 (debiased CKA 1.000)" in told
    assert "Random weights reach" in told
    drift = words(open_page("compare", run=family_run, section="Parameters"))
    assert "output.dense.bias of layer 1 changed most (mean |Δθ| 0.5)" in drift
    titles = {chart["layout"].get("title", {}).get("text"): chart for chart in charts(app)}
    for name in ("CKA, debiased", "RSA", "Procrustes distance"):
        assert {f"{name}: first and second", f"{name}: first and random weights"} <= set(titles), "each beside its baseline"
    rsa = titles["RSA: first and second"]
    assert rsa["layout"]["xaxis"]["title"]["text"] == "layer of second"
    assert "declared layer map" in [trace.get("name") for trace in rsa["data"]]
    relative = open_page("compare", run=family_run, section="Parameters", drift="Relative norm")
    assert "‖Δθ‖/‖θ₀‖" in words(relative)
    assert not list(app.error)


def test_attention_is_held_head_against_head(family_run: str, store_root: Path, tmp_path: Path) -> None:
    store, read = Store(store_root), {"corpus": "grammar", "max_test": 20, "precision": "fp32"}
    asked = ComparisonSpec.parse({"checkpoints": (str(tmp_path / "first"), str(tmp_path / "second"))} | read)
    execute(plan(asked, Settings.read()), store, lambda *_: None)
    app = open_page("compare", run=family_run, section="Attention")
    told = words(app)
    # Layer 2 asks twice as loudly; the bias that moved stands behind the attention of layer 1, and the norm after it takes it out.
    assert "The attention of second differs most from that of first at layer 2" in told
    assert "and least at layer 1 (0.000)" in told
    assert "Random weights differ" in told
    drawn = {chart["layout"]["yaxis"]["title"]["text"]: chart for chart in charts(app) if "title" in chart["layout"]["yaxis"]}
    assert [trace["name"] for trace in drawn["difference in the shape of attention"]["data"] if "name" in trace] == [
        "second",
        "random weights",
    ]
    assert drawn["head"]["data"][0]["x"] == [1, 2]
    assert "for each token, cut at 0.1" in drawn
    cut = open_page("compare", run=family_run, section="Attention", cut="0.25")
    assert "for each token, cut at 0.25" in [chart["layout"]["yaxis"].get("title", {}).get("text") for chart in charts(cut)]


def test_two_seeds_are_found_held_against_each_other_and_stand_beside(family_run: str, store_root: Path, tmp_path: Path) -> None:
    """`second` and its parent become two seeds of one recipe, and a third checkpoint is compared with one of them."""
    record, store = {"how": "finetune", "method": "full", "steps": 3, "data": {"hash": "a", "train": 9}}, Store(store_root)
    for seed, name in enumerate(("first", "second")):
        (tmp_path / name / "strata.json").write_text(json.dumps(record | {"seed": seed}))
    tiny_checkpoints.bert(tmp_path / "other", seed=5)
    kept = stored.run(store, family_run)
    table, text = store.results.table(family_run), store.results.sentences(family_run)
    found = resolve(str(tmp_path / "other"), store_root)
    theirs = next(entry for entry in kept.checkpoints if entry.name == "first")
    other = theirs.model_copy(update={"name": "other", "fingerprint": found.fingerprint})
    spec = kept.spec.model_copy(update={"checkpoints": (str(found.folder), *kept.spec.checkpoints)})
    store.results.run_folders.remove(family_run)
    stored.save_run(store, kept.model_copy(update={"checkpoints": (other, *kept.checkpoints), "spec": spec}), table, text)
    address = {"run": family_run, "base": "other", "against": "second"}
    app = open_page("compare", **address, section="Layer similarity")
    assert app.selectbox(key="second").options == ["second", "first against second (seeds)"]
    assert "second and first differ only in the seed" in words(app)
    read = {"corpus": "grammar", "max_test": 20, "precision": "fp32"}
    for pair in (("second", "first"), ("other", "second")):
        asked = ComparisonSpec.parse({"checkpoints": tuple(str(tmp_path / name) for name in pair)} | read)
        execute(plan(asked, Settings.read()), store, lambda *_: None)
    for section in ("Layer similarity", "Parameters", "Attention"):
        told = words(open_page("compare", **address, section=section))
        assert told.count("Two seeds of one recipe (second and first)") == 1
    seeds = words(open_page("compare", **address, section="Layer similarity", second="first against second (seeds)"))
    assert "differ only in the seed: their difference is the seed noise" in seeds
    assert "first is most similar to second at layer" in seeds
    assert "Two seeds of one recipe" not in seeds


def test_a_checkpoint_that_changed_is_named(family_run: str, tmp_path: Path) -> None:
    path = tmp_path / "second" / "model.safetensors"
    weights = load_file(path)
    save_file({name: value * 2 for name, value in weights.items()}, path, metadata={"format": "pt"})
    assert "second has changed since it was probed" in words(open_page("compare", run=family_run, section="Parameters"))
