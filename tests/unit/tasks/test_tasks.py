"""Tasks on corpora made by hand: which words are asked, what they are called, what is left out and said."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing import corpora, tasks
from probing.corpora.sentence import Corpus, Sentence, Word
from probing.errors import BadInput
from probing.tasks.bins import bin_names, bin_starts
from probing.tasks.task import Labelled


def word(form: str, upos: str = "_", deprel: str = "_", head: int = -1, **feats: str) -> Word:
    return Word(form, "_", upos, "_", tuple(feats.items()), head, deprel)


def sentence(*words: Word) -> Sentence:
    return Sentence("s", words)


def corpus(train: list[Sentence], dev: list[Sentence] | None = None, test: list[Sentence] | None = None) -> Corpus:
    return Corpus("tiny", "h", {"train": train, "dev": dev or train, "test": test or train})


def answers(found: Labelled, split: str) -> list[tuple[int, int, str]]:
    items = found.splits[split]
    return [(int(s), int(w), found.classes[k]) for s, w, k in zip(items.sentence, items.word, items.label, strict=True)]


DOGS = sentence(word("dogs", "NOUN", "nsubj:pass", 2), word("run", "VERB", "root", 0))
HUSH = sentence(word("hush", "_"), word("now", "ADV"))


def test_upos_leaves_out_words_without_a_tag_and_says_so() -> None:
    found = tasks.get_task("upos").label(corpus([DOGS, HUSH], [DOGS], [HUSH]))
    assert found.classes == ("ADV", "NOUN", "VERB")
    assert answers(found, "train") == [(0, 0, "NOUN"), (0, 1, "VERB"), (1, 1, "ADV")]
    assert answers(found, "test") == [(0, 1, "ADV")]
    assert found.notes == ("upos: 2 words without a label were left out.",)


def test_a_label_that_train_lacks_is_in_the_inventory_and_said() -> None:
    found = tasks.get_task("upos").label(corpus([DOGS], [DOGS], [HUSH, DOGS]))
    assert found.classes == ("ADV", "NOUN", "VERB")
    assert any("1 items of test have a label that train does not have" in note for note in found.notes)


def test_deprel_is_the_universal_part() -> None:
    found = tasks.get_task("deprel").label(corpus([DOGS]))
    assert answers(found, "dev") == [(0, 0, "nsubj"), (0, 1, "root")]
    assert "nsubj:pass count as nsubj" in tasks.get_task("deprel").card.measures


def test_a_missing_annotation_and_one_label_are_named() -> None:
    with pytest.raises(BadInput, match="xpos finds nothing to label in the train split of tiny"):
        tasks.get_task("xpos").label(corpus([DOGS]))
    with pytest.raises(BadInput, match=r"upos has one label, 'ADV', in train of tiny: a probe needs two\."):
        tasks.get_task("upos").label(corpus([HUSH], [DOGS], [DOGS]))
    with pytest.raises(BadInput, match="tree_depth needs trees, and train of tiny has none"):
        tasks.get_task("tree_depth").label(corpus([HUSH]))


def numbered(**counts: int) -> list[Sentence]:
    return [sentence(word("a", Number=value), word("b")) for value, count in counts.items() for _ in range(count)]


def test_features_ask_the_words_that_carry_them_and_leave_rare_values_out() -> None:
    made = corpus(numbered(Sing=150, Plur=100, Dual=99), numbered(Sing=2, Dual=1), numbered(Plur=1, Trial=3))
    found = tasks.get_task("feats:Number").label(made)
    assert found.classes == ("Plur", "Sing")
    assert Counter(label for *_, label in answers(found, "train")) == {"Sing": 150, "Plur": 100}
    assert answers(found, "dev") == [(0, 0, "Sing"), (1, 0, "Sing")]
    assert found.notes == (
        "feats:Number: 100 words with Dual were left out, which has fewer than 100 in train.",
        "feats:Number: 3 words with Trial were left out, which has fewer than 100 in train.",
    )


def test_a_feature_needs_two_values_of_a_hundred() -> None:
    made = corpus(numbered(Sing=150, Plur=99))
    with pytest.raises(BadInput, match=r"feats:Number needs two values with 100 .* in train of tiny.*Sing 150, Plur 99"):
        tasks.get_task("feats:Number").label(made)
    with pytest.raises(BadInput, match="No word in train of tiny has the feature Tense: its features are Number"):
        tasks.get_task("feats:Tense").label(made)
    with pytest.raises(BadInput, match="No feature of tiny has two values"):
        tasks.expand(["feats:*"], made)
    with pytest.raises(BadInput, match="stands for several tasks"):
        tasks.TASKS.get("feats:*").label(made)


def test_expand_keeps_order_and_names_each_once() -> None:
    words = [sentence(word("a", Case=c, Number=n)) for c in ("Nom", "Acc") for n in ("Sing", "Plur") for _ in range(50)]
    made = corpus(words)
    assert tasks.expand(["upos", "feats:*", "feats:Number", "upos"], made) == ["upos", "feats:Case", "feats:Number"]
    assert tasks.expand(["feats:Number", "feats:*"], made) == ["feats:Number", "feats:Case"]
    assert tasks.expand([], made) == []


def of_length(*lengths: int) -> list[Sentence]:
    return [sentence(*(word("w") for _ in range(length))) for length in lengths]


def test_sentence_length_in_bins_of_train() -> None:
    lengths = [n for n in range(3, 15) for _ in range(5)]
    found = tasks.get_task("sentence_length").label(corpus(of_length(*lengths), of_length(1, 4, 5), of_length(14, 40)))
    assert found.classes == ("01–04 words", "05–06 words", "07–08 words", "09–10 words", "11–12 words", "13+ words")
    assert set(Counter(label for *_, label in answers(found, "train")).values()) == {10}
    assert answers(found, "dev") == [(0, -1, "01–04 words"), (1, -1, "01–04 words"), (2, -1, "05–06 words")]
    assert answers(found, "test") == [(0, -1, "13+ words"), (1, -1, "13+ words")]


def test_sentences_without_a_tree_have_no_depth() -> None:
    chain = sentence(word("a", head=0), word("b", head=1), word("c", head=2))
    made = corpus([DOGS, chain, HUSH], [DOGS], [chain])
    found = tasks.get_task("tree_depth").label(made)
    assert found.classes == ("1–2 deep", "3+ deep")
    assert answers(found, "train") == [(0, -1, "1–2 deep"), (1, -1, "3+ deep")]
    assert found.notes == ("tree_depth: 1 sentences without a tree were left out.",)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=200), st.integers(1, 6))
def test_bins_are_filled_sorted_and_within_bounds(numbers: list[int], bins: int) -> None:
    starts = bin_starts(numbers, bins)
    assert starts[0] == min(numbers)
    assert starts == sorted(set(starts))
    assert 1 <= len(starts) <= min(bins, len(set(numbers)))
    counts = np.bincount(np.searchsorted(starts, numbers, side="right") - 1, minlength=len(starts))
    assert counts.min() > 0
    if len(starts) > 1:
        names = bin_names(starts, "words")
        assert len(set(names)) == len(names) == len(starts)
        assert sorted(names) == names, "sorting by name sorts by size"


def test_bins_are_even_where_they_can_be() -> None:
    assert bin_starts([1, 1, 1, 2, 2, 2, 3, 3, 3], 3) == [1, 2, 3]
    assert bin_starts(list(range(1, 61)), 6) == [1, 11, 21, 31, 41, 51]
    assert bin_starts([1] * 90 + [2, 3, 4], 3)[:2] == [1, 2], "one value may fill a bin alone"
    assert bin_starts([7], 6) == [7]


def test_offers_say_what_can_be_asked_and_why_not() -> None:
    made = corpus([*numbered(Sing=120, Plur=100), DOGS])
    found = {offer.name: offer for offer in tasks.available_tasks(made)}
    assert set(found) == {*(name for name in tasks.TASKS.names() if name not in tasks.SERIES), "feats:Number"}
    number = found["feats:Number"]
    assert (number.level, number.group, number.classes, number.reason_not) == ("word", "syntax", 2, None)
    assert (number.train_items, number.test_items, number.too_few) == (220, 220, False)
    assert (found["upos"].reason_not, found["upos"].too_few) == (None, True), "two words of test are offered, and called too few"
    assert found["upos"].train_items == 2
    assert found["xpos"].classes == 0
    assert "xpos finds nothing to label" in str(found["xpos"].reason_not)
    assert "has one label" in str(found["tree_depth"].reason_not)


def test_a_real_treebank(real_data: Path) -> None:
    found = {offer.name: offer for offer in tasks.available_tasks(corpora.find(str(real_data / "ud_english_ewt")).load())}
    assert {name for name, offer in found.items() if offer.reason_not is not None} == {"span_label", "edge_label"}
    assert (found["upos"].classes, found["upos"].train_items, found["upos"].test_items) == (17, 204_577, 25_094)
    assert found["deprel"].classes == 36
    assert found["sentence_length"].train_items == 12_544
    assert {"feats:Number", "feats:Tense", "feats:VerbForm", "feats:Person", "feats:Degree"} <= set(found)
    labelled = tasks.get_task("sentence_length").label(corpora.find(str(real_data / "ud_english_ewt")).load())
    shares = np.bincount(labelled.splits["train"].label) / 12_544
    assert len(shares) == 6
    assert shares.min() > 0.12
    assert shares.max() < 0.22
