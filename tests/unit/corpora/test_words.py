"""Plain text as words: the rule by hand, and what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probing.corpora.words import bare, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("They drank the pub dry.", ["They", "drank", "the", "pub", "dry", "."]),
        ("Don't panic, he said...", ["Don't", "panic", ",", "he", "said", "..."]),
        ('("What?!")', ["(", '"', "What", "?", "!", '"', ")"]),
        ("Dr. No isn't in", ["Dr.", "No", "isn't", "in"]),
        ("in the U.S. today", ["in", "the", "U.S.", "today"]),
        ("e.g., this", ["e.g.", ",", "this"]),
        ("well-known $5 50%", ["well-known", "$", "5", "50", "%"]),
        ("- --", ["-", "--"]),
        ("Ça\u00a0va\u3000?", ["Ça", "va", "?"]),
        ("„Größe“", ["„", "Größe", "“"]),
        (" \t\n", []),
    ],
)
def test_by_hand(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@given(st.text())
def test_nothing_is_lost_and_words_stand_alone(text: str) -> None:
    words = split_words(text)
    assert "".join(words) == "".join(text.split())
    assert all(word and not word.isspace() for word in words)


@given(st.text())
def test_words_parted_by_spaces_are_parted_the_same_way(text: str) -> None:
    once = split_words(text)
    if not any("." in word for word in once):  # an abbreviation's stop belongs to its word only beside it
        assert split_words(" ".join(once)) == once


def test_of_a_bare_word_nothing_is_known() -> None:
    word = bare("dog", (("slot", "O"),))
    assert (word.form, word.lemma, word.upos, word.xpos, word.feats, word.head, word.deprel) == (
        "dog",
        "_",
        "_",
        "_",
        (),
        -1,
        "_",
    )
    assert word.tags == (("slot", "O"),)
