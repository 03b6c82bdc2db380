"""What a sentence task gives away without a vector, on tasks whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from probing import corpora, tasks
from probing.cells import labels as cells
from probing.cells import trivial
from probing.cells.work import Work
from probing.corpora.sentence import Sentence, Word
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.tasks.task import Items, Labelled, Places

GRAMMAR = corpora.find("grammar").load().first({"train": 1000, "dev": 300, "test": 300})


def scores(name: str) -> dict[str, float]:
    labelled = tasks.get_task(name).label(GRAMMAR)
    return {baseline: by["test"].value for baseline, by in trivial.scores(labelled, labelled.indexed_sentences(GRAMMAR)).items()}


def test_a_bag_of_words_cannot_see_order() -> None:
    found = scores("bigram_shift")
    assert found["bag of words"] == pytest.approx(0.5, abs=0.1), "300 items: 3 standard errors are 0.09"
    assert found["length"] == pytest.approx(0.5, abs=0.1)


def test_a_bag_of_words_sees_words_and_length_sees_length() -> None:
    content, length = scores("word_content"), scores("sentence_length")
    assert content["bag of words"] > 0.95
    assert content["length"] < 0.3
    assert length["length"] > 0.97
    assert length["bag of words"] < length["length"]


def test_a_task_is_answered_once_however_many_checkpoints_ask() -> None:
    labelled = tasks.get_task("sentence_length").label(GRAMMAR)
    first = trivial.scores(labelled, GRAMMAR.splits)
    assert trivial.scores(labelled, GRAMMAR.splits) is first
    assert trivial.scores(replace(labelled), GRAMMAR.splits) is not first


def sentence(*forms: str) -> Sentence:
    return Sentence("s", tuple(Word(form, "_", "_", "_", (), -1, "_") for form in forms))


def items(label: np.ndarray) -> Items:
    return Items(np.arange(len(label), dtype=np.int32), np.full(len(label), -1, np.int32), label.astype(np.int32))


def test_words_that_train_has_once_say_nothing() -> None:
    labels = np.arange(40) % 2
    own = {split: [sentence(f"{split}{i}", "x" * (1 + i)) for i in range(40)] for split in ("train", "dev", "test")}
    labelled = Labelled("t", "sentence", ("a", "b"), {split: items(labels) for split in own}, (), own)
    assert set(trivial.scores(labelled, own)) == {"length"}, "no word stands twice"


def test_pairs_keep_their_two_sentences_apart() -> None:
    """Both words are in every pair; which of the two sentences has which tells the classes."""
    text = [sentence("red"), sentence("blue")]
    splits = {}
    for seed, split in enumerate(("train", "dev", "test")):
        label = np.random.default_rng(seed).integers(0, 2, 60).astype(np.int32)
        whole = np.full(60, -1, np.int32)
        splits[split] = Items(label, whole, label, second=Places(1 - label, whole, whole))
    own = dict.fromkeys(splits, text)
    assert trivial.scores(Labelled("t", "pair", ("a", "b"), splits, (), own), own)["bag of words"]["test"].value == 1.0


def test_a_class_that_train_lacks_is_answered_wrongly_and_not_with_an_error() -> None:
    labels = np.array([0, 1] * 20)
    text = [sentence("red") if label == 0 else sentence("blue", "sky") for label in labels]
    splits = {"train": items(labels), "dev": items(labels), "test": items(np.where(labels == 1, 2, 0))}
    found = trivial.scores(
        Labelled("t", "sentence", ("a", "b", "c"), splits, (), dict.fromkeys(splits, text)), dict.fromkeys(splits, text)
    )
    assert found["bag of words"]["test"].value == 0.5


class NoiseReader:
    """Vectors that say nothing."""

    width = 4

    def sentence_vectors(self, layer: int, sentence: np.ndarray) -> np.ndarray:
        return np.random.default_rng(layer).normal(size=(len(sentence), 4)).astype(np.float32)

    def words(self, layer: int, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return self.sentence_vectors(layer, sentence)

    def present(self, sentence: np.ndarray, word: np.ndarray) -> np.ndarray:
        return np.ones(len(sentence), dtype=bool)


@pytest.mark.parametrize(
    ("task", "baselines", "rows"),
    [("sentence_length", True, 2), ("sentence_length", False, 0), ("upos", True, 0)],
)
def test_a_cell_has_them_for_sentences_where_it_has_baselines(task: str, baselines: bool, rows: int) -> None:
    few = GRAMMAR.first({"train": 120, "dev": 40, "test": 40})
    spec = RunSpec.parse(
        {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": (task,), "layers": (0,), "seeds": 1, "baselines": baselines}
    )
    planned = plan(spec, Settings.read())
    labelled = tasks.get_task(task).label(few)
    offsets = dict.fromkeys(few.splits, 0)
    work = Work(
        planned.cells[0], planned.spec, labelled, few.splits, NoiseReader(), offsets, None, "cpu", lambda _done, _total: None
    )  # type: ignore[arg-type]
    found = [row for row in cells.answer(work).rows if "baseline" in row["setting"] and row["split"] == "test"]
    assert len(found) == rows
    for row in found:
        assert (row["metric"], row["layer"], row["n"], row["unit"]) == ("accuracy", -1, 40, "fraction")
        assert row["setting"] in ('{"baseline":"bag of words"}', '{"baseline":"length"}')
        assert row["lower"] <= row["value"] <= row["upper"]
