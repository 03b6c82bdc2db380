"""Tags that mark spans: B- begins one, I- goes on, O is outside; E- ends one and S- is one word, where a file has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

TAG = re.compile(r"O|[BIES]-.+", re.DOTALL)


def is_bio(labels: Iterable[str]) -> bool:
    """Whether labels are such tags, at least one of them within a span."""
    found = set(labels)
    return bool(found - {"O"}) and all(TAG.fullmatch(label) for label in found)


def spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """The spans of a sentence: first word, the word after the last, type.

    A tag that goes on where nothing of its type is open begins a span (as conlleval and seqeval's default read it), so IOB1, in which
    B- stands only between two spans of one type, is read by the same rule. Whatever is no such tag is outside.
    """
    found: list[tuple[int, int, str]] = []
    begin, kind = -1, ""
    for place, tag in enumerate([*tags, "O"]):
        mark, name = (tag[0], tag[2:]) if TAG.fullmatch(tag) else ("O", "")
        if begin >= 0 and (mark in "BSO" or name != kind):
            found.append((begin, place, kind))
            begin = -1
        if mark != "O" and begin < 0:
            begin, kind = place, name
        if mark in "ES":
            found.append((begin, place + 1, kind))
            begin = -1
    return found
