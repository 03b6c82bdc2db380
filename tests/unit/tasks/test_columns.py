"""Tasks of own columns: labels, pairs, numbers, tags and spans by hand, what is offered, and what is refused in words."""

from __future__ import annotations

import numpy as np
import pytest

from probing import tasks
from probing.corpora.sentence import Corpus, Sentence
from probing.corpora.words import bare
from probing.errors import BadInput
from probing.tasks.columns import MOST


def said(text: str, second: str | None = None, tags: str = "", **labels: str) -> Sentence:
    marks = [(("slot", tag),) for tag in tags.split()] or [()] * len(text.split())
    words = tuple(bare(form, mark) for form, mark in zip(text.split(), marks, strict=True))
    other = None if second is None else Sentence("2", tuple(bare(form) for form in second.split()))
    return Sentence("1", words, 1, tuple(labels.items()), second=other)


def corpus(*sentences: Sentence) -> Corpus:
    return Corpus("own", "h", {"train": list(sentences), "dev": list(sentences), "test": list(sentences)})


LABELLED = corpus(said("a b", intent="play", score="1.5"), said("c", intent="book", score="3"), said("d e", score="4"), said("f"))
PAIRS = corpus(said("a", "b c", label="yes"), said("d", label="yes"), said("e f", "g", label="no"))
SLOTS = corpus(
    said("book The Inn now", tags="O B-name I-name B-time"), said("play it", tags="O O"), said("at noon", tags="O I-time")
)


def test_labels_of_sentences() -> None:
    found = tasks.get_task("label:intent").label(LABELLED)
    assert (found.task, found.level, found.classes) == ("label:intent", "sentence", ("book", "play"))
    items = found.splits["test"]
    assert (items.sentence.tolist(), items.word.tolist(), items.label.tolist()) == ([0, 1], [-1, -1], [1, 0])
    assert found.notes == ("label:intent: 6 sentences without a label were left out.",)


def test_tags_of_words() -> None:
    found = tasks.get_task("tag:slot").label(SLOTS)
    assert (found.level, found.classes) == ("word", ("B-name", "B-time", "I-name", "I-time", "O"))
    items = found.splits["train"]
    assert items.sentence.tolist() == [0, 0, 0, 0, 1, 1, 2, 2]
    assert items.word.tolist() == [0, 1, 2, 3, 0, 1, 0, 1]
    assert [found.classes[i] for i in items.label] == ["O", "B-name", "I-name", "B-time", "O", "O", "O", "I-time"]


def test_spans_that_tags_tell() -> None:
    found = tasks.get_task("entities:slot").label(SLOTS)
    assert (found.level, found.classes) == ("span", ("name", "time"))
    items = found.splits["train"]
    assert items.end is not None
    assert list(zip(items.sentence.tolist(), items.word.tolist(), items.end.tolist(), strict=True)) == [
        (0, 1, 3),
        (0, 3, 4),
        (2, 1, 2),
    ]
    assert items.label.tolist() == [0, 1, 1]


def test_pairs_bring_both_sentences() -> None:
    found = tasks.get_task("pair:label").label(PAIRS)
    assert (found.level, found.classes) == ("pair", ("no", "yes"))
    assert found.sentences is not None
    assert [sentence.text for sentence in found.sentences["dev"]] == ["a", "e f", "b c", "g"]
    items = found.splits["dev"]
    assert items.second is not None
    assert (items.sentence.tolist(), items.second.sentence.tolist()) == ([0, 1], [2, 3])
    assert items.label.tolist() == [1, 0]
    assert {array.dtype for array in (items.second.sentence, items.second.begin)} == {np.dtype(np.int32)}
    assert found.notes == ("pair:label: 3 pairs without a label were left out.",)


def test_numbers_keep_their_values_and_have_bins() -> None:
    made = corpus(
        *(said("a", score=str(value)) for value in (0.5, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5)), said("b", score="9e3")
    )
    found = tasks.get_task("number:score").label(made)
    items = found.splits["train"]
    assert items.number is not None
    assert items.number.tolist() == [0.5, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5, 9000]
    assert (np.diff(items.label) >= 0).all(), "bins sort by name as by size"
    assert found.classes[0] == "1: below 1"
    assert found.classes[-1].startswith(f"{len(found.classes)}: from ")
    assert tasks.get_task("number:score").numeric
    assert not tasks.get_task("label:score").numeric


