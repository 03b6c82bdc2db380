"""The shape of attention from the question to its rows: a tiny parent, a child whose second layer attends otherwise, and who cannot be asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file, save_file

from cache.store import Store
from probing.cells import topology
from probing.cells.topology import answer
from probing.checkpoints import resolve
from probing.comparisons import ComparisonSpec, Pair, plan, seed_pairs, unlike
from probing.execution.comparison import execute
from probing.extraction.attention import NoAttention
from probing.measures.attention_graphs import THRESHOLDS
from probing.settings import Settings
from tests import tiny_checkpoints

TEXT = {"corpus": "grammar", "max_test": 30, "precision": "fp32"}
QUERY = "encoder.layer.1.attention.self.query"


@pytest.fixture(scope="module", name="family")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`parent`; `sharp`, whose layer 2 asks a hundred times as loudly in its first head."""
    root = tmp_path_factory.mktemp("shapes")
    tiny_checkpoints.bert(root / "parent")
    shutil.copytree(root / "parent", root / "sharp")
    weights = load_file(root / "parent" / "model.safetensors")
    for part in ("weight", "bias"):
        weights[f"{QUERY}.{part}"] = weights[f"{QUERY}.{part}"].copy()
        weights[f"{QUERY}.{part}"][:8] *= 100
    save_file(weights, root / "sharp" / "model.safetensors", metadata={"format": "pt"})
    return root


def asked(*checkpoints: Path, **more: Any) -> Any:
    return plan(ComparisonSpec.parse({"checkpoints": tuple(map(str, checkpoints))} | TEXT | more), Settings.read())


def quiet(_stage: str, _done: int, _total: int) -> None:
    pass


def test_the_head_that_changed_is_found(family: Path, store_root: Path) -> None:
    store, comparison = Store(store_root), asked(family / "parent", family / "sharp")
    execute(comparison, store, quiet)
    table = comparison.table(store)
    keys = ("second", "head", "of", "threshold")
    rows = table.assign(**{key: [json.loads(text).get(key) for text in table["setting"]] for key in keys})
    assert set(rows.loc[rows["metric"] == "topology_drift", "second"]) == {"sharp", "random:parent@0"}
    own = rows[(rows["second"] == "sharp") & (rows["metric"] == "topology_drift")]
    value = own.set_index(["layer", own["head"].fillna(0)])["value"]
    assert {key for key, drift in value.items() if drift > 0} == {(2, 0), (2, 1)}
    assert value[2, 0] == pytest.approx(value[2, 1] / np.sqrt(2)), "the root mean square of two heads, of which one stands still"
    whole = own[own["head"].isna()].set_index("layer")
    assert whole.loc[1, "lower"] == whole.loc[1, "upper"] == 0
    assert 0 < whole.loc[2, "lower"] < whole.loc[2, "value"] < whole.loc[2, "upper"]
    assert set(own["n"]) == {30}
    assert set(own["corpus"]) == {"grammar"}
    assert set(own["unit"]) == {"ratio"}
    graphs = rows[(rows["second"] == "sharp") & rows["of"].notna()].set_index(["metric", "of", "layer", "threshold"])["value"]
    assert len(graphs) == 2 * 2 * (3 * len(THRESHOLDS) + 1)
    for of in ("first", "second"):
        for layer, threshold in ((1, 0.1), (2, 0.025)):
            edges, pieces, cycles = (
                graphs[f"attention_{name}", of, layer, threshold] for name in ("edges", "components", "cycles")
            )
            assert edges - 1 + pieces == pytest.approx(cycles), "Euler's relation, for each token"
    assert graphs["attention_edges", "second", 2, 0.75] > graphs["attention_edges", "first", 2, 0.75]
    bars = rows[(rows["second"] == "sharp") & (rows["metric"] == "attention_tree") & (rows["layer"] == 2)].set_index("of")[
        "value"
    ]
    assert bars["second"] < bars["first"], "what is sharp has short bars"


