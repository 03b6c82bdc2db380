"""Regular English inflection, and the one-line notation of the lexicons.

child/children        a noun and its irregular plural
see/saw/seen          a verb, its past and its past participle
run/ran/run+          "+" doubles the last consonant (running, bigger)
old^   big^+          "^" marks an adjective or adverb that takes -er and -est
good/better/best      irregular comparison
pick:up               a verb and its particle
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern

VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Noun:
    singular: str
    plural: str

    def forms(self) -> tuple[str, ...]:
        return self.singular, self.plural


@dataclass(frozen=True, slots=True)
class Verb:
    base: str
    third: str  # present, third person singular
    past: str
    participle: str
    gerund: str
    particle: str = ""

    def forms(self) -> tuple[str, ...]:
        return self.base, self.third, self.past, self.participle, self.gerund


@dataclass(frozen=True, slots=True)
class Graded:
    """An adjective or adverb; `comparative` and `superlative` are "" where English would say "more" and "most"."""

    positive: str
    comparative: str = ""
    superlative: str = ""

    def forms(self) -> tuple[str, ...]:
        return tuple(form for form in (self.positive, self.comparative, self.superlative) if form)


def with_s(base: str) -> str:
    """The plural of a noun, the third person of a verb: cat-s, box-es, city → cities, potato-es."""
    if base.endswith(("s", "x", "z", "ch", "sh")):
        return base + "es"
    if base.endswith("o") and base[-2] not in VOWELS and base not in {"piano", "photo"}:
        return base + "es"
    if base.endswith("y") and base[-2] not in VOWELS:
        return base[:-1] + "ies"
    return base + "s"


def with_ed(base: str, double: bool) -> str:
    """walk-ed, smile-d, carry → carried, stop → stopped."""
    if double:
        return base + base[-1] + "ed"
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in VOWELS:
        return base[:-1] + "ied"
    return base + "ed"


def with_ing(base: str, double: bool) -> str:
    """walk-ing, smile → smiling, tie → tying, run → running."""
    if double:
        return base + base[-1] + "ing"
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    return base + "ing"


def graded(base: str, ending: str, double: bool) -> str:
    """old-er, large-r, happy → happier, big → bigger; `ending` is "er" or "est"."""
    if double:
        return base + base[-1] + ending
    if base.endswith("e"):
        return base + ending[1:]
    if base.endswith("y") and base[-2] not in VOWELS:
        return base[:-1] + "i" + ending
    return base + ending


def noun(entry: str) -> Noun:
    singular, _, plural = entry.partition("/")
    return Noun(intern(singular), intern(plural or with_s(singular)))


def verb(entry: str) -> Verb:
    entry, _, particle = entry.partition(":")
    double = entry.endswith("+")
    base, *irregular = entry.rstrip("+").split("/")
    regular_past = with_ed(base, double)
    past, participle = irregular or (regular_past, regular_past)
    return Verb(*map(intern, (base, with_s(base), past, participle, with_ing(base, double), particle)))


def adjective(entry: str) -> Graded:
    """Adjectives and adverbs alike."""
    if "/" in entry:
        return Graded(*map(intern, entry.split("/")))
    base = entry.rstrip("+^")
    if "^" not in entry:
        return Graded(intern(base))
    double = entry.endswith("+")
    return Graded(*map(intern, (base, graded(base, "er", double), graded(base, "est", double))))
