"""Spans of tags: by hand, as conlleval reads them, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probing.corpora.bio import is_bio, spans


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("O B-PER I-PER O", [(1, 3, "PER")]),
        ("B-PER B-PER I-PER", [(0, 1, "PER"), (1, 3, "PER")]),
        ("I-PER I-PER O I-LOC", [(0, 2, "PER"), (3, 4, "LOC")]),  # IOB1
        ("I-LOC B-LOC I-LOC", [(0, 1, "LOC"), (1, 3, "LOC")]),  # IOB1: B- between two of one type
        ("B-PER I-LOC", [(0, 1, "PER"), (1, 2, "LOC")]),  # repaired: nothing of LOC is open
        ("O I-A-B I-A-B", [(1, 3, "A-B")]),
        ("B-X I-X E-X S-X E-X", [(0, 3, "X"), (3, 4, "X"), (4, 5, "X")]),
        ("B-X nonsense I-X", [(0, 1, "X"), (2, 3, "X")]),
        ("O O", []),
        ("", []),
    ],
)
def test_by_hand(tags: str, found: list[tuple[int, int, str]]) -> None:
    assert spans(tags.split()) == found


SPANS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(["A", "B"])), max_size=6)


@given(SPANS)
def test_spans_survive_their_tags(parts: list[tuple[int, int, str]]) -> None:
    tags: list[str] = []
    expected = []
    for gap, size, kind in parts:
        tags += ["O"] * gap
        expected.append((len(tags), len(tags) + size, kind))
        tags += [f"B-{kind}"] + [f"I-{kind}"] * (size - 1)
    assert spans(tags) == expected


def test_what_is_bio() -> None:
    assert is_bio(["O", "B-X", "I-X"])
    assert is_bio(["I-X"])
    assert not is_bio(["O"])
    assert not is_bio([])
    assert not is_bio(["O", "B-X", "NOUN"])
    assert not is_bio(["B-"])
