"""A split's content words, parsed: what the rules draw from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from sys import intern
from types import ModuleType

from tools.grammar import lexicon_dev, lexicon_test, lexicon_train
from tools.grammar.inflection import Graded, Noun, Verb, adjective, noun, verb

SOURCES: dict[str, ModuleType] = {"train": lexicon_train, "dev": lexicon_dev, "test": lexicon_test}

# Function words that UD tags with an open class: wh-adverbs, and "be" where it is the verb of "there is".
SHARED_OPEN_CLASS = frozenset({"when", "where", "why", "how", "be", "is", "are", "was", "were", "been", "being"})


@dataclass(frozen=True)
class Lexicon:
    """Content words by part of speech and, within it, by the class that the rules select on."""

    nouns: dict[str, tuple[Noun, ...]]
    verbs: dict[str, tuple[Verb, ...]]
    adjectives: dict[str, tuple[Graded, ...]]
    adverbs: dict[str, tuple[Graded, ...]]
    names: dict[str, tuple[str, ...]]

    def forms(self) -> dict[str, frozenset[str]]:
        """Every inflected form, lower-cased, by UPOS."""
        return {
            "NOUN": frozenset(form for entries in self.nouns.values() for entry in entries for form in entry.forms()),
            "VERB": frozenset(form for entries in self.verbs.values() for entry in entries for form in entry.forms()),
            "ADJ": frozenset(form for entries in self.adjectives.values() for entry in entries for form in entry.forms()),
            "ADV": frozenset(form for entries in self.adverbs.values() for entry in entries for form in entry.forms()),
            "PROPN": frozenset(name.lower() for names in self.names.values() for name in names),
        }


@cache
def lexicon(split: str) -> Lexicon:
    """The lexicon of `split` (train, dev or test)."""
    source = SOURCES[split]
    return Lexicon(
        nouns={kind: tuple(noun(entry) for entry in text.split()) for kind, text in source.NOUNS.items()},
        verbs={kind: tuple(verb(entry) for entry in text.split()) for kind, text in source.VERBS.items()},
        adjectives={kind: tuple(adjective(e) for e in text.split()) for kind, text in source.ADJECTIVES.items()},
        adverbs={kind: tuple(adjective(entry) for entry in text.split()) for kind, text in source.ADVERBS.items()},
        names={kind: tuple(intern(name) for name in text.split()) for kind, text in source.NAMES.items()},
    )