def test_the_same_shape_is_known_before_anything_is_read(family: Path, store_root: Path, tmp_path: Path) -> None:
    tiny_checkpoints.gpt2(tmp_path / "gpt")
    parent, other = (resolve(str(folder), store_root) for folder in (family / "parent", tmp_path / "gpt"))
    assert unlike(parent, parent) is None
    assert "other vocabularies" in str(unlike(parent, other))
    assert [pair.kind for pair in asked(family / "parent", tmp_path / "gpt").pairs] == ["similarity", "similarity"]
    assert [pair.kind for pair in asked(family / "parent", family / "sharp", layers=(0,)).pairs] == [
        "drift",
        "similarity",
        "similarity",
    ]


def pair_of(*folders: Path, store: Path) -> Pair:
    return Pair("", "topology", *(resolve(str(folder), store) for folder in folders), (1, 2), (1, 2))


def test_other_tokens_few_sentences_and_no_maps_are_said_in_words(
    family: Path, store_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = [("the", "cat", "sat", f"{'x' * n}") for n in range(1, 12)]
    shutil.copytree(family / "parent", tmp_path / "cased")
    path = tmp_path / "cased" / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"##x"', '"##y"', 1).replace('"##y"', '"##x"', 1), encoding="utf-8")
    content = json.loads(path.read_text(encoding="utf-8"))
    vocabulary = content["model"]["vocab"]
    vocabulary["##x"], vocabulary["##y"] = vocabulary["##y"], vocabulary["##x"]
    path.write_text(json.dumps(content), encoding="utf-8")
    apart = pair_of(family / "parent", tmp_path / "cased", store=store_root)
    rows, (note,) = answer(apart, forms, store_root, "fp32", "cpu", quiet)
    assert (rows, "split the text into other tokens" in note) == ([], True)
    same = pair_of(family / "parent", family / "sharp", store=store_root)
    rows, (note,) = answer(same, forms[:9], store_root, "fp32", "cpu", quiet)
    assert (rows, "9 sentences are too few" in note) == ([], True)

    def refuses(*_: Any, **__: Any) -> None:
        raise NoAttention("parent gives none.")

    monkeypatch.setattr(topology, "maps", refuses)
    assert answer(same, forms, store_root, "fp32", "cpu", quiet) == ([], ["parent gives none."])


def test_many_sentences_are_drawn_and_said(family: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topology, "MOST_GRAPHS", 12)
    forms = [("the", "cat", "x" * n) for n in range(1, 16)]
    rows, (note,) = answer(
        pair_of(family / "parent", family / "sharp", store=store_root), forms, store_root, "fp32", "cpu", quiet
    )
    assert {row["n"] for row in rows} == {12}
    assert note == "The shape of attention is read from 12 of 15 sentences, sampled under seed 0."


def test_two_seeds_of_one_recipe_are_a_pair(family: Path, store_root: Path, tmp_path: Path) -> None:
    recipe = {"how": "finetune", "method": "full", "steps": 3, "data": {"hash": "a", "train": 20}, "learning_rate": {"head": 0.1}}
    records = {
        "one": recipe | {"seed": 0, "seconds": 1.5},
        "two": recipe | {"seed": 1, "seconds": 2.5},
        "longer": recipe | {"seed": 2, "steps": 4},
        "less": recipe | {"seed": 3, "data": {"hash": "a", "train": 10}},
        "again": recipe | {"seed": 0},
        "unknown": {},
    }
    named = {"gone": str(tmp_path / "gone"), "random": f"random:{tmp_path / 'one'}@0"}
    for name, record in records.items():
        shutil.copytree(family / "parent", tmp_path / name)
        (tmp_path / name / "strata.json").write_text(json.dumps(record), encoding="utf-8")
        named[name] = str(tmp_path / name)
    found = seed_pairs(named, Settings.read())
    assert found == [("one", "two")]


def test_a_table_without_rows_is_kept(family: Path, store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, comparison = Store(store_root), asked(family / "parent", family / "sharp", max_test=9, baselines=False)
    execute(comparison, store, quiet)
    assert comparison.answered(store)
    assert "topology_drift" not in set(comparison.table(store)["metric"])
    assert any("too few" in note for note in comparison.notes(store))
    assert isinstance(comparison.table(store), pd.DataFrame)
