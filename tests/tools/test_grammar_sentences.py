"""The embedded corpus: sentences that are grammatical and varied, checked on the file that ships."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from probing.corpora import grammar
from probing.corpora.sentence import Sentence, Word
from tools.grammar.lexicon import SHARED_OPEN_CLASS, lexicon

CONTENT = ("NOUN", "VERB", "ADJ", "ADV", "PROPN")
SPLITS = grammar.load().splits
EVERY = [sentence for sentences in SPLITS.values() for sentence in sentences]


def children(sentence: Sentence, position: int) -> Iterator[tuple[int, Word]]:
    return ((i, word) for i, word in enumerate(sentence.words, start=1) if word.head == position)


def feature(word: Word, name: str) -> str:
    return dict(word.feats).get(name, "")


def content_forms(split: str) -> set[str]:
    forms = {word.form.lower() for s in SPLITS[split] for word in s.words if word.upos in CONTENT}
    return forms - SHARED_OPEN_CLASS


def test_trees_have_one_root_and_no_cycle() -> None:
    for sentence in EVERY:
        heads = [0] + [word.head for word in sentence.words]
        assert heads[1:].count(0) == 1
        assert all(0 <= head < len(heads) for head in heads)
        assert [word.deprel for word in sentence.words if word.head == 0] == ["root"]
        for position in range(1, len(heads)):
            for _ in sentence.words:
                position = heads[position]
                if position == 0:
                    break
            assert position == 0, sentence.text


def test_trees_are_projective() -> None:
    for sentence in EVERY:
        arcs = [sorted((i, word.head)) for i, word in enumerate(sentence.words, start=1)]
        assert not any(a < c < b < d for a, b in arcs for c, d in arcs), sentence.text


def test_lengths_and_shapes() -> None:
    lengths = [len(sentence.words) for sentence in EVERY]
    assert min(lengths) >= 3
    assert max(lengths) <= 40
    assert 10 <= sum(lengths) / len(lengths) <= 13
    assert sum(length >= 20 for length in lengths) >= 300
    assert sum(length <= 5 for length in lengths) >= 300
    assert len({tuple(word.head for word in sentence.words) for sentence in SPLITS["train"]}) >= 300


def test_the_first_thousand_are_as_varied_as_the_rest() -> None:
    train = SPLITS["train"]
    for relation in ("nsubj:pass", "acl:relcl", "ccomp", "advcl", "conj"):
        first, rest = (
            sum(any(word.deprel == relation for word in s.words) for s in part) / len(part)
            for part in (train[:1000], train[1000:])
        )
        assert abs(first - rest) < 0.04, relation


@pytest.mark.parametrize(("one", "other"), [("train", "dev"), ("train", "test"), ("dev", "test")])
def test_lexicons_are_disjoint(one: str, other: str) -> None:
    declared = [frozenset().union(*lexicon(split).forms().values()) for split in (one, other)]
    assert declared[0] & declared[1] == frozenset()


def test_content_words_come_from_the_splits_own_lexicon() -> None:
    for split, source in (("train", "train"), ("dev", "dev"), ("test", "test"), ("test_seen", "train")):
        assert content_forms(split) <= frozenset().union(*lexicon(source).forms().values())


@pytest.mark.parametrize(
    ("split", "least"), [("train", (250, 150, 120, 60)), ("dev", (80, 50, 40, 20)), ("test", (80, 50, 40, 20))]
)
def test_lexicons_are_large(split: str, least: tuple[int, ...]) -> None:
    used = {upos: {word.lemma for s in SPLITS[split] for word in s.words if word.upos == upos} for upos in CONTENT}
    assert tuple(len(used[upos]) >= size for upos, size in zip(CONTENT, least, strict=False)) == (True,) * 4
    assert len(used["PROPN"]) >= 15


@pytest.mark.parametrize(("split", "least"), [("train", 70), ("dev", 12), ("test", 12), ("test_seen", 30)])
def test_ambiguous_forms_occur_with_several_tags(split: str, least: int) -> None:
    tags: dict[str, set[str]] = {}
    for sentence in SPLITS[split]:
        for word in sentence.words:
            if word.upos in {"NOUN", "VERB", "ADJ"}:
                tags.setdefault(word.form.lower(), set()).add(word.upos)
    assert sum(len(seen) > 1 for seen in tags.values()) >= least


def subjects(sentence: Sentence) -> Iterator[tuple[int, Word, Word, str]]:
    """Each subject: its position, itself, its finite verb, and the Number expected there ("" where UD gives none)."""
    for i, word in enumerate(sentence.words, start=1):
        if word.deprel.split(":")[0] not in {"nsubj", "csubj"}:
            continue
        head = sentence.words[word.head - 1]
        verbs = [head] + [w for _, w in children(sentence, word.head) if w.upos == "AUX"]
        finite = [verb for verb in verbs if feature(verb, "Mood") == "Ind"]
        if not finite:
            continue
        source = word
        if feature(word, "PronType") == "Rel":
            source = sentence.words[head.head - 1]
        position = head.head if source is not word else i
        joined = any(w.deprel == "conj" for _, w in children(sentence, position)) and source.upos in {"NOUN", "PROPN"}
        number = "Plur" if joined else feature(source, "Number")
        if word.deprel.startswith("csubj") or feature(source, "PronType") == "Int":
            number = "Sing"
        yield i, word, finite[0], number


def test_finite_verbs_agree_with_their_subjects() -> None:
    checked = Counter()
    for sentence in EVERY:
        for i, subject, finite, number in subjects(sentence):
            if number:
                assert feature(finite, "Number") == number, sentence.text
                checked[number] += 1
            if finite.xpos == "VBZ":
                assert (feature(finite, "Number"), feature(finite, "Person")) == ("Sing", "3")
            if subject.upos == "PRON" and feature(subject, "Person"):
                assert feature(finite, "Person") == feature(subject, "Person"), (sentence.text, i)
    assert checked["Sing"] > 1500
    assert checked["Plur"] > 800


def test_a_second_predicate_agrees_as_the_first_does() -> None:
    shared = 0
    for sentence in EVERY:
        for i, word in enumerate(sentence.words, start=1):
            first = sentence.words[word.head - 1]
            alone = not any(w.deprel.startswith(("nsubj", "csubj", "expl")) for _, w in children(sentence, i))
            if word.deprel == "conj" and word.upos == first.upos == "VERB" and alone:
                assert (word.xpos, word.feats) == (first.xpos, first.feats), sentence.text
                shared += 1
    assert shared >= 200


def test_agreement_crosses_attractors() -> None:
    """A noun of the other number stands between subject and verb, where the verb's form shows its number."""
    across = 0
    for sentence in EVERY:
        position = {id(word): i for i, word in enumerate(sentence.words, start=1)}
        for i, _, finite, number in subjects(sentence):
            between = sentence.words[i : position[id(finite)] - 1]
            other = {"Sing": "Plur", "Plur": "Sing"}.get(number)
            shows = finite.xpos in {"VBZ", "VBP"} or finite.form in {"was", "were"}
            across += shows and any(w.upos == "NOUN" and feature(w, "Number") == other for w in between)
    assert across >= 100


