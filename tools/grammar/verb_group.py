"""Verb groups: tense, modality, perfect, progressive, passive, negation and the do-support that they call for.

A clause's form is one of Fin (finite), Inf (after "to"), Ger, PresPart, PassPart and Imp.
"""

from __future__ import annotations

from dataclasses import dataclass

from tools.grammar.closed import NONFINITE, auxiliary_form, word
from tools.grammar.dice import Dice
from tools.grammar.inflection import Verb
from tools.grammar.kinds import Phrase
from tools.grammar.tree import Node

STYLES = {
    "simple": 60.0, "modal": 15.0, "perfect": 9.0, "progressive": 13.0, "modal perfect": 1.5,
    "perfect progressive": 1.5,
}  # fmt: skip
STATIVE_STYLES = {style: weight for style, weight in STYLES.items() if "progressive" not in style}
MODALS = {
    "Past": {"could": 2.0, "would": 2.0, "might": 1.0},
    "Pres": {"will": 4.0, "can": 2.0, "must": 1.5, "should": 1.5, "may": 1.0},
}
PERFECT_MODALS = MODALS | {"Pres": {"will": 2.0, "must": 2.0, "may": 1.0}}  # "can have gone" is no English
NEGATED = {"Fin": 0.12, "Inf": 0.03, "Imp": 0.22}

# XPOS and FEATS of a verb's non-finite forms; a copula or auxiliary takes the same.
MORPHOLOGY = {
    "Inf": ("VB", "VerbForm=Inf"),
    "Imp": ("VB", "Mood=Imp|VerbForm=Fin"),
    "Ger": ("VBG", "VerbForm=Ger"),
    "PresPart": ("VBG", "Tense=Pres|VerbForm=Part"),
    "PastPart": ("VBN", "Tense=Past|VerbForm=Part"),
    "PassPart": ("VBN", "Tense=Past|VerbForm=Part|Voice=Pass"),
}


@dataclass(slots=True)
class VerbGroup:
    """Auxiliaries in order with their relations (the copula last, if any), and how the main verb is marked."""

    auxiliaries: list[tuple[str, Node]]
    main: str  # a key of MORPHOLOGY, or Pres or Past
    negated: bool


def tag(tense: str, subject: Phrase) -> tuple[str, str]:
    """XPOS and FEATS of a finite form."""
    third = subject.person == "3" and subject.number == "Sing"
    xpos = "VBD" if tense == "Past" else "VBZ" if third else "VBP"
    return xpos, f"Mood=Ind|Number={subject.number}|Person={subject.person}|Tense={tense}|VerbForm=Fin"


def verb_node(verb: Verb, marking: str, subject: Phrase) -> Node:
    """The main verb; `marking` as in `VerbGroup.main`."""
    if marking in {"Pres", "Past"}:
        xpos, feats = tag(marking, subject)
        form = verb.past if marking == "Past" else verb.third if xpos == "VBZ" else verb.base
    else:
        xpos, feats = MORPHOLOGY[marking]
        form = {"VB": verb.base, "VBG": verb.gerund, "VBN": verb.participle}[xpos]
    return Node(form, verb.base, "VERB", xpos, feats)


def auxiliary(lemma: str, marking: str, subject: Phrase) -> Node:
    """A form of be, have or do."""
    if marking in {"Pres", "Past"}:
        form = auxiliary_form(lemma, marking, subject.person, subject.number)
        return Node(form, lemma, "AUX", *tag(marking, subject))
    xpos, feats = MORPHOLOGY[marking]
    base = {"PastPart": "Past", "PresPart": "Pres", "Ger": "Pres"}.get(marking, "Inf")
    return Node(NONFINITE[lemma][base], lemma, "AUX", xpos, feats)


def verb_group(
    g: Dice,
    form: str,
    subject: Phrase,
    *,
    passive: bool = False,
    copula: bool = False,
    stative: bool = False,
    inverted: bool = False,
    negatable: bool = True,
    simple: bool = False,
) -> VerbGroup:
    """Draws what `form` leaves open. `stative` bars the progressive; `inverted` asks for an auxiliary to invert;
    `simple` bars modals, perfect, progressive and negation. A finite group takes the sentence's tense.
    """
    style = "simple"
    marking = form
    if form == "Fin":
        marking = g.tense
        if not simple:
            style = g.weighed(STATIVE_STYLES if stative or copula or passive else STYLES)
    negated = negatable and not simple and g.chance(NEGATED.get(form, 0.0))
    # Each step: the auxiliary's lemma, its relation, and the marking that it puts on what follows.
    steps: list[tuple[str, str, str]] = []
    if "modal" in style:
        steps.append(("MODAL", "aux", "Inf"))
    if "perfect" in style:
        steps.append(("have", "aux", "PastPart"))
    if "progressive" in style:
        steps.append(("be", "aux", "PresPart"))
    if passive and form != "PassPart":
        steps.append(("be", "aux:pass", "PassPart"))
    support = (negated and form in {"Fin", "Imp"}) or inverted
    if support and not steps and not (copula and form == "Fin"):
        steps.append(("do", "aux", "Inf"))
    modals = (PERFECT_MODALS if "perfect" in style else MODALS)[g.tense]
    auxiliaries: list[tuple[str, Node]] = []
    for lemma, relation, following in steps:
        node = word(g.weighed(modals)) if lemma == "MODAL" else auxiliary(lemma, marking, subject)
        auxiliaries.append((relation, node))
        marking = following
    if copula:
        auxiliaries.append(("cop", auxiliary("be", marking, subject)))
    return VerbGroup(auxiliaries, marking, negated)


def arrange(
    head: Node,
    group: VerbGroup,
    subject: tuple[str, Node] | None,
    form: str,
    *,
    adverb: Node | None = None,
    inverted: bool = False,
    fronted: tuple[tuple[str, Node], ...] = (),
) -> Node:
    """Puts what precedes the head before it: fronted words, subject, auxiliaries, "not", an adverb, "to"."""
    negation = [("advmod", word("not"))] if group.negated else []
    middle = [("advmod", adverb)] if adverb is not None else []
    agent = [subject] if subject is not None else []
    auxiliaries = group.auxiliaries
    if form == "Inf":
        line = [*agent, *negation, ("mark", word("to~inf")), *middle, *auxiliaries]
    elif inverted:
        line = [*auxiliaries[:1], *agent, *negation, *middle, *auxiliaries[1:]]
    else:
        line = [*agent, *auxiliaries[:1], *negation, *middle, *auxiliaries[1:]]
    return head.first(*fronted, *line)
