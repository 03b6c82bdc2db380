"""From a corpus to examples: which labels, which sentences, and what is said of odd ones."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from probing.corpora.sentence import Corpus, Sentence
from probing.errors import BadInput
from probing.tuning.data import examples, unlabelled
from tests.unit.tuning.made import corpus, sentence, word


def without(of: Corpus, **splits: list[Sentence]) -> Corpus:
    return replace(of, splits=of.splits | splits)


def test_a_smaller_draw_begins_a_larger_one_and_the_seed_draws_another() -> None:
    def forms(size: int, seed: int) -> list[tuple[str, ...]]:
        return [example.forms for example in examples(corpus(), "intent", None, size, seed).splits["train"]]

    assert forms(8, 0) == forms(32, 0)[:8]
    assert forms(48, 0) != forms(48, 1)
    assert sorted(forms(48, 0)) == sorted(forms(48, 1))


def test_each_task_reads_its_own_labels() -> None:
    asked = examples(corpus(), "intent+slots")
    assert asked.columns == {"sentence": "intent", "word": "slot"}
    assert asked.classes.known == ("cat", "dog")
    assert asked.tags.known == ("B-cat", "B-dog", "I-cat", "I-dog", "O")
    one = asked.splits["train"][0]
    assert one.tags is not None
    assert len(one.tags) == len(one.forms)
    assert examples(corpus(), "classification").columns == {"sentence": "label"}
    assert examples(corpus(), "classification", "intent").classes.known == ("cat", "dog")
    upos = without(corpus(), **{split: [_tagged(s) for s in some] for split, some in corpus().splits.items()})
    assert examples(upos, "tokens", "upos").tags.known == ("NOUN", "X")


def _tagged(one: Sentence) -> Sentence:
    words = tuple(replace(w, upos="NOUN" if w.form in ("cat", "dog") else "X") for w in one.words)
    return replace(one, words=words)


def test_unseen_labels_and_classes_with_one_example_are_told() -> None:
    made = corpus()
    odd = replace(made.splits["dev"][0], labels=(("intent", "bird"),))
    once = replace(made.splits["train"][0], labels=(("intent", "fish"),))
    found = examples(without(made, dev=[odd, *made.splits["dev"]], train=[once, *made.splits["train"]]), "intent")
    assert found.classes.known == ("cat", "dog", "fish")
    assert found.classes.unseen == ("bird",)
    assert found.splits["dev"][0].label == 3
    assert any(note.startswith("dev: 1 sentences have a class that train lacks") for note in found.notes)
    assert any("1 class with one example (fish)" in note for note in found.notes)


def test_pairs_are_two_sentences() -> None:
    made = corpus()
    with pytest.raises(BadInput, match="no pairs of sentences"):
        examples(made, "pairs")
    other = Sentence("other", (word("zebra"),))
    paired = without(made, **{split: [replace(s, second=other) for s in some] for split, some in made.splits.items()})
    found = examples(paired, "pairs")
    assert found.splits["train"][0].second == ("zebra",)


def test_text_without_labels_has_nothing_to_answer() -> None:
    found = unlabelled(corpus(), 5, 1)
    assert len(found.splits["train"]) == 5
    assert found.classes.all == ()


@pytest.mark.parametrize(
    ("task", "column", "size", "said"),
    [
        ("intents", None, None, "choose one of classification"),
        ("classification", "sentiment", None, "no label of sentences named 'sentiment': it has label, intent"),
        ("classification", None, 49, "49 train sentences were asked for, and animals has 48"),
        ("tokens", "upos", None, "no label of words named 'upos'"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(task: str, column: str | None, size: int | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        examples(corpus(), task, column, size)


def test_one_class_alone_teaches_nothing() -> None:
    draw = random.Random(0)
    cats = [one for one in (sentence(str(i), draw) for i in range(20)) if dict(one.labels)["intent"] == "cat"]
    with pytest.raises(BadInput, match=r"one class alone \(cat\)"):
        examples(without(corpus(), train=cats), "intent")
    with pytest.raises(BadInput, match="has no label of sentences"):
        examples(without(corpus(), train=[replace(one, labels=()) for one in cats]), "intent")
    with pytest.raises(BadInput, match="no dev sentences for intent"):
        examples(without(corpus(), dev=[replace(one, labels=()) for one in cats]), "intent")


def test_tags_that_are_no_slots_are_sent_to_tokens() -> None:
    upos = without(corpus(), **{split: [_tagged(s) for s in some] for split, some in corpus().splits.items()})
    with pytest.raises(BadInput, match="take the task tokens"):
        examples(upos, "slots", "upos")