def test_the_forms_of_be_have_and_do_agree() -> None:
    expected = {"am": "1 Sing", "is": "3 Sing", "was": "Sing", "were": "", "are": "", "has": "3 Sing", "does": "3 Sing"}
    for sentence in EVERY:
        for word in sentence.words:
            if word.form.lower() in expected and word.upos == "AUX":
                seen = f"{feature(word, 'Person')} {feature(word, 'Number')}"
                assert seen.endswith(expected[word.form.lower()])
                if word.form.lower() in {"are", "were"}:
                    assert seen in {"1 Plur", "3 Plur", "2 Sing"}


def counts(split: str) -> Counter[str]:
    return Counter(word.deprel for sentence in SPLITS[split] for word in sentence.words)


def test_every_construction_is_there() -> None:
    train = counts("train")
    for relation, least in {
        "nsubj": 3000, "nsubj:pass": 300, "aux:pass": 300, "obj": 2000, "iobj": 100, "obl": 800, "obl:agent": 150,
        "nmod": 400, "nmod:poss": 700, "acl:relcl": 250, "acl": 60, "advcl": 300, "ccomp": 200, "xcomp": 300,
        "csubj": 80, "conj": 600, "cc": 600, "mark": 600, "case": 1500, "det": 4000, "det:predet": 40, "amod": 1500,
        "nummod": 100, "advmod": 1200, "cop": 400, "aux": 1500, "compound": 60, "compound:prt": 100, "flat": 100,
        "expl": 100, "appos": 15, "cc:preconj": 15, "punct": 4000,
    }.items():  # fmt: skip
        assert train[relation] >= least, relation
    for split in ("dev", "test", "test_seen"):
        seen = counts(split)
        for relation in ("nsubj:pass", "acl:relcl", "ccomp", "xcomp", "advcl", "conj", "obl:agent", "nmod"):
            assert seen[relation] >= 15, (split, relation)


def test_questions_negation_and_relatives() -> None:
    found: Counter[str] = Counter()
    for sentence in SPLITS["train"]:
        words = sentence.words
        if words[-1].form == "?":
            found["question"] += 1
            found["yes-no" if words[0].upos == "AUX" else "wh"] += 1
        for word in words:
            siblings = [w for w in words if w.head == word.head]
            if word.lemma == "not" and any(w.lemma == "do" and w.upos == "AUX" for w in siblings):
                found["do-support"] += 1
            if feature(word, "PronType") == "Rel" and word.deprel in {"nsubj", "nsubj:pass", "obj"}:
                found["relative " + word.deprel] += 1
            if word.deprel == "ccomp" and words[word.head - 1].deprel == "ccomp":
                found["nested ccomp"] += 1
            if word.deprel == "obl" or word.deprel == "nmod":
                found["PP to " + words[word.head - 1].upos] += 1
    for construction, least in {
        "question": 400, "yes-no": 150, "wh": 200, "do-support": 100, "relative nsubj": 80, "relative obj": 40,
        "nested ccomp": 5, "PP to NOUN": 400, "PP to VERB": 600,
    }.items():  # fmt: skip
        assert found[construction] >= least, construction


def test_several_features_can_be_probed() -> None:
    values: dict[str, Counter[str]] = {}
    for sentence in SPLITS["train"]:
        for word in sentence.words:
            for name, value in word.feats:
                values.setdefault(name, Counter())[value] += 1
    rich = {name for name, seen in values.items() if sum(n >= 100 for n in seen.values()) >= 2}
    assert rich >= {"Number", "Person", "Tense", "VerbForm", "Mood", "Definite", "PronType", "Degree", "Case", "Gender"}
    assert values["Voice"]["Pass"] >= 100


def test_capitals_articles_and_final_marks() -> None:
    for sentence in EVERY:
        forms = sentence.forms
        assert forms[0][0].isupper()
        assert forms[-1] in {".", "?", "!"}
        for form, following in pairwise(forms):
            if form.lower() == "a":
                assert following[0].lower() not in "aeio" or following.startswith("one"), sentence.text
            assert not (form == "," and following in {",", ".", "?", "!"})
        for word in sentence.words:
            assert word.lemma.islower() or word.upos in {"PROPN", "PUNCT"} or word.lemma == "I"
