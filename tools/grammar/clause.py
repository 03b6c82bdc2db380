"""Clauses: a frame is drawn, then a subject, a verb group, complements and adjuncts; or a predicate with its copula."""

from __future__ import annotations

from tools.grammar import complements as follow
from tools.grammar.adjectives import adjective, degree_adverb, graded_node
from tools.grammar.closed import word
from tools.grammar.dice import Dice
from tools.grammar.frames import Frame, options
from tools.grammar.kinds import Phrase
from tools.grammar.noun_phrase import common, noun_phrase
from tools.grammar.prepositional import place_phrase, prepositional
from tools.grammar.tree import Node
from tools.grammar.verb_group import VerbGroup, arrange, verb_group, verb_node


def clause(
    g: Dice,
    depth: int,
    *,
    subject: Phrase | None = None,
    form: str = "Fin",
    gap: str = "",
    inverted: bool = False,
    fronted: tuple[tuple[str, Node], ...] = (),
    silent: bool = False,
    only: str = "",
    simple: bool = False,
    relation: str = "nsubj",
) -> Node:
    """A clause's head with everything around it.

    `subject` is drawn where it is not given, and not pronounced where it is `silent`; `gap` is the kind of an object
    that stands in `fronted` or is the noun outside that this clause modifies; `only` names the one class of
    verbs wanted; `simple` keeps to the simple tenses, affirmed.
    """
    frame, passive = g.weighed(options(subject.kind if subject else "", gap, form, depth > 0, only))
    if subject is None:
        subject = noun_phrase(g, _subject_kind(g, frame, passive), max(depth - 1, 0) if gap else depth)
    negatable = not _quantified(subject.node)
    if frame.shape == "cop":
        group = verb_group(g, form, subject, copula=True, inverted=inverted, negatable=negatable, simple=simple)
        head = _predicate(g, subject, depth)
    else:
        group = verb_group(
            g, form, subject, passive=passive, stative=not frame.progressive, inverted=inverted, negatable=negatable,
            simple=simple,
        )  # fmt: skip
        verb = g.pick(g.lexicon.verbs[frame.verbs])
        head = verb_node(verb, group.main, subject)
        follow.complements(g, frame, verb, head, subject, depth, passive=passive, gap=bool(gap))
        if passive and not follow.ends_in_clause(head) and g.chance(0.45):
            follow.agent(g, frame, head, subject, max(depth - 1, 0))
        follow.adjuncts(g, frame, head, depth, passive=passive)
        if form == "Fin" and not (passive or gap or inverted or relation == "csubj") and g.chance(0.1):
            _second_predicate(g, head, group, subject)
    if group.negated or inverted:
        _no_becomes_any(head)
    adverb = _frequency(g) if form == "Fin" and not group.negated and negatable and g.chance(0.07) else None
    spoken = None if silent else (relation + (":pass" if passive else ""), subject.node)
    return arrange(head, group, spoken, form, adverb=adverb, inverted=inverted, fronted=fronted)


def _subject_kind(g: Dice, frame: Frame, passive: bool) -> str:
    if not passive:
        return g.weighed(frame.subject)
    if frame.shape == "dative" and g.chance(0.5):
        return "person"
    return g.weighed(frame.object)


def _predicate(g: Dice, subject: Phrase, depth: int) -> Node:
    """What the copula links: a quality, a comparison, a place, a profession."""
    kind = subject.kind
    choice = g.weighed({"quality": 0.56, "comparison": 0.14, "place": 0.16, "noun": 0.14})
    if choice == "place" and kind in {"person", "animal", "thing", "container", "text", "food"}:
        return place_phrase(g, max(depth - 1, 0))
    if choice == "noun" and kind == "person":
        determiner = g.pick(("a", "a", "the", "POSSESSIVE")) if subject.number == "Sing" else g.pick(("BARE", "BARE", "the"))
        return common(g, "profession", depth, number=subject.number, determiner=determiner).node
    if choice == "comparison":
        quality = adjective(g, kind, "Cmp")
        if quality.xpos == "JJR":
            rival = noun_phrase(g, kind, 0, "Acc", avoid=subject.person).node
            return quality.last(("obl", prepositional("than", rival)))
    quality = adjective(g, kind)
    if g.chance(0.22):
        quality.first(("advmod", degree_adverb(g)))
    if depth > 0 and g.chance(0.15):
        second = adjective(g, kind)
        if second.lemma != quality.lemma:
            quality.last(("conj", second.first(("cc", word(g.pick(("and", "and", "but", "or")))))))
    return quality


def _second_predicate(g: Dice, head: Node, group: VerbGroup, subject: Phrase) -> None:
    """A second verb under the same subject and auxiliaries: "opened the door and left"."""
    if follow.ends_in_clause(head):
        return
    progressive = group.main == "PresPart"
    choices = {
        option: weight
        for option, weight in options(subject.kind, "", "PresPart" if progressive else "Ger", False).items()
        if not option[1] and option[0].verbs != "psych"
    }
    if not choices:
        return
    frame, _ = g.weighed(choices)
    verb = g.pick(g.lexicon.verbs[frame.verbs])
    if verb.base == head.lemma:
        return
    second = verb_node(verb, group.main, subject)
    follow.complements(g, frame, verb, second, subject, 0, passive=False, gap=False)
    follow.adjuncts(g, frame, second, 0)
    conjunction = "or" if group.negated else g.weighed({"and": 0.85, "or": 0.05, "but": 0.1})
    head.last(("conj", second.first(("cc", word(conjunction)))))


def _frequency(g: Dice) -> Node:
    entry = g.pick(g.lexicon.adverbs["often"])
    pron_type = {"never": "PronType=Neg", "always": "PronType=Tot", "sometimes": "PronType=Ind"}.get(entry.positive, "_")
    node = graded_node(entry, "ADV", "Pos")
    node.feats = pron_type
    return node


def _quantified(node: Node) -> bool:
    """Whether "not" would sit badly after this subject: nobody, no child, every child, both …"""
    return node.feats.endswith(("PronType=Neg", "PronType=Tot")) or any(
        child.lemma in {"no", "every", "each", "all", "both"} for _, child in node.left
    )


def _no_becomes_any(head: Node) -> None:
    """Under negation and in questions, English has "any" after the verb where it would have "no"."""
    for _, child in head.right:
        child.left = [(rel, word("any") if node.lemma == "no" else node) for rel, node in child.left]
