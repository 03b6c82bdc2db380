"""Whole numbers as users type them: in an option, an address, a text field."""

from __future__ import annotations

import re

MOST = 2**31 - 1  # of a count that has no smaller bound


def whole(text: str) -> int | None:
    """The number that `text` writes; None where it is none, or longer than nine digits: nothing here is counted so far."""
    return int(text) if re.fullmatch(r"\s*[+-]?\d{1,9}\s*", text) else None


def several(text: str) -> tuple[int, ...] | None:
    """The numbers of `0,3,6`; None where a part of it is none."""
    found = [whole(part) for part in text.split(",")]
    return tuple(number for number in found if number is not None) if None not in found else None
