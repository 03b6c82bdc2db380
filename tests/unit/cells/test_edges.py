"""A cell of spans on planted vectors: rows of layers and mixes, controls, what is kept, what is left out and said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cache.table import tidy
from probing import tasks
from probing.cells import edges as edge_cell
from probing.cells.work import CellResult, Work
from probing.corpora.sentence import Corpus, Sentence, Target, Word
from probing.errors import BadInput
from probing.estimate import problems
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.solvers import edges
from tests.unit.cells.rows import value

WIDTH, LONG = 10, 6
SIZES = {"train": 900, "dev": 100, "test": 120}
SAYS, FILLER = ("a", "b", "c"), "x"


def order(one: Word, other: Word) -> str:
    a, b = one.form[0], other.form[0]
    return "same" if a == b else "before" if a < b else "after"


def corpus() -> Corpus:
    """Two pairs and two spans a sentence; a pair's label is how their first letters are ordered, a span's its first letter.

    Spans begin at every other word; the words between are filler.
    """
    draw = np.random.default_rng(0)
    splits = {}
    for split, size in SIZES.items():
        sentences = []
        for number in range(size):
            forms = [f"{FILLER if place % 2 else draw.choice(SAYS)}{draw.integers(20)}" for place in range(LONG)]
            words = tuple(Word(form, "_", "X", "_", (), -1, "_") for form in forms)
            targets = []
            for _ in range(2):
                first, second = (int(begin) for begin in draw.choice(range(0, LONG, 2), 2, replace=False))
                targets.append(
                    Target(order(words[first], words[second]), (first, first + int(draw.integers(1, 3))), (second, second + 1))
                )
                targets.append(Target(words[first].form[0], (first, first + 1)))
            sentences.append(Sentence(f"{split}-{number}", words, targets=tuple(targets)))
        splits[split] = sentences
    return Corpus("planted", "0" * 32, splits)


class PlantedReader:
    """Layer 2 carries the first letter, layers 0 and 1 are noise; no word ending in 7 has a vector."""

    def __init__(self, text: Corpus) -> None:
        self.sentences = [sentence for split in text.splits.values() for sentence in split]

    def _form(self, sentence: int, word: int) -> str:
        return self.sentences[sentence].words[word].form

    def present(self, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return np.array([not self._form(s, w).endswith("7") for s, w in zip(sentence, word, strict=True)], dtype=bool)

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        letters = [(*SAYS, FILLER).index(self._form(s, w)[0]) for s, w in zip(sentence, word, strict=True)]
        noise = np.random.default_rng(layer).normal(size=(len(letters), WIDTH)).astype(np.float32)
        return noise + (5 * np.eye(WIDTH, dtype=np.float32)[letters] if layer == 2 else 0)


@pytest.fixture(autouse=True)
def quick(store_root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges, "SCHEDULE", replace(edges.SCHEDULE, batch=128, rounds=20, patience=20, slower=0.9, rate=5e-3))


def answer(task: str, **more: Any) -> CellResult:
    text = corpus()
    asked = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": (task,), "probes": ("edge",), "layers": (0, 1, 2)}
    planned = plan(RunSpec.parse(asked | {"seeds": 1, "width": (32,)} | more), Settings.read())
    offsets = {"train": 0, "dev": SIZES["train"], "test": SIZES["train"] + SIZES["dev"]}
    reader: Any = PlantedReader(text)
    work = Work(
        planned.cells[0],
        planned.spec,
        tasks.get_task(task).label(text),
        text.splits,
        reader,
        offsets,
        None,
        "cpu",
        lambda _d, _t: None,
    )
    return edge_cell.answer(work)


def test_the_planted_layer_is_found_by_its_own_probe_and_by_the_mixes(quick: None) -> None:
    found = answer("edge_label")
    assert value(found, "micro_f1", 2) > 0.9 > 0.45 > value(found, "micro_f1", 0)
    assert value(found, "micro_f1", 2) == pytest.approx(value(found, "accuracy", 2), abs=0.05), "sure of most items"
    assert value(found, "micro_f1", 0, mix="0..0") == value(found, "micro_f1", 0)
    assert value(found, "micro_f1", 1, mix="0..1") < 0.45
    top = value(found, "micro_f1", 2, mix="0..2")
    assert top > 0.9
    assert value(found, "mix_gain", 2) == pytest.approx(top - value(found, "micro_f1", 1, mix="0..1"))
    assert value(found, "centre_of_gravity", -1, "train") == pytest.approx(2, abs=0.2)
    assert sum(value(found, "mix_share", layer, "train") for layer in range(3)) == pytest.approx(1)
    assert value(found, "expected_layer", -1) == pytest.approx(2, abs=0.1)
    table = tidy(found.rows)
    assert set(table[table["metric"].isin(["expected_layer", "centre_of_gravity"])]["unit"]) == {"layers"}
    assert value(found, "loss", 2, "dev") < 0.5 < value(found, "loss", 0, "dev")
    assert value(found, "selectivity", 2) == pytest.approx(
        value(found, "accuracy", 2, items="seen types") - value(found, "control_accuracy", 2)
    )
    assert value(found, "majority", -1) < 0.5


def test_items_are_pairs_and_add_up_to_the_rows_and_its_mix_is_stored(quick: None) -> None:
    found = answer("edge_label", baselines=False)
    own = found.items[found.items["layer"] == 2]
    assert (own["gold"] == own["predicted"]).mean() == pytest.approx(value(found, "accuracy", 2))
    assert -own["log2p"].mean() == pytest.approx(value(found, "loss", 2), rel=1e-4)
    assert (own["second_sentence"] == own["sentence"]).all()
    text = corpus().splits["test"]
    for row in own.to_dict("records"):
        assert row["gold"] == order(*(text[row["sentence"]].words[row[column]] for column in ("word", "second_word")))
    asked = sum(target.second is not None for sentence in text for target in sentence.targets)
    assert len(own) < asked
    assert any(f"test: {asked - len(own)} items left out" in note for note in found.notes)
    assert not [row for row in found.rows if row["metric"] in ("majority", "control_accuracy")]
    state = {name.removeprefix("mix/0/"): array for name, array in found.probes.items() if name.startswith("mix/0/")}
    assert state["mix"].shape == (3,)
    assert {name.split("/")[0] for name in found.probes} == {"0", "1", "2", "mix"}


def test_spans_have_one_end_and_noise_has_no_expected_layer(quick: None) -> None:
    found = answer("span_label", layers=(0, 1), seeds=2, seed=4)
    assert "second_word" not in found.items
    assert set(found.items["seed"]) == {4, 5}
    assert np.isnan(value(found, "expected_layer", -1))
    assert any("test: no expected layer, since" in note for note in found.notes)
    assert value(found, "micro_f1", 1) == pytest.approx(np.mean([value(found, "micro_f1", 1, seed=seed) for seed in (4, 5)]))
    centres = [value(found, "centre_of_gravity", -1, "train", seed=seed) for seed in (4, 5)]
    assert value(found, "centre_of_gravity", -1, "train") == pytest.approx(np.mean(centres))
    assert value(found, "accuracy", 1) < 0.5


def test_vectors_in_files_are_vectors_in_memory(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edges, "SCHEDULE", replace(edges.SCHEDULE, batch=128, rounds=2, rate=5e-3))
    held = answer("span_label", baselines=False)
    monkeypatch.setattr(edge_cell, "AT_ONCE", 1)
    filed = answer("span_label", baselines=False)
    assert [row["value"] for row in filed.rows if row["metric"] == "micro_f1"] == [
        row["value"] for row in held.rows if row["metric"] == "micro_f1"
    ]


def test_one_layer_has_no_mix(quick: None) -> None:
    found = answer("span_label", layers=(2,), baselines=False)
    assert value(found, "accuracy", 2) > 0.95
    assert {row["metric"] for row in found.rows} == {"micro_f1", "accuracy", "macro_f1", "ece", "loss"}


def test_what_edge_probes_do_not_do_is_refused_and_their_cost_is_known(quick: None) -> None:
    for more in ({"measure": "decodability"}, {"dimension": 4}):
        with pytest.raises(BadInput, match="edge"):
            answer("edge_label", **more)
    one = RunSpec.parse({"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": ("arc",), "probes": ("edge",)})
    assert problems(one, "edge") > problems(one, "linear")
    assert one.widths("edge") == (256,)
    assert one.widths("mlp") == (128,)
