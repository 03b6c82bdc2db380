"""Clauses that modify nouns: subject and object relatives, whose, where, participles, content clauses, infinitives."""

from __future__ import annotations

from tools.grammar import clause, noun_phrase  # modules, not their names: each calls the others
from tools.grammar.closed import word
from tools.grammar.dice import Dice
from tools.grammar.frames import options
from tools.grammar.kinds import PRONOUNS, Phrase
from tools.grammar.tree import Node

CHOICES = {"subject": 0.42, "object": 0.3, "passive participle": 0.14, "participle": 0.14, "special": 0.12}
PARTICIPLES = {"passive participle": "PassPart", "participle": "PresPart"}


def clausal_modifier(g: Dice, phrase: Phrase, drawn: str, depth: int) -> None:
    """Adds one clause to the phrase's noun; `drawn` is the lexicon's class of that noun."""
    kind = phrase.kind
    if drawn == "claim":
        phrase.node.last(("acl", clause.clause(g, depth).first(("mark", word("that~mark")))))
        return
    if drawn == "aim":
        wanter = Phrase(phrase.node, "person")
        phrase.node.last(("acl", clause.clause(g, depth, subject=wanter, form="Inf", silent=True)))
        return
    choice = g.weighed(CHOICES)
    form = PARTICIPLES.get(choice, "")
    if form and options(kind, "", form, False):
        participle = clause.clause(g, 0, subject=phrase, form=form, silent=True)
        if participle.right:  # alone, it would stand before the noun
            phrase.node.last(("acl", participle))
    elif choice == "special" and kind == "place":
        phrase.node.last(("acl:relcl", clause.clause(g, depth, fronted=(("advmod", word("where~rel")),))))
    elif choice == "special" and kind == "person":
        owned = noun_phrase.common(g, g.pick(("person", "animal", "thing")), 0, determiner="whose~rel")
        phrase.node.last(("acl:relcl", clause.clause(g, depth, subject=owned)))
    elif choice == "object" and options("", kind, "Fin", False):
        phrase.node.last(("acl:relcl", _object_relative(g, kind, depth)))
    elif options(kind, "", "Fin", depth > 0):
        pronoun = Phrase(_relative_pronoun(g, kind), kind, phrase.number)
        phrase.node.last(("acl:relcl", clause.clause(g, depth, subject=pronoun)))


def _relative_pronoun(g: Dice, kind: str) -> Node:
    choices = {"who~rel": 0.7, "that~rel": 0.3} if kind == "person" else {"that~rel": 0.6, "which~rel": 0.4}
    return word(g.weighed(choices))


def _object_relative(g: Dice, kind: str, depth: int) -> Node:
    """ "the book that she wrote", "the man whom we met", "the cup he broke"."""
    if g.chance(0.3):
        key = g.pick(tuple(PRONOUNS))  # without a relative pronoun, a heavier subject would be hard to read
        number, person, reflexive = PRONOUNS[key]
        return clause.clause(g, depth, subject=Phrase(word(key), "person", number, person, reflexive), gap=kind)
    if kind == "person" and g.chance(0.15):
        return clause.clause(g, depth, gap=kind, fronted=(("obj", word("whom~rel")),))
    return clause.clause(g, depth, gap=kind, fronted=(("obj", _relative_pronoun(g, kind)),))
