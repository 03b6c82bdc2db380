"""Selection: which class of noun goes where, as data."""

from __future__ import annotations

from dataclasses import dataclass

from tools.grammar.tree import Node

# Lexicon classes of nouns, and the names and pronouns that can stand for them.
ANIMATE = ("person", "animal")

# For each kind of noun, the lexicon classes its adjectives come from.
ADJECTIVES = {
    "person": ("person", "person", "any"),
    "gendered": ("person", "person", "any"),
    "of_person": ("person", "any"),
    "animal": ("animal", "any"),
    "thing": ("thing", "thing", "any"),
    "picture": ("any",),
    "access": ("any",),
    "key": ("any",),
    "container": ("container", "any"),
    "text": ("text", "any"),
    "food": ("food",),
    "place": ("place", "any"),
    "site": ("any",),
    "event": ("event", "event", "any"),
    "mass": ("mass",),
    "liquid": ("liquid",),
    "idea": ("idea",),
    "claim": ("idea",),
    "aim": ("idea",),
    "topic": ("idea", "any"),
    "part_person": ("thing", "any"),
    "part_thing": ("thing",),
    "part_place": ("any",),
    "tool": ("any",),
}

# Kinds that widen to relatives of theirs when a noun is drawn: an object may be any of several classes.
WIDER: dict[str, dict[str, float]] = {
    "person": {"person": 0.76, "gendered": 0.17, "of_person": 0.07},
    "profession": {"person": 1.0},
    "thing": {"thing": 0.78, "picture": 0.1, "access": 0.05, "key": 0.07},
    "mass": {"mass": 0.6, "liquid": 0.4},
    "idea": {"claim": 0.4, "aim": 0.3, "topic": 0.3},
}

PLACE_PREPOSITIONS = {
    "place": {"in": 5.0, "near": 1.5, "behind": 1.0, "outside": 1.0, "inside": 0.5},
    "site": {"near": 3.0, "at": 2.0, "beside": 1.0},
}
TIME_PREPOSITIONS = {"during": 1.5, "after": 1.0, "before": 1.0}


@dataclass(slots=True)
class Phrase:
    """A noun phrase and what the clause must know of it: agreement, kind, and the pronoun that reflects it."""

    node: Node
    kind: str
    number: str = "Sing"
    person: str = "3"
    reflexive: str = ""


# Subject pronouns with their agreement and reflexive; object pronouns with their person.
PRONOUNS = {
    "I": ("Sing", "1", "myself"),
    "you": ("Sing", "2", ""),
    "he": ("Sing", "3", "himself"),
    "she": ("Sing", "3", "herself"),
    "we": ("Plur", "1", "ourselves"),
    "they": ("Plur", "3", "themselves"),
}
ACCUSATIVE = {"me": "1", "you~acc": "2", "him": "3", "her": "3", "us": "1", "them": "3"}
