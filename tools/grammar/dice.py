"""Chance that is the same everywhere: each draw is one `Random.random`, the only method whose stream is promised."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from random import Random
from typing import TypeVar

from tools.grammar.lexicon import Lexicon

T = TypeVar("T")


@cache
def _ladder(weights: tuple[tuple[object, float], ...]) -> tuple[tuple[object, ...], tuple[float, ...]]:
    return tuple(option for option, _ in weights), tuple(accumulate(weight for _, weight in weights))


class Dice:
    """A seeded source of choices, with the lexicon that they are made from."""

    def __init__(self, lexicon: Lexicon, seed: str) -> None:
        self.lexicon = lexicon
        self.tense = "Past"  # of the sentence being made: its finite clauses agree in it
        self._random = Random(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")).random

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self._random() * len(options))]

    def weighed(self, options: Mapping[T, float]) -> T:
        """One of the keys, as often as its value says (values need not add up to 1)."""
        names, ladder = _ladder(tuple(options.items()))
        mark = self._random() * ladder[-1]
        return next(name for name, top in zip(names, ladder, strict=True) if mark < top)  # type: ignore[return-value]
