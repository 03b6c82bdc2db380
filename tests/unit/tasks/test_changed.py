"""Changed sentences: shifts, replacements and inversions, by hand and as properties."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing import corpora, tasks
from probing.corpora.conllu import fault_of_tree, parse_conllu, to_conllu
from probing.corpora.sentence import Corpus, Sentence, Word
from probing.tasks import bigram_shift, coordination_inversion, odd_man_out
from probing.tasks.changed import rearranged
from probing.tasks.coordination_inversion import clauses, invert
from tests.handmade import ALL

GRAMMAR = corpora.find("grammar").load().first({"train": 1500, "dev": None, "test": None})
CHANGED = ("bigram_shift", "odd_man_out", "coordination_inversion")


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every draw says: change it, and the last of what there is to choose from."""
    for module in (bigram_shift, coordination_inversion):
        monkeypatch.setattr(module, "uniform", lambda *_about: 0.99)
    monkeypatch.setattr(bigram_shift, "pick", lambda choices, *_about: choices[-1])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("en1", "The old dogs chased a cat small ."),
        ("en4", "The girl sang a song , and the boys left room the ."),
        ("en7", None),  # double quotes
        ("pl1", "Stary pies gonił koty małe ."),
        ("pl3", "Dzieci lubią bardzo jabłka słodkie ."),
    ],
)
def test_shifts_by_hand(name: str, said: str | None, always: None) -> None:
    case = bigram_shift.shift(ALL[name])
    assert (case and case.sentence.text) == said


def test_a_shifted_word_takes_its_annotation_along(always: None) -> None:
    case = bigram_shift.shift(ALL["en1"])
    assert case is not None
    cat, small = case.sentence.words[5:7]
    assert (case.label, case.sentence.id, case.original) == ("shifted", "en1#shift6", ALL["en1"])
    assert (cat.form, cat.upos, cat.head, cat.deprel) == ("cat", "NOUN", 4, "obj")
    assert (small.form, small.upos, small.head, small.deprel) == ("small", "ADJ", 6, "amod")
    assert case.sentence.words[4].head == 6, "the article's head has moved"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("en4", "The boys left the room , and the girl sang a song ."),
        ("en5", None),  # the conjunction joins nouns
        ("en8", None),  # left has no subject of its own
        ("pl5", "Chłopcy opuścili pokój , a Ania śpiewała piosenkę ."),  # a name keeps its capital
        ("pl6", "Zobaczył ogród i przyszedł wczoraj wieczorem ."),  # neither has a subject, both are finite
    ],
)
def test_inversions_by_hand(name: str, said: str | None, always: None) -> None:
    case = invert(ALL[name])
    assert (case and case.sentence.text) == said
    if case is not None:
        assert (case.label, case.sentence.id) == ("inverted", f"{name}#inverted")
        assert fault_of_tree([word.head for word in case.sentence.words]) is None


def test_which_clause_is_longer_is_told() -> None:
    assert clauses(ALL["en4"]) == (5, 7, 12)
    strata = [case and case.stratum for case in map(invert, (ALL["en4"], ALL["pl5"], ALL["pl6"]))]
    assert strata == ["as long", "as long", "first longer"]


@st.composite
def trees(draw: st.DrawFn) -> tuple[Sentence, list[int]]:
    """A sentence with a tree, and an order of its words."""
    size = draw(st.integers(1, 12))
    order = draw(st.permutations(range(size)))
    heads = [0] + [draw(st.integers(1, i)) for i in range(1, size)]
    words = tuple(Word(f"w{i}", "_", "NOUN", "_", (("Place", str(i)),), head, "dep") for i, head in enumerate(heads))
    return Sentence("s", words, 3), order


@settings(max_examples=100, deadline=None)
@given(trees())
def test_heads_follow_the_words(made: tuple[Sentence, list[int]]) -> None:
    sentence, order = made
    found = rearranged(sentence, order, "x")
    assert found.forms == tuple(sentence.forms[i] for i in order)

    def governors(of: Sentence) -> dict[str, str | None]:
        return {word.form: of.words[word.head - 1].form if word.head else None for word in of.words}

    assert governors(found) == governors(sentence)
    assert {word.form: word.feats for word in found.words} == {word.form: word.feats for word in sentence.words}


def pairs(task: str) -> list[tuple[str, Sentence, Sentence]]:
    """Label, what is asked, and the original, of all items on the grammar."""
    known = {sentence.id: sentence for sentences in GRAMMAR.whole.splits.values() for sentence in sentences}
    found = tasks.get_task(task).label(GRAMMAR)
    return [
        (found.classes[label], sentence, known[sentence.id.partition("#")[0]])
        for split, items in found.splits.items()
        for label, sentence in zip(items.label, found.indexed_sentences(GRAMMAR)[split], strict=True)
    ]


