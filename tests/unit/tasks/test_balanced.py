"""What balanced tasks promise together: equal classes, no leaks, limits that only cut, everything counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from probing import corpora, tasks
from probing.corpora.sentence import Corpus, Sentence, Word
from probing.errors import BadInput
from probing.registry import Card
from probing.tasks.balanced import BalancedTask, Case, held_out, of_each
from probing.tasks.main_clause import tense
from probing.tasks.task import Labelled
from probing.tasks.word_content import targets

GRAMMAR = corpora.find("grammar").load()
BALANCED = [task.card.name for task in tasks.TASKS if isinstance(task, BalancedTask)]
PAGE = (Path(__file__).parents[3] / "docs" / "tasks.md").read_text(encoding="utf-8")
DECIDED = ("past_present", "subj_number", "obj_number")


def mixed() -> Corpus:
    """Splits that share words, and some of their sentences."""
    text = GRAMMAR.splits["train"][:2400]
    return Corpus("mixed", "h", {"train": text[:1500], "dev": text[1400:1900], "test": [*text[1850:], *text[:20]]})


MIXED = mixed()


def counted(found: Labelled, split: str) -> Counter[str]:
    return Counter(found.classes[label] for label in found.splits[split].label)


def texts(found: Labelled) -> dict[str, set[str]]:
    assert found.sentences is not None
    return {split: {sentence.text.lower() for sentence in sentences} for split, sentences in found.sentences.items()}


@pytest.mark.parametrize("name", BALANCED)
def test_classes_are_equal_in_every_split(name: str) -> None:
    found = tasks.get_task(name).label(GRAMMAR)
    sizes = " / ".join(f"{len(found.splits[split]):,}" for split in ("train", "dev", "test"))
    assert f"| `{name}` | sentence | {len(found.classes)} | {sizes}" in PAGE, "docs/tasks.md is out of date: docs/build_tasks.py"
    for split in found.splits:
        counts = counted(found, split)
        assert set(counts) == set(found.classes)
        assert len(set(counts.values())) == 1
    assert found.notes[0].startswith(f"{name} has items in equal numbers a class: {len(found.splits['train']):,} of train")


@pytest.mark.parametrize("name", [name for name in BALANCED if name != "word_content"])
def test_no_sentence_stands_in_two_splits_or_twice(name: str) -> None:
    found = tasks.get_task(name).label(MIXED)
    said = texts(found)
    assert not said["train"] & said["test"]
    assert not said["train"] & said["dev"]
    assert not said["dev"] & said["test"]
    assert {split: len(some) for split, some in said.items()} == {split: len(items) for split, items in found.splits.items()}
    assert "twice or in another split" in found.notes[0]
    originals = {sentence.id.partition("#")[0] for sentence in (found.sentences or {})["train"]}
    assert not originals & {sentence.id.partition("#")[0] for sentence in (found.sentences or {})["test"]}


@pytest.mark.parametrize("name", DECIDED)
def test_no_word_decides_on_both_sides(name: str) -> None:
    task = tasks.get_task(name)
    assert isinstance(task, BalancedTask)
    found = task.label(MIXED)
    deciding = {case.sentence.text: case.decides for some in task.cases(MIXED).values() for case in some if case is not None}
    train, dev, test = ({deciding[s.text] for s in (found.sentences or {})[split]} for split in ("train", "dev", "test"))
    assert train
    assert not train & (dev | test)
    assert dev & test, "dev and test share theirs"
    assert "decided by a word of the other side" in found.notes[0]


def test_replacements_of_train_are_never_those_of_test() -> None:
    task = tasks.get_task("odd_man_out")
    assert isinstance(task, BalancedTask)
    for split, cases in task.cases(MIXED).items():
        odd = {case.decides for case in cases if case is not None and case.label == "odd"}
        assert odd
        assert all(held_out(word, "odd_man_out") == (split != "train") for word in odd)


@pytest.mark.parametrize("name", ["bigram_shift", "odd_man_out", "past_present"])
def test_a_limit_only_cuts(name: str) -> None:
    task = tasks.get_task(name)
    whole, cut = task.label(GRAMMAR), task.label(GRAMMAR.first({"train": 1500, "dev": None, "test": 200}))
    assert whole.sentences is not None
    assert cut.sentences is not None
    everything = {
        s.id.partition("#")[0]: s for some in task.cases(GRAMMAR).values() for case in some if case for s in [case.sentence]
    }  # type: ignore[attr-defined]
    for sentence in cut.sentences["train"]:
        assert everything[sentence.id.partition("#")[0]] == sentence, "changed, or not, in the same way"
    assert 1000 <= len(cut.splits["train"]) < len(whole.splits["train"])
    assert len(cut.splits["dev"]) == len(whole.splits["dev"])


def test_a_limit_that_leaves_too_little_is_read_beyond() -> None:
    found = tasks.get_task("subj_number").label(GRAMMAR.first({"train": 300, "dev": 20, "test": 20}))
    assert {split: len(items) for split, items in found.splits.items()} == {
        "train": 300,
        "dev": 100,
        "test": 100,
        "test_seen": 100,
    }
    assert found.notes[1].startswith("subj_number: train, dev, test, test_seen drawn from beyond the run's limits")
    whole = tasks.get_task("subj_number").label(GRAMMAR)
    assert len(whole.notes) == 1


def test_too_few_items_are_offered_and_said() -> None:
    small = Corpus("small", "h", {split: sentences[:600] for split, sentences in GRAMMAR.splits.items() if split != "test_seen"})
    found = tasks.get_task("coordination_inversion").label(small)
    assert 0 < len(found.splits["test"]) < 100
    assert found.notes[-1].startswith(f"coordination_inversion has too few items: {len(found.splits['test'])} in test")
    offer = next(offer for offer in tasks.available_tasks(small) if offer.name == "coordination_inversion")
    assert (offer.reason_not, offer.too_few) == (None, True)


def test_a_class_that_a_split_lacks_is_refused_in_words() -> None:
    past = [s for s in GRAMMAR.splits["test"] if (case := tense(s)) is not None and case.label == "past"]
    with pytest.raises(BadInput, match="past_present has past or present in train of cut, and not two of them in every split"):
        tasks.get_task("past_present").label(Corpus("cut", "h", {**GRAMMAR.splits, "test": past}))


def test_short_sentences_are_not_asked() -> None:
    def made(split: str) -> list[Sentence]:
        return [
            Sentence(f"{split}{i}", tuple(Word(f"{split}{i}w{j}", "_", "X", "_", (), -1, "_") for j in range(4 + i % 3)))
            for i in range(60)
        ]

    card = vars(Card("odd", "Odd", "m", "a", "m", "s"))
    task = BalancedTask(**card, asks="Odd?", cases=of_each(lambda s: Case(s, str(len(s.words) % 2), s)), needs="anything")
    found = task.label(Corpus("made", "h", {split: made(split) for split in ("train", "dev", "test")}))
    assert {len(sentence.words) for sentence in (found.sentences or {})["train"]} == {5, 6}
    assert len(found.splits["train"]) == 40


def test_classes_are_equal_within_each_stratum() -> None:
    task = tasks.get_task("coordination_inversion")
    assert isinstance(task, BalancedTask)
    strata = {case.sentence.id: case.stratum for some in task.cases(GRAMMAR).values() for case in some if case is not None}
    found = task.label(GRAMMAR)
    assert found.sentences is not None
    for split, items in found.splits.items():
        counts = Counter((strata[s.id], int(label)) for s, label in zip(found.sentences[split], items.label, strict=True))
        assert all(counts[stratum, 0] == counts[stratum, 1] for stratum, _ in counts)


def test_each_word_has_its_own_sentences() -> None:
    words, found = targets(GRAMMAR)
    labelled = tasks.get_task("word_content").label(GRAMMAR)
    assert set(labelled.classes) == words
    assert np.bincount(labelled.splits["train"].label).min() >= 30
    assert all(len(form) >= 4 for form in words)
    assert labelled.sentences is not None
    for split, items in labelled.splits.items():
        for label, sentence in zip(items.label, labelled.sentences[split], strict=True):
            assert [form.lower() for form in sentence.forms if form.lower() in words] == [labelled.classes[label]]
    assert max(len(inside) for inside in found["train"]) > 1, "sentences with two of the words are not asked"
