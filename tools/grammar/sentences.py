"""Whole sentences: statements, questions, commands, and what joins clauses."""

from __future__ import annotations

from collections.abc import Callable

from tools.grammar.adjectives import adjective, graded_node
from tools.grammar.clause import clause
from tools.grammar.closed import auxiliary_form, word
from tools.grammar.complements import ends_in_clause, wh_adverb
from tools.grammar.dice import Dice
from tools.grammar.kinds import Phrase
from tools.grammar.noun_phrase import common, noun_phrase
from tools.grammar.prepositional import place_phrase, time_phrase
from tools.grammar.tree import Node
from tools.grammar.verb_group import arrange, auxiliary, tag, verb_group

DEPTHS = {0: 0.15, 1: 0.36, 2: 0.31, 3: 0.18}
MARKS = {
    "because": 2.0, "when": 2.5, "while": 1.2, "although": 1.2, "if": 1.5, "unless": 0.6, "after~mark": 1.5,
    "before~mark": 1.5, "until": 0.6,
}  # fmt: skip
ASKED = ("person", "thing", "animal", "container", "text", "food", "place", "event")
DEEDS = ("vi_person", "vt_thing", "vt_person", "vt_container", "vt_text", "vt_place", "vt_event")  # done on purpose


def statement(g: Dice, depth: int) -> Node:
    return clause(g, depth).last(("punct", word(".")))


def joined(g: Dice, depth: int) -> Node:
    """Two statements with "and", "but" or "or"."""
    first, second = clause(g, max(depth - 1, 0)), clause(g, max(depth - 1, 0))
    conjunction = g.weighed({"and": 0.5, "but": 0.4, "or": 0.1})
    second.first(("punct", word(",")), ("cc", word(conjunction)))
    return first.last(("conj", second), ("punct", word(".")))


def with_adverbial(g: Dice, depth: int) -> Node:
    """A statement with an adverbial clause before or after it."""
    below = max(depth - 1, 0)
    kind = g.weighed({"finite": 0.64, "purpose": 0.12, "gerund": 0.14, "participle": 0.1})
    if kind == "finite":
        mark = g.weighed(MARKS)
        adverbial = clause(g, below, simple=mark not in {"because", "although"})
        adverbial.first(("advmod" if mark == "when" else "mark", word(mark)))
        main = clause(g, below)
    else:
        subject = noun_phrase(g, "person", below)
        form = {"purpose": "Inf", "gerund": "Ger", "participle": "PresPart"}[kind]
        deed = g.pick(DEEDS) if kind == "purpose" else ""
        adverbial = clause(g, 0, subject=subject, form=form, silent=True, only=deed)
        if kind == "gerund":
            adverbial.first(("mark", word(g.pick(("after~mark", "before~mark", "without~mark")))))
        main = clause(g, below, subject=subject, only=g.pick(DEEDS) if kind == "purpose" else "")
    if kind == "participle" or ends_in_clause(main) or g.chance(0.4):
        main.first(("advcl", adverbial.last(("punct", word(",")))))
    else:
        main.last(("advcl", adverbial))
    return main.last(("punct", word(".")))


def with_opening(g: Dice, depth: int) -> Node:
    """A comment, a time or a place first, set off by a comma."""
    main = clause(g, depth)
    if g.chance(0.5):
        opening = ("advmod", graded_node(g.pick(g.lexicon.adverbs["comment"]), "ADV", "Pos"))
    else:
        opening = ("obl", g.pick((place_phrase, time_phrase))(g, 0))
    return main.first(opening, ("punct", word(","))).last(("punct", word(".")))


def yes_no_question(g: Dice, depth: int) -> Node:
    return clause(g, depth, inverted=True).last(("punct", word("?")))


