"""Prepositional phrases of verbs and nouns."""

from __future__ import annotations

from tools.grammar import noun_phrase  # a module, not its names: the two call each other
from tools.grammar.closed import word
from tools.grammar.dice import Dice
from tools.grammar.kinds import PLACE_PREPOSITIONS, TIME_PREPOSITIONS
from tools.grammar.tree import Node


def prepositional(preposition: str, phrase: Node) -> Node:
    """The phrase with its preposition, a `case` dependent, at its left edge; "in no house" is left to poets."""
    phrase.left = [(rel, word("the") if node.lemma == "no" else node) for rel, node in phrase.left]
    return phrase.first(("case", word(preposition)))


def place_phrase(g: Dice, depth: int, plural: float = 0.15) -> Node:
    if g.chance(0.1):
        return prepositional("in", noun_phrase.proper(g.pick(g.lexicon.names["city"])))
    kind = g.weighed({"place": 0.72, "site": 0.28})
    phrase = noun_phrase.common(g, kind, depth, number="Plur" if g.chance(plural) else "Sing")
    return prepositional(g.weighed(PLACE_PREPOSITIONS[kind]), phrase.node)


def time_phrase(g: Dice, depth: int) -> Node:
    return prepositional(g.weighed(TIME_PREPOSITIONS), noun_phrase.common(g, "event", depth, number="Sing").node)


def complement(g: Dice, kind: str, depth: int) -> Node | None:
    """The prepositional phrase that a relational noun asks for: a key to …, the owner of …, a story about …"""
    if kind == "of_person":
        return prepositional("of", noun_phrase.common(g, "place", depth).node)
    if kind == "picture" and g.chance(0.75):
        return prepositional("of", noun_phrase.common(g, g.pick(("person", "animal", "place", "thing")), depth).node)
    if kind == "key":
        return prepositional("to", noun_phrase.common(g, "container", depth).node)
    if kind == "access":
        return prepositional("to", noun_phrase.common(g, "place", depth).node)
    if kind in {"text", "topic"} and g.chance(0.3):
        return prepositional("about", noun_phrase.common(g, g.pick(("person", "animal", "place", "event")), depth).node)
    return None
