"""Typed text → words, by a rule that is short enough to be told: blanks part words, and so does punctuation at their edges."""

from __future__ import annotations

import re
import unicodedata

from probing.errors import BadInput

MOST_LETTERS, MOST_WORDS = 1_500, 200
CLITIC = re.compile(r"n['’]t|['’](?:s|re|ve|ll|d|m)", re.IGNORECASE)
BEFORE_CLITIC = re.compile(rf"(.*[^\W_])({CLITIC.pattern})", re.IGNORECASE | re.DOTALL)
SHORT = re.compile(r"(?:mr|mrs|ms|dr|prof|st|vs)\.|.*\w\.\w.*\.", re.IGNORECASE | re.DOTALL)  # Dr., U.S.


def words_of(text: str) -> tuple[str, ...]:
    """The words of a typed sentence.

    Blanks part words; then each run of one punctuation mark or currency sign at a word's edge is a word of its own, but for the full stop
    of an abbreviation (`Dr.`, `U.S.`); then English `n't 's 're 've 'll 'd 'm` leave the word before them, as in Universal
    Dependencies. Control characters count as blanks. Raises BadInput for no or one word, and for more than a tree can show.
    """
    if len(text) > MOST_LETTERS:
        raise BadInput(f"The sentence has {len(text):,} characters: type at most {MOST_LETTERS:,}.")
    found = tuple(word for chunk in _blanked(text).split() for word in _apart(chunk))
    if len(found) < 2:
        raise BadInput(f"A tree joins words, and {'one is' if found else 'none are'} there: type a sentence.")
    if len(found) > MOST_WORDS:
        raise BadInput(f"The sentence has {len(found)} words: type at most {MOST_WORDS}.")
    return found


def is_punctuation(word: str) -> bool:
    """Whether a word is nothing but punctuation, of which no arc is asked."""
    return all(unicodedata.category(sign).startswith("P") for sign in word)


def _blanked(text: str) -> str:
    """No picture can hold control characters, halves of surrogate pairs or non-characters."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") or ord(sign) & 0xFFFE == 0xFFFE else sign for sign in text)


def _apart(chunk: str) -> list[str]:
    head: list[str] = []
    tail: list[str] = []
    while not CLITIC.fullmatch(chunk):
        first, last = _run(chunk), _run(chunk[::-1])
        if first and first < len(chunk):
            head.append(chunk[:first])
            chunk = chunk[first:]
        elif last and last < len(chunk) and not (chunk[-last:] == "." and SHORT.fullmatch(chunk)):
            tail.insert(0, chunk[-last:])
            chunk = chunk[:-last]
        else:
            break
    while parted := BEFORE_CLITIC.fullmatch(chunk):
        tail.insert(0, parted[2])
        chunk = parted[1]
    return [*head, chunk, *tail]


def _run(signs: str) -> int:
    """How many of the same mark it begins with."""
    if not unicodedata.category(signs[0]).startswith("P") and unicodedata.category(signs[0]) != "Sc":
        return 0
    return len(signs) - len(signs.lstrip(signs[0]))