def wh_question(g: Dice, depth: int) -> Node:
    """A question after the subject, the object, a place, time, reason or manner, a degree, or an identity."""
    below = max(depth - 1, 0)
    asked = g.weighed({"subject": 0.24, "object": 0.3, "adverbial": 0.26, "degree": 0.1, "identity": 0.1})
    if asked == "adverbial":
        root = clause(g, depth, inverted=True)
        root.first(("advmod", wh_adverb(g, root)))
    elif asked == "degree":
        subject = noun_phrase(g, g.pick(ASKED), depth)
        quality = adjective(g, subject.kind).first(("advmod", word("how")))
        root = _linked(g, quality, subject)
    elif asked == "identity":
        subject = common(g, g.pick(("person", "topic")), depth)
        root = _linked(g, word("who" if subject.kind == "person" else "what"), subject)
    elif asked == "subject":
        kind = g.pick(("person", "person", "thing"))
        root = clause(g, depth, subject=_questioned(g, kind, below))
    else:
        kind = g.pick(ASKED)
        root = clause(g, depth, gap=kind, inverted=True, fronted=(("obj", _questioned(g, kind, below).node),))
    return root.last(("punct", word("?")))


def command(g: Dice, depth: int) -> Node:
    """An imperative; its silent subject is the person spoken to."""
    hearer = Phrase(word("you"), "person", "Sing", "2")
    root = clause(g, depth, subject=hearer, form="Imp", silent=True)
    if g.chance(0.12):
        root = arrange(adjective(g, "person"), verb_group(g, "Imp", hearer, copula=True), None, "Imp")
    return root.last(("punct", word(g.pick((".", "!")))))


def existential(g: Dice, depth: int) -> Node:
    """ "There is …": the verb agrees with the noun that follows."""
    kind = g.pick(("person", "animal", "thing", "container", "food", "event"))
    number = g.pick(("Sing", "Plur"))
    determiner = g.pick(("a", "a", "no", "another")) if number == "Sing" else g.pick(("some", "no", "NUMBER", "QUANTITY"))
    there = common(g, kind, depth, number=number, determiner=determiner)
    form = auxiliary_form("be", g.tense, "3", number)
    root = Node(form, "be", "VERB", *tag(g.tense, there))
    root.first(("expl", word("there"))).last(("nsubj", there.node))
    if not ends_in_clause(root) and g.chance(0.8):
        root.last(("obl", place_phrase(g, max(depth - 1, 0))))
    return root.last(("punct", word(".")))


def extraposed(g: Dice, depth: int) -> Node:
    """ "It is clear that …": a clausal subject after its predicate."""
    it = Phrase(word("it"), "idea")
    entry = g.pick(g.lexicon.adjectives["clause"])
    root = arrange(graded_node(entry, "ADJ", "Pos"), verb_group(g, "Fin", it, copula=True), ("expl", it.node), "Fin")
    content = clause(g, max(depth - 1, 0)).first(("mark", word("that~mark")))
    return root.last(("csubj", content), ("punct", word(".")))


def clausal_subject(g: Dice, depth: int) -> Node:
    """ "Painting the fence tired them": a gerund clause as the subject."""
    doer = Phrase(word("they"), "person", "Plur")
    gerund = clause(g, 0, subject=doer, form="Ger", silent=True)
    subject = Phrase(gerund, "event")
    return clause(g, max(depth - 1, 0), subject=subject, only="psych", relation="csubj").last(("punct", word(".")))


SENTENCES: dict[Callable[[Dice, int], Node], float] = {
    statement: 50.0,
    joined: 8.0,
    with_adverbial: 12.0,
    with_opening: 5.0,
    yes_no_question: 7.0,
    wh_question: 9.0,
    command: 5.0,
    existential: 4.0,
    extraposed: 2.0,
    clausal_subject: 1.5,
}


def sentence(g: Dice) -> Node:
    """The root of a sentence of a kind and depth drawn by their weights."""
    g.tense = g.weighed({"Past": 0.56, "Pres": 0.44})
    return g.weighed(SENTENCES)(g, g.weighed(DEPTHS))


def _questioned(g: Dice, kind: str, depth: int) -> Phrase:
    """Who, what, which …, what … or whose …, as the thing asked after."""
    style = g.weighed({"pronoun": 0.55, "which~det": 0.25, "what~det": 0.08, "whose": 0.12})
    if style == "pronoun":
        return Phrase(word("who" if kind == "person" else "what"), kind)
    return common(g, kind, depth, determiner=style)


def _linked(g: Dice, predicate: Node, subject: Phrase) -> Node:
    """A predicate first, then a form of "be", then the subject: "How old is the boy"."""
    return predicate.last(("cop", auxiliary("be", g.tense, subject)), ("nsubj", subject.node))
