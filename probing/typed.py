"""A typed sentence as words, and which of them are punctuation."""

from __future__ import annotations

import unicodedata

from probing.corpora.words import split_words
from probing.errors import BadInput

MOST_LETTERS, MOST_WORDS = 1_500, 200


def words_of(text: str) -> tuple[str, ...]:
    """The words of a typed sentence, by the rule of `split_words` with English clitics apart; control characters count as blanks.

    Raises BadInput for none, and for more than a page can show.
    """
    if len(text) > MOST_LETTERS:
        raise BadInput(f"The sentence has {len(text):,} characters: type at most {MOST_LETTERS:,}.")
    found = tuple(split_words(_blanked(text), clitics=True))
    if not found:
        raise BadInput("The text has no words: type a sentence.")
    if len(found) > MOST_WORDS:
        raise BadInput(f"The sentence has {len(found)} words: type at most {MOST_WORDS}.")
    return found


def is_punctuation(word: str) -> bool:
    """Whether a word is nothing but punctuation, of which no arc is asked."""
    return all(unicodedata.category(sign).startswith("P") for sign in word)


def _blanked(text: str) -> str:
    """No picture can hold control characters, halves of surrogate pairs or non-characters."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") or ord(sign) & 0xFFFE == 0xFFFE else sign for sign in text)
