"""Adjectives and adverbs in their degrees."""

from __future__ import annotations

from tools.grammar.dice import Dice
from tools.grammar.inflection import Graded
from tools.grammar.kinds import ADJECTIVES
from tools.grammar.tree import Node


def adjective(g: Dice, kind: str, degree: str = "Pos") -> Node:
    """An adjective that suits `kind`, in `degree` (Pos, Cmp, Sup) where it inflects, else in the positive."""
    entries = g.lexicon.adjectives[g.pick(ADJECTIVES[kind])]
    entry = g.pick(entries)
    if degree != "Pos" and not entry.comparative:
        inflecting = [e for e in entries if e.comparative]
        entry = g.pick(inflecting) if inflecting else entry
    return graded_node(entry, "ADJ", degree if entry.comparative else "Pos")


def compared(g: Dice, degree: str) -> Node:
    """A comparative (Cmp) or superlative (Sup) that suits any noun."""
    return graded_node(g.pick([entry for entry in g.lexicon.adjectives["any"] if entry.comparative]), "ADJ", degree)


def graded_node(entry: Graded, upos: str, degree: str) -> Node:
    tag = "JJ" if upos == "ADJ" else "RB"
    if degree == "Cmp":
        return Node(entry.comparative, entry.positive, upos, tag + "R", "Degree=Cmp")
    if degree == "Sup":
        return Node(entry.superlative, entry.positive, upos, tag + "S", "Degree=Sup")
    return Node(entry.positive, entry.positive, upos, tag, "Degree=Pos" if upos == "ADJ" or entry.comparative else "_")


def degree_adverb(g: Dice) -> Node:
    return graded_node(g.pick(g.lexicon.adverbs["degree"]), "ADV", "Pos")
