"""Draws that depend on nothing but what they are about: the same on every machine, in every order, under every limit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


def uniform(*about: object) -> float:
    """A number in [0, 1) that is a hash of what it is drawn about."""
    bits = hashlib.sha256("\x1f".join(map(str, about)).encode()).digest()
    return (int.from_bytes(bits[:7], "big") >> 3) / 2**53  # 53 bits: more would round up to 1, beyond the last edge


def pick(choices: Sequence[Choice], *about: object) -> Choice:
    """One of them, at random."""
    return choices[int(uniform(*about) * len(choices))]
