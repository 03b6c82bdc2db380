"""Plain text as words, by one rule: white space parts them, and punctuation comes off their edges.

A run of one punctuation mark or currency sign at an edge is a word of its own (`...`, `"`, `$`); what stands inside a word stays
(`well-known`), and so does the full stop of an abbreviation (`Dr.`, `U.S.`).
"""

from __future__ import annotations

import re
import sys
import unicodedata

from probing.corpora.sentence import Word

VERSION = 2  # of the rule: it enters a corpus's hash
CLITIC = re.compile(r"n['’]t|['’](?:s|re|ve|ll|d|m)", re.IGNORECASE)
BEFORE_CLITIC = re.compile(rf"(.*[^\W_])({CLITIC.pattern})", re.IGNORECASE | re.DOTALL)
SHORT = re.compile(r"(?:mr|mrs|ms|dr|prof|st|vs)\.|.*\w\.\w.*\.", re.IGNORECASE | re.DOTALL)  # Dr., U.S.


def split_words(text: str, clitics: bool = False) -> list[str]:
    """The words of a text in order; put together they are the text without its white space.

    With `clitics` English `n't 's 're 've 'll 'd 'm` leave the word before them, as in Universal Dependencies: for text that probes of a
    treebank read. Without, a model reads `don't` as it was written.
    """
    return [word for piece in text.split() for word in _words(piece, clitics)]


def bare(form: str, tags: tuple[tuple[str, str], ...] = ()) -> Word:
    """A word of which nothing is known but its own `tags`."""
    return Word(sys.intern(form), "_", "_", "_", (), -1, "_", tags)


def annotated(form: str, lemma: str, upos: str, xpos: str, feats: tuple[tuple[str, str], ...], head: str, deprel: str) -> Word:
    """A treebank's word; its head is a number as text, or "_"."""
    keep = sys.intern
    return Word(keep(form), keep(lemma), keep(upos), keep(xpos), feats, -1 if head == "_" else int(head), keep(deprel))


def visible(form: str) -> bool:
    """Whether a form has a sign that can be seen: no tokenizer makes anything of marks such as the zero-width space."""
    return any(unicodedata.category(sign)[0] in "LMNPS" or unicodedata.category(sign) == "Co" for sign in form)


def _words(piece: str, clitics: bool) -> list[str]:
    head: list[str] = []
    tail: list[str] = []
    while not (clitics and CLITIC.fullmatch(piece)):
        first, last = _run(piece), _run(piece[::-1])
        if first and first < len(piece):
            head.append(piece[:first])
            piece = piece[first:]
        elif last and last < len(piece) and not (piece[-last:] == "." and SHORT.fullmatch(piece)):
            tail.insert(0, piece[-last:])
            piece = piece[:-last]
        else:
            break
    while clitics and (parted := BEFORE_CLITIC.fullmatch(piece)):
        tail.insert(0, parted[2])
        piece = parted[1]
    return [*head, piece, *tail]


def _run(signs: str) -> int:
    """How many of the same mark it begins with."""
    if not unicodedata.category(signs[0]).startswith("P") and unicodedata.category(signs[0]) != "Sc":
        return 0
    return len(signs) - len(signs.lstrip(signs[0]))
