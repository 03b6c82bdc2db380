"""A cell on planted vectors: rows, baselines, dev discipline, and what is left out and said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cache.table import tidy
from probing.cells.frontier import hypervolumes
from probing.errors import BadInput
from probing.solvers import variational
from probing.tasks import control
from tests.planted.words import FORMS, SIZES, PlantedReader, corpus
from tests.unit.cells.rows import answered, value


def test_the_planted_layer_is_found_and_noise_is_chance(store_root: Path) -> None:
    found = answered("upos")
    assert value(found, "accuracy", 1) > 0.95
    assert value(found, "accuracy", 0) < 0.5
    assert value(found, "selectivity", 1) == pytest.approx(
        value(found, "accuracy", 1, items="seen types") - value(found, "control_accuracy", 1)
    )
    assert value(found, "majority", -1) == pytest.approx(
        np.mean(found.items[found.items["layer"] == 0]["gold"] == most_common_in_train())
    )
    assert value(found, "accuracy", 1, **{"lambda": "1/n"}) > 0.95


def test_the_rows_so_far_are_published_after_each_layer(store_root: Path) -> None:
    told: list[list[dict[str, Any]]] = []
    found = answered("upos", publish=lambda rows: told.append([*rows]))
    assert [max(row["layer"] for row in rows) for rows in told] == [0, 1]
    assert all(any(row["metric"] == "accuracy" and row["split"] == "test" for row in rows) for rows in told)
    assert found.rows[: len(told[1])] == told[1]


def most_common_in_train() -> str:
    tags = [word.upos for sentence in corpus().splits["train"] for word in sentence.words[:4]]
    return max(sorted(set(tags)), key=tags.count)


def test_words_without_a_vector_are_left_out_and_counted(store_root: Path) -> None:
    found = answered("upos")
    assert set(found.items["word"]) == {0, 1, 2, 3}
    assert any("test: 60 items left out" in note for note in found.notes)
    assert all(row["n"] == 240 for row in found.rows if row["metric"] == "accuracy" and row["split"] == "test")


def test_several_seeds_of_a_seeded_family_have_rows_of_their_own(store_root: Path) -> None:
    found = answered("upos", probes=("mlp",), width=8)
    rows = [row for row in found.rows if row["metric"] == "accuracy" and row["split"] == "test" and row["layer"] == 1]
    plain = [row for row in rows if json.loads(row["setting"]) == {}]
    assert sorted(str(row["seed"]) for row in plain) == ["0", "1", "None"]
    mean = np.mean([row["value"] for row in plain if row["seed"] is not None])
    assert value(found, "accuracy", 1) == pytest.approx(mean)


def test_a_control_that_gives_every_type_one_label_is_left_out(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = control.control_labels

    def collapsing(train: np.ndarray, types: list[str], classes: int, seed: int) -> np.ndarray:
        return np.zeros(len(types), np.int32) if seed == 1 else drawn(train, types, classes, seed)

    monkeypatch.setattr(control, "control_labels", collapsing)
    found = answered("upos")
    assert any("control task of 1 of 2 seeds" in note for note in found.notes)
    assert np.isfinite(value(found, "control_accuracy", 1))
    monkeypatch.setattr(control, "control_labels", lambda *_: np.zeros(len(_[1]), np.int32))
    nothing = answered("upos")
    assert not [row for row in nothing.rows if row["metric"] in ("control_accuracy", "selectivity")]
    assert value(nothing, "accuracy", 1) > 0.95


def test_a_family_that_codes_for_itself_gives_its_codes_and_no_curve(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variational, "ANNEALING", replace(variational.ANNEALING, samples=2, least=300))
    found = answered("upos", probes=("bayesian",), width=4, measure="decodability")
    assert not {"loss_at_n", "codelength", "v_entropy"} & {row["metric"] for row in found.rows}
    assert any("codes for itself" in note for note in found.notes)
    names = ("codelength", "model_codelength", "compression")
    control = {"labels": "control"}
    uniform = SIZES["train"] * 4 * np.log2(3)
    for setting in ({}, control):
        whole, model, ratio = (value(found, f"variational_{name}", 0, "train", **setting) for name in names)
        assert 0 < model < whole
        assert ratio == pytest.approx(uniform / whole, rel=0.01)
    assert value(found, "variational_compression", 0, "train") == pytest.approx(1, abs=0.06)
    assert value(found, "variational_compression", 1, "train") > 3
    assert value(found, "variational_compression", 1, "train") > value(found, "variational_compression", 1, "train", **control)
    rows = [
        row for row in found.rows if row["metric"] == "variational_codelength" and row["layer"] == 1 and row["seed"] is not None
    ]
    assert len(rows) == 4, "two seeds of the task and of its control"
    assert all(set(json.loads(row["setting"])) >= {"architecture"} for row in rows)
    own = [row["value"] for row in rows if "labels" not in row["setting"]]
    assert value(found, "variational_codelength", 1, "train") == pytest.approx(np.mean(own))


def test_no_baselines_means_none(store_root: Path) -> None:
    metrics = {row["metric"] for row in answered("upos", baselines=False).rows}
    assert metrics == {"accuracy", "macro_f1", "ece", "loss"}


def test_decodability_adds_the_curve_the_codes_and_usable_information(store_root: Path) -> None:
    found = answered("upos", measure="decodability")
    plain = answered("upos")
    more = {row["metric"] for row in found.rows} - {row["metric"] for row in plain.rows}
    assert more == {
        *(
            "loss_at_n",
            "accuracy_at_n",
            "codelength",
            "uniform_codelength",
            "compression",
            "model_codelength",
            "control_codelength",
        ),
        *("v_entropy", "v_information", "conditional_v_information"),
    }
    assert value(found, "accuracy", 1) == pytest.approx(value(plain, "accuracy", 1), abs=1e-6)
    # Layer 0 is noise: the labels cost what the prior says. Layer 1 carries the tag, and layer 0 adds nothing to it.
    assert value(found, "v_information", 0) == pytest.approx(0, abs=0.03)
    entropy = value(found, "v_entropy", -1)
    assert entropy == pytest.approx(np.log2(3), abs=0.02)
    assert value(found, "v_information", 1) == pytest.approx(entropy - value(found, "v_entropy", 1), abs=1e-6)
    assert value(found, "conditional_v_information", 1) == pytest.approx(value(found, "v_information", 1), abs=0.1)
    assert value(found, "compression", 0, "train") == pytest.approx(1, abs=0.06)
    assert value(found, "compression", 1, "train") > 4
    assert value(found, "codelength", 1, "train") < value(found, "uniform_codelength", 1, "train") / 4
    curve = [row for row in found.rows if row["metric"] == "loss_at_n" and row["layer"] == 1 and "labels" not in row["setting"]]
    assert [row["n"] for row in curve] == sorted(row["n"] for row in curve)
    assert curve[-1]["n"] == SIZES["train"] * 4
    assert curve[-1]["value"] < 0.3 < curve[0]["value"]
    assert all(row["lower"] <= row["value"] <= row["upper"] for row in curve)
    assert found.probes["1/curve/task"].shape == (1000, len(curve))
    code = next(row for row in found.rows if (row["metric"], row["layer"], row["setting"]) == ("codelength", 1, "{}"))
    bounds = np.quantile(found.probes["1/code/task"], [0.025, 0.975])
    assert bounds.tolist() == pytest.approx([code["lower"], code["upper"]], rel=1e-5), "the replicates of that very interval"
    assert {"0/curve/control", "1/curve/control"} <= set(found.probes)


def test_a_dev_that_cannot_be_halved_is_refused_in_a_sentence(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SIZES, "dev", 1)
    with pytest.raises(BadInput, match="take more dev sentences"):
        answered("upos", measure="decodability")


def test_the_frontier_of_the_planted_layer_lies_above_its_controls_and_above_noise(store_root: Path) -> None:
    found = answered("upos", measure="decodability")
    points = [row for row in found.rows if row["metric"] == "accuracy" and "nuclear_norm" in row["setting"]]
    assert {row["split"] for row in points} == {"dev"}, "the frontier never reads test"
    one = [row for row in points if row["layer"] == 1 and "labels" not in row["setting"]]
    norms = [json.loads(row["setting"])["nuclear_norm"] for row in one]
    assert norms == sorted(norms), "a weaker penalty is a larger norm"
    assert max(row["value"] for row in one) > 0.95
    names = {"minilm-l6": found.probes}
    table = tidy(found.rows)
    volumes = {
        (row["layer"], str(row["setting"])): row["value"] for row in hypervolumes(table, lambda c, _t, _p, name: names[c][name])
    }
    assert volumes[1, "{}"] > 0.6 > 0.2 > volumes[0, "{}"]
    assert volumes[1, "{}"] > volumes[1, "{'labels': 'control'}"]


def test_another_base_is_told_in_the_setting_and_a_layer_adds_nothing_to_itself(store_root: Path) -> None:
    found = answered("upos", measure="decodability", conditional_on="1", baselines=False)
    rows = {row["layer"]: row for row in found.rows if row["metric"] == "conditional_v_information"}
    assert {row["setting"] for row in rows.values()} == {'{"baseline":"1"}'}
    assert rows.keys() == {0, 1}
    assert rows[1]["value"] == pytest.approx(0, abs=0.02)
    assert rows[0]["value"] == pytest.approx(0, abs=0.05), "noise adds nothing to the tag"


def test_a_common_dimension_keeps_what_the_first_components_carry(store_root: Path) -> None:
    found = answered("upos", dimension=3)
    assert found.probes["1/0/weights_0"].shape == (3, len(FORMS))
    assert found.probes["1/projection/axes"].shape == (6, 3)
    assert value(found, "accuracy", 1) > 0.9


class FlatReader(PlantedReader):
    """Layer 0 is the same vector everywhere."""

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return super().words(layer, sentence, word) if layer else np.ones((len(word), 6), np.float32)


def test_a_constant_layer_answers_the_prior_and_is_told(store_root: Path) -> None:
    found = answered("upos", FlatReader, measure="decodability")
    assert value(found, "v_information", 0) == pytest.approx(0, abs=1e-3)
    assert value(found, "accuracy", 0) == pytest.approx(value(found, "majority", -1))
    assert any("layer 0 has the same vector for every train item" in note for note in found.notes)


def test_a_control_that_is_the_task_by_another_name_is_left_out_and_told(
    store_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {form: number for number, forms in enumerate(FORMS.values()) for form in forms}
    monkeypatch.setattr(
        control, "control_labels", lambda _train, types, _classes, _seed: np.array([kinds[name] for name in types], np.int32)
    )
    found = answered("upos", measure="decodability")
    assert not [row for row in found.rows if row["metric"] in ("selectivity", "control_codelength")]
    assert sum("tells the task's own labels" in note for note in found.notes) == 2, "of accuracy, and of the curve"
