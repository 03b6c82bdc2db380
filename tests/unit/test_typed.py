"""Typed text → words: the rule on cases known by hand, and what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probing.errors import BadInput
from probing.typed import MOST_LETTERS, MOST_WORDS, is_punctuation, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't panic, he said.", "Do n't panic , he said ."),
        ('The U.S. isn’t "big"...', 'The U.S. is n’t " big " ...'),
        ("couldn't've (really?!)", "could n't 've ( really ? ! )"),
        ("Dr. Who's dogs' $5, 50%", "Dr. Who 's dogs ' $ 5 , 50 %"),
        ("l'homme là-bas, p.e. ici.", "l'homme là-bas , p.e. ici ."),
        ("one\ttwo\x00three\ufffffour", "one two three four"),
        ("She 's here -- n't", "She 's here -- n't"),
        ("Go", "Go"),
    ],
)
def test_words_are_parted_by_the_rule(text: str, words: str) -> None:
    assert words_of(text) == tuple(words.split(" "))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no words"),
        (" \n\x01", "has no words"),
        ("a " * (MOST_WORDS + 1), f"{MOST_WORDS + 1} words"),
        ("a" * (MOST_LETTERS + 1), f"at most {MOST_LETTERS:,}"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        words_of(text)


SIGNS = st.text(st.sampled_from("abN'’nt.s-,$_!(\n ") | st.characters(), max_size=60)


@given(SIGNS)
def test_nothing_is_lost_and_words_stay_what_they_are(text: str) -> None:
    """Joined by blanks and typed again, the words are the same; and they are the text without its blanks."""
    try:
        words = words_of(text)
    except BadInput:
        return
    assert all(words)
    assert words_of(" ".join(words)) == words
    kept = "".join(words)
    rest = iter(text)
    assert all(sign in rest for sign in kept), "in order"
    assert sorted(sign for sign in text if sign.isalnum()) == sorted(sign for sign in kept if sign.isalnum())


def test_punctuation_is_told_from_signs_that_mean_something() -> None:
    assert all(map(is_punctuation, (".", "...", "--", "«", "?!", "%")))
    assert not any(map(is_punctuation, ("$", "U.S.", "'s", "+", "5")))
