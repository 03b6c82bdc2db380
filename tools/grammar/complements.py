"""What follows a verb: its objects and complement clauses by the frame's shape, then adjuncts."""

from __future__ import annotations

from tools.grammar import clause  # a module, not its names: the two call each other
from tools.grammar.adjectives import adjective, degree_adverb, graded_node
from tools.grammar.closed import word
from tools.grammar.dice import Dice
from tools.grammar.frames import Frame
from tools.grammar.inflection import Verb
from tools.grammar.kinds import Phrase
from tools.grammar.noun_phrase import common, noun_phrase
from tools.grammar.prepositional import place_phrase, prepositional, time_phrase
from tools.grammar.tree import Node

CLAUSES = frozenset({"acl", "acl:relcl", "advcl", "ccomp", "csubj", "xcomp"})


def ends_in_clause(node: Node) -> bool:
    """Whether the words at the right edge belong to a clause below: what came next would seem to belong there too."""
    while node.right:
        relation, node = node.right[-1]
        if relation in CLAUSES:
            return True
    return False


def complements(g: Dice, frame: Frame, verb: Verb, head: Node, subject: Phrase, depth: int, *, passive: bool, gap: bool) -> None:
    """Adds the complements to the verb's node. `gap`: the object stands elsewhere in the sentence."""
    match frame.shape:
        case "obj":
            if not passive and not gap:
                head.last(("obj", _object(g, frame, subject, depth).node))
        case "particle":
            _particle(g, frame, verb, head, subject, depth, spoken=not passive and not gap)
        case "dative":
            _dative(g, frame, head, subject, depth, passive=passive, gap=gap)
        case "ccomp":
            head.last(("ccomp", _that_clause(g, depth - 1)))
        case "tell":
            hearer = noun_phrase(g, "person", 0, "Acc", avoid=subject.person)
            head.last(("iobj", hearer.node), ("ccomp", _that_clause(g, depth - 1)))
        case "wonder":
            head.last(("ccomp", _indirect_question(g, depth - 1)))
        case "want" | "seem":
            head.last(("xcomp", clause.clause(g, depth - 1, subject=subject, form="Inf", silent=True)))
        case "enjoy":
            head.last(("xcomp", clause.clause(g, depth - 1, subject=subject, form="Ger", silent=True)))
        case "order":
            controller = subject
            if not passive:
                controller = noun_phrase(g, "person", min(depth, 1), "Acc", avoid=subject.person)
                head.last(("obj", controller.node))
            head.last(("xcomp", clause.clause(g, depth - 1, subject=controller, form="Inf", silent=True)))
        case "look":
            quality = adjective(g, subject.kind)
            if g.chance(0.2):
                quality.first(("advmod", degree_adverb(g)))
            head.last(("xcomp", quality))


def agent(g: Dice, frame: Frame, head: Node, subject: Phrase, depth: int) -> None:
    """The by-phrase of a passive."""
    kind = g.weighed(frame.subject)
    dative = frame.shape == "dative"  # which may have a pronoun already
    doer = common(g, kind, depth) if dative else noun_phrase(g, kind, depth, "Acc", avoid=subject.person)
    head.last(("obl:agent", prepositional("by", doer.node)))


def adjuncts(g: Dice, frame: Frame, head: Node, depth: int, *, passive: bool = False) -> None:
    """Manner, instrument, place and time, unless a clause ends the phrase."""
    hurried = False
    if ends_in_clause(head):
        return
    if frame.manner and g.chance(0.14):
        hurried = True
        entry = g.pick(g.lexicon.adverbs["manner"])
        manner = graded_node(entry, "ADV", "Cmp" if entry.comparative and g.chance(0.3) else "Pos")
        if manner.form.endswith("ly") and g.chance(0.9 if passive else 0.3):
            head.first(("advmod", manner))
        else:
            if manner.xpos == "RB" and g.chance(0.14):
                manner.first(("advmod", degree_adverb(g)))
            head.last(("advmod", manner))
    if frame.tool and g.chance(0.09):
        tool = common(g, "tool", 0, number="Sing", determiner=g.pick(("a", "a", "the", "POSSESSIVE")))
        head.last(("obl", prepositional("with", tool.node)))
    below = max(depth - 1, 0)
    if frame.verbs not in {"vt_place", "vi_event"} and g.chance(0.13):
        head.last(("obl", place_phrase(g, below)))
    if ends_in_clause(head):
        return
    if frame.verbs not in {"vt_event", "vi_event"} and g.chance(0.07):
        head.last(("obl", time_phrase(g, below)))
    elif not hurried and g.chance(0.09):
        head.last(("advmod", graded_node(g.pick(g.lexicon.adverbs["when"]), "ADV", "Pos")))


def _object(g: Dice, frame: Frame, subject: Phrase, depth: int) -> Phrase:
    kind = g.weighed(frame.object)
    if kind == "person" and subject.reflexive and g.chance(0.07):
        return Phrase(word(subject.reflexive), kind)
    return noun_phrase(g, kind, depth, "Acc", avoid=subject.person)


def _particle(g: Dice, frame: Frame, verb: Verb, head: Node, subject: Phrase, depth: int, *, spoken: bool) -> None:
    """ "pick up the box", "pick the box up", but only "pick it up"."""
    particle = ("compound:prt", word(verb.particle))
    if not spoken:
        head.last(particle)
        return
    thing = _object(g, frame, subject, depth).node
    short = not thing.right and len(thing.left) < 2
    if thing.xpos == "PRP" or (short and g.chance(0.35)):
        head.last(("obj", thing), particle)
    else:
        head.last(particle, ("obj", thing))


def _dative(g: Dice, frame: Frame, head: Node, subject: Phrase, depth: int, *, passive: bool, gap: bool) -> None:
    """ "give him a book", "give a book to him", "he was given a book", "a book was given to him"."""
    if passive and subject.kind == "person":
        head.last(("obj", common(g, g.weighed(frame.object), depth).node))
        return
    receiver = noun_phrase(g, "person", 0, "Acc", avoid="" if passive else subject.person).node
    if passive or gap:
        head.last(("obl", prepositional("to", receiver)))
    elif receiver.xpos == "PRP" or g.chance(0.5):
        head.last(("iobj", receiver), ("obj", common(g, g.weighed(frame.object), depth).node))
    else:
        gift = noun_phrase(g, g.weighed(frame.object), max(depth - 1, 0), "Acc", avoid=subject.person).node
        head.last(("obj", gift), ("obl", prepositional("to", receiver)))


def _that_clause(g: Dice, depth: int) -> Node:
    content = clause.clause(g, depth)
    return content.first(("mark", word("that~mark"))) if g.chance(0.72) else content


def _indirect_question(g: Dice, depth: int) -> Node:
    content = clause.clause(g, depth)
    if g.chance(0.5):
        return content.first(("mark", word(g.pick(("whether", "if")))))
    return content.first(("advmod", wh_adverb(g, content)))


def wh_adverb(g: Dice, head: Node) -> Node:
    """When, why, or, where the clause leaves room for the answer, where or how."""
    choices = ["when", "why"]
    if head.upos == "VERB":
        choices += ["how"] if all(relation != "advmod" for relation, _ in head.right) else []
        choices += ["where"] if all(relation != "obl" for relation, _ in head.right) else []
    return word(g.pick(choices))
