"""A cell of numbers on planted vectors: the layer that carries the number is found, its baselines stand beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from probing.cells.work import CellResult
from probing.corpora.sentence import Corpus
from probing.tasks import control
from probing.tasks.task import Items, Labelled
from tests.planted.words import PlantedReader, corpus
from tests.unit.cells.rows import answered, value


class NumberReader(PlantedReader):
    """Layer 1 carries the word's place in its sentence beside five dimensions of noise."""

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        rows = np.random.default_rng(layer).normal(size=(len(word), 6)).astype(np.float32)
        rows[:, 2] += 10 * layer * word
        return rows


def places(text: Corpus) -> Labelled:
    """The number is the word's place; the last word has no vector."""
    splits = {}
    for name, sentences in text.splits.items():
        rows = np.array([(s, w) for s, one in enumerate(sentences) for w in range(len(one.words))], dtype=np.int32)
        splits[name] = Items(rows[:, 0], rows[:, 1], np.zeros(len(rows), np.int32), number=rows[:, 1].astype(np.float64))
    return Labelled("sentence_length", "word", ("a", "b"), splits)


def answer(**more: Any) -> CellResult:
    return answered("sentence_length", NumberReader, places(corpus()), probes=("regression",), **more)


def test_the_planted_layer_is_found_and_noise_is_nothing(store_root: Path) -> None:
    found = answer()
    assert value(found, "r2", 1) > 0.98
    assert value(found, "spearman", 1) > 0.95
    assert abs(value(found, "r2", 0)) < 0.1


def test_control_numbers_of_a_place_cannot_be_told_from_it(store_root: Path) -> None:
    found = answer()
    assert value(found, "r2", 1, labels="control") < 0.2


def test_the_baseline_of_positions_tells_what_is_a_position(store_root: Path) -> None:
    assert value(answer(), "r2", -1, baseline="position") == pytest.approx(1.0)


def test_no_baselines_means_none(store_root: Path) -> None:
    assert {row["setting"] for row in answer(baselines=False).rows if row["split"] == "test"} == {"{}"}


def test_items_keep_the_numbers_and_the_words_without_a_vector_are_told(store_root: Path) -> None:
    found = answer()
    items = found.items[found.items["layer"] == 1]
    assert sorted(items["gold"].unique()) == [0, 1, 2, 3]
    assert np.corrcoef(items["gold"], items["predicted"])[0, 1] > 0.98
    assert any("has no vector" in note for note in found.notes)


def test_control_seeds_that_cannot_be_fitted_are_left_out_and_told(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = control.control_numbers

    def constant(train: np.ndarray, types: list[str], seed: int) -> np.ndarray:
        return np.ones(len(types)) if seed == 1 else drawn(train, types, seed)

    monkeypatch.setattr(control, "control_numbers", constant)
    assert "sentence_length: the control task of 1 of 2 seeds gives every word type one number" in "\n".join(answer().notes)
    monkeypatch.setattr(control, "control_numbers", drawn)
    monkeypatch.setattr(control, "seen", lambda _train, types: np.zeros(len(types), bool))
    nothing = answer()
    assert "control task of 2 of 2 seeds has no number in dev" in "\n".join(nothing.notes)
    assert not [one for one in nothing.rows if "control" in one["setting"]]
