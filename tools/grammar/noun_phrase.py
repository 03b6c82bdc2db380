"""Noun phrases: pronouns, names, common nouns with determiners, possessors and modifiers, apposition, coordination."""

from __future__ import annotations

from tools.grammar import relative_clause  # a module, not its names: the two call each other
from tools.grammar.adjectives import adjective, compared, degree_adverb, graded_node
from tools.grammar.closed import word
from tools.grammar.dice import Dice
from tools.grammar.inflection import Graded
from tools.grammar.kinds import ACCUSATIVE, PRONOUNS, WIDER, Phrase
from tools.grammar.prepositional import complement, place_phrase, prepositional
from tools.grammar.tree import Node

SINGULAR_DETERMINERS = {
    "the": 46.0, "a": 26.0, "this": 4.0, "that": 3.0, "every": 2.5, "each": 1.5, "another": 2.0, "no": 1.5,
    "POSSESSIVE": 10.0, "GENITIVE": 5.0,
}  # fmt: skip
PLURAL_DETERMINERS = {
    "the": 36.0, "BARE": 16.0, "these": 4.0, "those": 3.0, "some": 5.0, "no": 1.5, "all": 3.0, "NUMBER": 8.0,
    "QUANTITY": 6.0, "POSSESSIVE": 10.0, "GENITIVE": 5.0,
}  # fmt: skip
MASS_DETERMINERS = {
    "the": 45.0,
    "BARE": 15.0,
    "some": 12.0,
    "this": 5.0,
    "no": 2.0,
    "POSSESSIVE": 12.0,
    "GENITIVE": 3.0,
}
JOINED_DETERMINERS = {
    "Sing": ("the", "the", "a", "POSSESSIVE"),
    "Plur": ("the", "BARE", "some", "POSSESSIVE", "NUMBER"),
    "mass": ("the", "BARE", "some", "POSSESSIVE"),
}
PLACED = frozenset({"person", "animal", "thing", "container"})
PARTS = {
    "person": "part_person",
    "gendered": "part_person",
    "thing": "part_thing",
    "container": "part_thing",
    "place": "part_place",
}
POSSESSIVES = ("my", "your", "his", "her~poss", "our", "their")
NUMBERS = {
    "two": 5.0,
    "three": 4.0,
    "four": 2.0,
    "five": 1.5,
    "six": 1.0,
    "seven": 0.7,
    "eight": 0.7,
    "nine": 0.6,
    "ten": 1.2,
}


def noun_phrase(g: Dice, kind: str, depth: int, case: str = "Nom", avoid: str = "") -> Phrase:
    """A phrase of `kind`, at most `depth` levels of modifiers deep.

    `avoid` is the subject's person where a pronoun of that person would have to be reflexive.
    """
    pronoun = _pronoun(g, kind, case, avoid)
    if pronoun is not None:
        return pronoun
    if kind == "person" and g.chance(0.24):
        return _name(g, depth)
    if depth > 0 and g.chance(0.09):
        return _coordinated(g, kind, depth)
    phrase = common(g, kind, depth)
    # After an object, a place would seem to belong to the verb; a subject keeps it.
    if case == "Nom" and kind in PLACED and depth > 0 and not phrase.node.right and g.chance(0.28):
        # Of the other number more often than not: these are the nouns that a verb must not agree with.
        phrase.node.last(("nmod", place_phrase(g, 0, plural=0.65 if phrase.number == "Sing" else 0.3)))
    return phrase


