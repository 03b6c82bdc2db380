"""Train, dev and test: what names say, and cuts that put no sentence on two sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probing.corpora.sentence import Sentence
from probing.corpora.splits import divided, said_by
from probing.corpora.words import bare
from probing.errors import BadInput


def made(*texts: str) -> list[Sentence]:
    return [Sentence(str(line), tuple(bare(form) for form in text.split()), line) for line, text in enumerate(texts, start=1)]


def texts(splits: dict[str, list[Sentence]]) -> dict[str, list[str]]:
    return {name: [sentence.text for sentence in sentences] for name, sentences in splits.items()}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xx-train.tsv", ["train"]),
        ("validate_X.json", ["dev"]),
        ("latest.csv", []),
        ("dev-test.iob", ["dev", "test"]),
        ("TEST", ["test"]),
    ],
)
def test_names(name: str, said: list[str]) -> None:
    assert said_by(name) == said


def test_what_is_said_is_kept_in_order() -> None:
    found, said = divided({"test_b": made("e"), "test": made("c"), "dev": made("b"), "train": made("a")}, "x")
    assert texts(found) == {"train": ["a"], "dev": ["b"], "test": ["c"], "test_b": ["e"]}
    assert list(found) == ["train", "dev", "test", "test_b"]
    assert said == ""


def test_dev_becomes_test_and_train_gives_a_tenth() -> None:
    train = made(*(f"w{i}" for i in range(40)))
    found, said = divided({"train": train, "dev": made("x", "y")}, "x")
    assert {name: len(some) for name, some in found.items()} == {"train": 36, "dev": 4, "test": 2}
    assert said == "Dev was kept as test. Dev is a tenth of train (seed 0)."
    again, said = divided({"train": train, "test": made("x")}, "x")
    assert texts(again)["dev"] == texts(found)["dev"]
    assert said == "Dev is a tenth of train (seed 0)."


@given(st.lists(st.sampled_from([f"w{i}" for i in range(25)]), min_size=10, max_size=80))
def test_a_cut_loses_nothing_and_puts_no_sentence_on_two_sides(forms: list[str]) -> None:
    found, told = {"train": made(*forms)}, ""
    try:
        found, _ = divided({"": made(*forms)}, "x")
    except BadInput as error:
        told = str(error)
    if told:
        assert "leaves" in told, "too few different sentences"
        return
    sides = [set(some) for some in texts(found).values()]
    assert sorted(form for some in texts(found).values() for form in some) == sorted(forms)
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    assert all([s.line for s in some] == sorted(s.line for s in some) for some in found.values()), "in the order of the text"


def test_pairs_that_differ_in_their_second_sentence_are_two() -> None:
    pairs = [Sentence(str(i), (bare("a"),), i, second=Sentence("", (bare(f"b{i}"),))) for i in range(20)]
    found, _ = divided({"": pairs}, "x")
    assert {name: len(some) for name, some in found.items()} == {"train": 16, "dev": 2, "test": 2}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"": made(*"abc")}, "x has 3 sentences, too few to split"),
        ({"train": made(*"abc")}, "x has 3 sentences, too few to split"),
        ({"": made(*["same"] * 20)}, "leaves .* empty"),
        ({"": made("a"), "train": made("b")}, "of some sentences which split"),
        ({"test": made("a")}, "leaves train empty"),
        ({}, "leaves train empty"),
        ({"dev": made("a"), "test": made("b")}, r"leaves train empty \(it has sentences of dev, test only\)"),
    ],
)
def test_what_cannot_be_divided(found: dict[str, list[Sentence]], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        divided(found, "x")