def test_only_what_can_be_asked_is_offered() -> None:
    names = {offer.name for offer in tasks.available_tasks(LABELLED) if offer.reason_not is None}
    assert {"label:intent", "number:score"} & names == {"number:score"}, "two labels that never recur are an id"
    twice = corpus(*LABELLED.splits["train"], *LABELLED.splits["train"])
    assert {"label:intent", "label:score", "number:score"} <= {offer.name for offer in tasks.available_tasks(twice)}
    assert {"tag:slot", "entities:slot"} <= {offer.name for offer in tasks.available_tasks(SLOTS) if offer.reason_not is None}
    plain = corpus(said("a b", tags="N V"), said("c", tags="N"))
    assert {"tag:slot"} == {offer.name for offer in tasks.available_tasks(plain) if offer.name.startswith(("tag:", "entities:"))}
    many = corpus(
        *(said("a", topic=str(i), kind="x" if i % 2 else "y") for i in range(MOST + 1)),
        *(said("a", topic=str(i)) for i in range(MOST + 1)),
    )
    assert [offer.name for offer in tasks.available_tasks(many) if offer.name.startswith("label:")] == ["label:kind"]
    paired = corpus(*PAIRS.splits["train"], *PAIRS.splits["train"])
    assert {"pair:label", "label:label"} <= {offer.name for offer in tasks.available_tasks(paired)}
    assert not [offer for offer in tasks.available_tasks(paired) if offer.name.startswith("number:")]


def test_a_star_stands_for_all_that_qualify() -> None:
    assert tasks.expand(["tag:*", "entities:*", "upos"], SLOTS) == ["tag:slot", "entities:slot", "upos"]
    with pytest.raises(BadInput, match=r"No column of own can be asked as label:\*: it needs labels in own data"):
        tasks.expand(["label:*"], SLOTS)


@pytest.mark.parametrize(
    ("name", "made", "message"),
    [
        ("label:topic", LABELLED, "label:topic needs a column that train of own does not have: of this form it has none"),
        ("tag:ner", SLOTS, "tag:ner needs a column .* it has tag:slot"),
        ("entities:slot", corpus(said("a b", tags="N V")), "needs BIO tags .* ask tag:slot instead"),
        (
            "number:intent",
            LABELLED,
            "number:intent needs numbers of single sentences, and intent of own has none: ask label:intent",
        ),
        ("number:score", corpus(said("a", score="1")), "number:score is 1 for nearly all of train of own"),
        ("label:intent", corpus(said("a", intent="x")), "label:intent has one label, 'x', in train of own"),
        ("label:*", LABELLED, r"label:\* stands for several tasks: name one, such as label:intent"),
        ("pair:intent", LABELLED, "pair:intent needs pairs, and train of own has none: ask label:intent instead"),
        ("label:intent", Corpus("own", "h", {**LABELLED.splits, "dev": []}), "nothing to label in the dev split of own"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(name: str, made: Corpus, message: str) -> None:
    with pytest.raises(BadInput, match=message) as error:
        tasks.get_task(name).label(made)
    assert "\n" not in str(error.value)


def test_cards_name_the_column() -> None:
    card = tasks.get_task("tag:slot").card
    assert (card.name, card.title) == ("tag:slot", "Tag of a word: slot")
    assert "{}" not in card.measures
    assert "a column of own data" in tasks.get_task("tag:*").card.measures


def test_a_hundred_thousand_classes_are_refused_before_any_array_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    many = corpus(*(said(f"w{i}", label=f"c{i % 60}") for i in range(120)))
    assert len(tasks.get_task("label:label").label(many).classes) == 60
    monkeypatch.setenv("STRATA_MAX_CLASSES", "50")
    with pytest.raises(BadInput, match="has 60 different labels in train of own, more than 50: choose a column"):
        tasks.get_task("label:label").label(many)
