"""Tags that mark spans: B- begins one, I- goes on, O is outside; E- ends one and S- is one word, where a file has them.

Other schemes are brought to BIO: M for I (BMES), L for E and U for S (BILOU), W for S, B_X for B-X, and bare types (IO), of which a run
is one span.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

TAG = re.compile(r"O|[BIES]-.+", re.DOTALL)
MARKED = re.compile(r"O|[BIESMLUW][-_].+", re.DOTALL)  # of any scheme
SAME = {"M": "I", "L": "E", "U": "S", "W": "S"}  # other letters for the same marks
BARE = re.compile(r"[^\W\d_][\w./ -]*")  # a type without a mark
MOSTLY = 0.5  # of the words are O where bare types mark spans; of part-of-speech tags none is so frequent


def is_bio(labels: Iterable[str]) -> bool:
    """Whether labels are such tags, at least one of them within a span."""
    found = set(labels)
    return bool(found - {"O"}) and all(TAG.fullmatch(label) for label in found)


def is_marked(labels: Iterable[str]) -> bool:
    """Whether labels are tags of any scheme with marks; one of them begins a span, goes on or is one."""
    found = set(labels)
    return bool(found - {"O"}) and all(MARKED.fullmatch(label) for label in found)


def is_bare(labels: Sequence[str]) -> bool:
    """Whether labels are O and types without marks, as IO has them."""
    counts = Counter(labels)
    return len(counts) > 1 and counts["O"] >= MOSTLY * len(labels) and all(BARE.fullmatch(label) for label in counts)


def other_than_bio(labels: Iterable[str]) -> bool:
    """Whether marked tags are of another scheme than BIO and IOB1, which are read as they are."""
    return any(label != "O" and (label[0] not in "BI" or label[1] != "-") for label in labels)


def to_bio(tags: Sequence[str], bare: bool) -> list[str]:
    """A sentence's tags as BIO: marked ones of any scheme, or with `bare` types of which a run is a span."""
    same = [_same(tag, bare) for tag in tags]
    found = ["O"] * len(tags)
    for begin, end, kind in spans(same):
        found[begin:end] = [f"{'I' if place else 'B'}-{kind}" for place in range(end - begin)]
    return found


def _same(tag: str, bare: bool) -> str:
    if tag == "O":
        return tag
    return f"I-{tag}" if bare else f"{SAME.get(tag[0], tag[0])}-{tag[2:]}"


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