@pytest.mark.parametrize("task", CHANGED)
def test_an_original_is_asked_once_and_only_the_changed_differ(task: str) -> None:
    asked = pairs(task)
    assert max(Counter(original.id for _, _, original in asked).values()) == 1
    for label, sentence, original in asked:
        assert (label == "intact") == (sentence == original)
        assert fault_of_tree([word.head for word in sentence.words]) is None


def test_a_shift_swaps_one_pair_of_neighbours() -> None:
    shifted = [(new, old) for label, new, old in pairs("bigram_shift") if label == "shifted"]
    assert len(shifted) > 500
    for new, old in shifted:
        first, second = (i for i, (a, b) in enumerate(zip(new.forms, old.forms, strict=True)) if a != b)
        assert second == first + 1
        assert first > 0
        assert (new.forms[first], new.forms[second]) == (old.forms[second], old.forms[first])
        assert new.forms[first].lower() != new.forms[second].lower()


def test_an_inversion_keeps_the_bag_of_words() -> None:
    inverted = [(new, old) for label, new, old in pairs("coordination_inversion") if label == "inverted"]
    assert len(inverted) > 50
    for new, old in inverted:
        assert Counter(new.text.lower().split()) == Counter(old.text.lower().split())
        assert new.text.lower() != old.text.lower()


def test_an_odd_word_has_the_tags_and_frequency_of_what_it_replaces() -> None:
    frequency = {
        split: Counter(form for sentence in sentences for form in sentence.forms)
        for split, sentences in GRAMMAR.whole.splits.items()
    }
    attested = {
        (word.form, word.lemma, word.upos, word.xpos, word.feats)
        for sentences in GRAMMAR.whole.splits.values()
        for sentence in sentences
        for word in sentence.words
    }
    odd = [(new, old) for label, new, old in pairs("odd_man_out") if label == "odd"]
    assert len(odd) > 500
    for new, old in odd:
        (i,) = (i for i, (a, b) in enumerate(zip(new.words, old.words, strict=True)) if a != b)
        one, other = new.words[i], old.words[i]
        assert one.upos in ("NOUN", "VERB")
        assert (one.head, one.deprel) == (other.head, other.deprel)
        assert (one.form, one.lemma, other.upos, other.xpos, other.feats) in attested
        assert one.lemma != other.lemma
        assert any(
            counts[one.form] >= 2 and counts[other.form] / 2 <= counts[one.form] <= counts[other.form] * 2
            for counts in frequency.values()
        )


def test_the_nearest_replacement_has_the_neighbours_of_the_word() -> None:
    def sentence(name: str, text: str) -> Sentence:
        tags = {"cat": "NOUN", "dog": "NOUN", "sun": "NOUN"}
        return Sentence(name, tuple(Word(form, form, tags.get(form, "X"), "_", (), -1, "_") for form in text.split()))

    # The word replaced follows `the` elsewhere once, as `dog` does, and `sun` never does.
    text = [
        sentence(str(i), line) for i, line in enumerate(("a the cat", "b the cat", "c the dog", "d a dog", "e a sun", "f a sun"))
    ]
    words = odd_man_out._Vocabulary(text, None)
    others = words.like(text[0].words[2], "x")
    assert {word.form for word in others} == {"dog", "sun"}
    assert words.nearest(others, text[0], 2).form == "dog"


@pytest.mark.parametrize("task", [*CHANGED, "past_present", "subj_number", "top_relations", "word_content", "word_depth"])
def test_labels_survive_a_round_trip(task: str) -> None:
    splits = {}
    for split, sentences in GRAMMAR.splits.items():
        splits[split], complaints = parse_conllu(to_conllu(sentences).encode(), split)
        assert not complaints
    before, after = (tasks.get_task(task).label(Corpus("made", "h", given)) for given in (dict(GRAMMAR.splits), splits))
    assert before.classes == after.classes
    for split, items in before.splits.items():
        assert items.label.tolist() == after.splits[split].label.tolist()
        if before.sentences is not None and after.sentences is not None:
            assert [s.words for s in before.sentences[split]] == [s.words for s in after.sentences[split]]
            again, complaints = parse_conllu(to_conllu(before.sentences[split]).encode(), split)
            assert not complaints
            assert [(s.id, s.words) for s in again] == [(s.id, s.words) for s in before.sentences[split]]
