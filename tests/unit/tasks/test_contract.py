"""What every registered task promises, and every feature that the embedded corpus offers."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

import numpy as np
import pytest

from probing import corpora, tasks
from probing.corpora.sentence import Corpus, Sentence, Word
from probing.errors import BadInput
from probing.registry import Card

GRAMMAR = corpora.find("grammar").load()
SENTEVAL = {
    "sentence_length",
    "word_content",
    "tree_depth",
    "top_relations",
    "bigram_shift",
    "past_present",
    "subj_number",
    "obj_number",
    "odd_man_out",
    "coordination_inversion",
}
OWN = ("span_label", "edge_label")  # asked of what a user's data mark: tests/unit/tasks/test_edges.py
EVERY = list(tasks.SERIES)
NAMES = [name for name in tasks.TASKS.names() if name not in (*EVERY, *OWN)] + tasks.expand(["feats:*"], GRAMMAR)


def plain(splits: dict[str, int], form: str = "a") -> Corpus:
    """Sentences of one word, all annotated alike."""
    word = Word(form, form, "NOUN", "NN", (("Number", "Sing"),), 0, "root")
    return Corpus("alike", "h", {split: [Sentence("s", (word,))] * count for split, count in splits.items()})


def test_names_that_stored_runs_use_are_there() -> None:
    """A new task is one file, and is not listed here."""
    words = {"upos", "xpos", "deprel", "head_direction", "head_distance", "word_depth"}
    assert words | SENTEVAL | {"trees", "arc_label", "arc", *OWN, *EVERY} <= set(tasks.TASKS.names())
    assert {"label:*", "pair:*", "number:*", "tag:*", "entities:*", "feats:*"} <= set(EVERY)
    assert "feats:Number" in NAMES
    assert "feats:Tense" in NAMES


@pytest.mark.parametrize("name", [*NAMES, *EVERY, *OWN])
def test_cards_are_complete_and_survive_json(name: str) -> None:
    card = tasks.get_task(name).card
    assert card.name == name
    assert all(isinstance(getattr(card, field.name), str) and getattr(card, field.name).strip() for field in fields(card))
    assert Card(**json.loads(json.dumps(asdict(card)))) == card


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_whole_and_the_same_every_time(name: str) -> None:
    task = tasks.get_task(name)
    found, again = task.label(GRAMMAR), task.label(GRAMMAR)
    assert (found.task, found.level) == (name, task.level)
    assert list(found.classes) == sorted(set(found.classes))
    assert list(found.splits) == list(GRAMMAR.splits)
    used = set()
    for split, items in found.splits.items():
        sentences = found.indexed_sentences(GRAMMAR)[split]
        assert len(items) > 0
        for array in (items.sentence, items.word, items.label):
            assert array.dtype == np.int32
            assert array.shape == (len(items),)
        assert np.all(np.diff(items.sentence) >= 0), "in the order of the text"
        if task.level in ("sentence", "tree"):
            assert set(items.word.tolist()) == {-1}
        else:
            lengths = np.array([len(sentence.words) for sentence in sentences])
            assert np.all((items.word >= 0) & (items.word < lengths[items.sentence]))
        used |= set(items.label.tolist())
        other = again.splits[split]
        assert np.array_equal(items.label, other.label)
        assert np.array_equal(items.word, other.word)
    if task.level == "tree":
        assert not found.classes
        assert used == {-1}, "the answer is the tree"
        return
    assert used == set(range(len(found.classes))), "every class is somebody's"
    assert len(set(found.splits["train"].label.tolist())) >= 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("splits", [{"train": 0, "dev": 0, "test": 0}, {"train": 0, "dev": 2, "test": 2}])
def test_an_empty_train_is_refused_in_words(name: str, splits: dict[str, int]) -> None:
    with pytest.raises(BadInput) as error:
        tasks.get_task(name).label(plain(splits))
    said = str(error.value)
    assert "train" in said
    assert " of alike" in said
    assert said.endswith(".")
    assert "\n" not in said


@pytest.mark.parametrize("name", NAMES)
def test_one_class_is_refused_in_words(name: str) -> None:
    with pytest.raises(BadInput) as error:
        tasks.get_task(name).label(plain({"train": 300, "dev": 2, "test": 2}))
    said = str(error.value)
    assert name.removeprefix("feats:") in said
    assert "train of alike" in said


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_dev_is_refused_in_words(name: str) -> None:
    splits = {**GRAMMAR.splits, "dev": []}
    with pytest.raises(BadInput, match=r"nothing to label in the dev split of cut"):
        tasks.get_task(name).label(Corpus("cut", "h", splits))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pos", "Unknown task 'pos': known are .*upos.*deprel"),
        ("", "Unknown task '': known are"),
        ("UPOS", "Unknown task 'UPOS': known are"),
        ("feats", "Unknown task 'feats': known are .*feats:"),
        ("feats:", "needs the name of a feature, such as feats:Number, or feats:"),
        ("label:", "needs the name of a column, such as label:intent, or label:"),
    ],
)
def test_unknown_names_are_refused_with_what_is_known(name: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        tasks.get_task(name)
    with pytest.raises(BadInput, match=said):
        tasks.expand([name], GRAMMAR)