def common(
    g: Dice, kind: str, depth: int, number: str = "", determiner: str = "", relative: bool = True, bare: bool = False
) -> Phrase:
    """A common noun with its determiner and modifiers; `determiner` fixes the choice, whose included;
    `relative` allows clauses to its right, `bare` bars everything there.
    """
    drawn = g.weighed(WIDER[kind]) if kind in WIDER else kind
    entry = g.pick(g.lexicon.nouns[drawn])
    mass = drawn in {"mass", "liquid"}
    number = "Sing" if mass else number or g.weighed({"Sing": 0.62, "Plur": 0.38})
    if number == "Plur":
        node = Node(entry.plural, entry.singular, "NOUN", "NNS", "Number=Plur")
    else:
        node = Node(entry.singular, entry.singular, "NOUN", "NN", "Number=Sing")
    kind = "person" if kind == "profession" else kind
    phrase = Phrase(node, kind, number, reflexive="themselves" if kind == "person" and number == "Plur" else "")
    _modify_left(g, node, drawn, depth)
    if not determiner:
        choices = MASS_DETERMINERS if mass else SINGULAR_DETERMINERS if number == "Sing" else PLURAL_DETERMINERS
        determiner = g.weighed(choices)
    _determine(g, node, determiner)
    if not bare:
        _modify_right(g, phrase, drawn, depth, relative)
    return phrase


def proper(name: str) -> Node:
    return Node(name, name, "PROPN", "NNP", "Number=Sing")


def _pronoun(g: Dice, kind: str, case: str, avoid: str) -> Phrase | None:
    """A personal, demonstrative or indefinite pronoun for `kind`, or None where a noun is due."""
    if kind == "person":
        if g.chance(0.34):
            if case == "Nom":
                key = g.pick(tuple(PRONOUNS))
                number, person, reflexive = PRONOUNS[key]
                return Phrase(word(key), kind, number, person, reflexive)
            key = g.pick([pronoun for pronoun, person in ACCUSATIVE.items() if person != avoid])
            return Phrase(word(key), kind, "Plur" if key in {"us", "them"} else "Sing", ACCUSATIVE[key])
        if g.chance(0.045):
            return Phrase(word(g.pick(("someone", "everyone", "nobody") if case == "Nom" else ("someone", "everyone"))), kind)
    elif kind in {"thing", "animal", "container", "text", "food", "idea"}:
        if g.chance(0.08):
            plural = g.chance(0.35)
            key = ("they" if plural else "it") if case == "Nom" else ("them" if plural else "it~acc")
            return Phrase(word(key), kind, "Plur" if plural else "Sing")
        if kind == "thing" and g.chance(0.05):
            return Phrase(
                word(g.pick(("something", "everything", "nothing") if case == "Nom" else ("something", "everything"))),
                kind,
            )
    return None


def _name(g: Dice, depth: int) -> Phrase:
    gender = g.pick(("female", "male"))
    node = proper(g.pick(g.lexicon.names[gender]))
    if g.chance(0.25):
        node.last(("flat", proper(g.pick(g.lexicon.names["family"]))))
    if depth > 0 and g.chance(0.12):
        title = common(g, "profession", 0, number="Sing", determiner=g.pick(("a", "the"))).node
        title.first(("punct", word(","))).last(("punct", word(",")))
        node.last(("appos", title))
    return Phrase(node, "person", reflexive="herself" if gender == "female" else "himself")


def _coordinated(g: Dice, kind: str, depth: int) -> Phrase:
    """ "A and B", "A , B and C", "both A and B": plural, whatever its parts."""
    count = 3 if g.chance(0.15) else 2
    parts = []
    for _ in range(count):
        named = kind == "person" and g.chance(0.35)
        if named:
            parts.append(_name(g, 0))
            continue
        number = "Sing" if kind == "mass" else g.pick(("Sing", "Plur"))
        determiner = g.pick(JOINED_DETERMINERS["mass" if kind == "mass" else number])
        parts.append(common(g, kind, depth - 1 if count == 2 else 0, number, determiner, relative=False))
    head = parts[0].node
    for part in parts[1:-1]:
        head.last(("conj", part.node.first(("punct", word(",")))))
    head.last(("conj", parts[-1].node.first(("cc", word("and")))))
    if count == 2 and g.chance(0.12):
        head.first(("cc:preconj", word("both")))
    return Phrase(head, kind, "Plur", reflexive="themselves" if kind == "person" else "")


