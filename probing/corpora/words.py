"""Plain text as words, by one rule: white space parts them, and punctuation comes off their edges.

A run of one punctuation mark is a word of its own (`...`, `"`); what stands inside a word stays (`don't`, `well-known`), and so does the
full stop of an abbreviation, told by another full stop within (`U.S.`). Signs that are no punctuation in Unicode stay too (`$5`).
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from probing.corpora.sentence import Word

VERSION = 1  # of the rule: it enters a corpus's hash


def split_words(text: str) -> list[str]:
    """The words of a text in order; put together they are the text without its white space."""
    return [word for piece in text.split() for word in _words(piece)]


def bare(form: str, tags: tuple[tuple[str, str], ...] = ()) -> Word:
    """A word of which nothing is known but its own `tags`."""
    return Word(sys.intern(form), "_", "_", "_", (), -1, "_", tags)


def _words(piece: str) -> Iterator[str]:
    start, end = 0, len(piece)
    while start < end and _punctuation(piece[start]):
        start += 1
    while end > start and _punctuation(piece[end - 1]):
        end -= 1
    if "." in piece[start:end] and piece[end : end + 1] == ".":
        end += 1
    yield from _runs(piece[:start])
    if start < end:
        yield piece[start:end]
    yield from _runs(piece[end:])


def _runs(marks: str) -> Iterator[str]:
    return ("".join(run) for _, run in groupby(marks))


def _punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")