def _modify_left(g: Dice, node: Node, kind: str, depth: int) -> None:
    """Adjectives and a compounding noun, nearest to the head first."""
    if kind in {"thing", "container", "food"} and g.chance(0.09):
        modifier = g.pick(g.lexicon.nouns["modifier"]).singular
        if modifier != node.lemma:
            node.first(("compound", Node(modifier, modifier, "NOUN", "NN", "Number=Sing")))
    if not g.chance(0.24 + 0.06 * depth):
        return
    first = adjective(g, kind)
    if depth > 0 and g.chance(0.14):
        first.first(("advmod", degree_adverb(g)))
    node.first(("amod", first))
    if depth > 0 and g.chance(0.16):
        second = adjective(g, kind)
        if second.lemma == first.lemma:
            return
        if g.chance(0.5):
            first.last(("conj", second.first(("cc", word("and")))))
        else:
            node.first(("amod", second))


def _determine(g: Dice, node: Node, choice: str) -> None:
    """Puts the determiner, possessor, numeral or quantity that `choice` names at the left edge."""
    lexicon = g.lexicon
    if choice == "POSSESSIVE":
        node.first(("nmod:poss", word(g.pick(POSSESSIVES))))
    elif choice == "GENITIVE":
        node.first(("nmod:poss", _possessor(g)))
    elif choice == "NUMBER":
        node.first(("nummod", word(g.weighed(NUMBERS))))
        if g.chance(0.35):
            node.first(("det", word("the")))
    elif choice == "QUANTITY":
        node.first(("amod", graded_node(Graded(g.pick(lexicon.adjectives["quantity"]).positive), "ADJ", "Pos")))
    elif choice == "all":
        node.first(("det:predet", word("all")), ("det", word("the")))
    elif choice.startswith("whose"):
        node.first(("nmod:poss", word(choice)))
    elif choice != "BARE":
        if choice == "the" and g.chance(0.09):
            _rank(g, node)
        elif choice == "a" and not node.left and g.chance(0.05):
            node.first(("amod", compared(g, "Cmp")))
        node.first(("det", word(choice)))


def _rank(g: Dice, node: Node) -> None:
    """The oldest …, the second …"""
    if g.chance(0.3):
        ordinal = g.pick(g.lexicon.adjectives["ordinal"]).positive
        node.first(("amod", Node(ordinal, ordinal, "ADJ", "JJ", "Degree=Pos|NumForm=Word|NumType=Ord")))
    elif not node.left:
        node.first(("amod", compared(g, "Sup")))


def _possessor(g: Dice) -> Node:
    """The owner with its 's (or ' after a plural in s)."""
    owner = (
        _name(g, 0).node
        if g.chance(0.45)
        else common(g, "person", 0, determiner=g.pick(("the", "the", "POSSESSIVE")), bare=True).node
    )
    last = owner.right[-1][1] if owner.right else owner
    mark = "'" if last.xpos == "NNS" and last.form.endswith("s") else "'s"
    return owner.last(("case", word(mark)))


def _modify_right(g: Dice, phrase: Phrase, kind: str, depth: int, relative: bool) -> None:
    """What the kind of noun calls for, then at most one clause."""
    node = phrase.node
    asked_for = complement(g, kind, max(depth - 1, 0))
    if asked_for is not None:
        node.last(("nmod", asked_for))
    elif depth > 0 and g.chance(0.11):
        part = PARTS.get(kind)
        if part is not None:
            several = phrase.number == "Plur"
            determiner = "BARE" if several else g.pick(("a", "a", "the", "POSSESSIVE" if kind == "person" else "another"))
            with_part = common(g, part, 0, determiner=determiner, number="Plur" if several else "Sing")
            node.last(("nmod", prepositional("with", with_part.node)))
    clear = not node.right or node.right[-1][1].xpos != node.xpos  # agreement may tell which noun a clause modifies
    if relative and clear and depth > 0 and g.chance(0.05 + 0.065 * depth):
        relative_clause.clausal_modifier(g, phrase, kind, depth - 1)
