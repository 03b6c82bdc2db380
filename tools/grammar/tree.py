"""A tree under construction, and how it becomes a sentence: heads are right because nobody ever writes one down."""

from __future__ import annotations

from functools import cache
from sys import intern

from probing.corpora.sentence import Sentence, Word

# Spelling misleads a/an on these: a useful thing, a European, a one-off; an hour, an honest man.
CONSONANT_SOUND = ("use", "usu", "uni", "euro", "one")
VOWEL_SOUND = ("hour", "honest", "heir")


@cache
def parse_feats(text: str) -> tuple[tuple[str, str], ...]:
    """ "Case=Nom|Number=Sing" → (("Case", "Nom"), ("Number", "Sing")); "_" → ()."""
    if text == "_":
        return ()
    pairs = (feature.split("=") for feature in text.split("|"))
    return tuple((intern(name), intern(value)) for name, value in pairs)


class Node:
    """A word and its dependents, each a (relation, node), to its left and right in the order of the sentence."""

    __slots__ = ("feats", "form", "left", "lemma", "right", "upos", "xpos")

    def __init__(self, form: str, lemma: str, upos: str, xpos: str, feats: str = "_") -> None:
        self.form = form
        self.lemma = lemma
        self.upos = upos
        self.xpos = xpos
        self.feats = feats
        self.left: list[tuple[str, Node]] = []
        self.right: list[tuple[str, Node]] = []

    def first(self, *dependents: tuple[str, Node]) -> Node:
        """Puts dependents, in their order, before everything that is there."""
        self.left[:0] = dependents
        return self

    def last(self, *dependents: tuple[str, Node]) -> Node:
        """Puts dependents, in their order, after everything that is there."""
        self.right.extend(dependents)
        return self


def sounds_like_vowel(form: str) -> bool:
    lower = form.lower()
    if lower.startswith(CONSONANT_SOUND):
        return False
    return lower[0] in "aeiou" or lower.startswith(VOWEL_SOUND)


def linearise(root: Node, name: str) -> Sentence:
    """The sentence of a tree: left dependents, word, right dependents, all the way down.

    "a" becomes "an" before a vowel, a comma before other punctuation goes, and the first word gets its capital.
    """
    order: list[Node] = []
    parent: list[tuple[Node | None, str]] = []

    def walk(node: Node, above: Node | None, relation: str) -> None:
        for rel, child in node.left:
            walk(child, node, rel)
        order.append(node)
        parent.append((above, relation))
        for rel, child in node.right:
            walk(child, node, rel)

    walk(root, None, "root")
    kept = [i for i, node in enumerate(order) if node.form != "," or order[i + 1].upos != "PUNCT"]
    order, parent = [order[i] for i in kept], [parent[i] for i in kept]
    position = {id(node): i for i, node in enumerate(order, start=1)}
    words = []
    for i, (node, (above, relation)) in enumerate(zip(order, parent, strict=True)):
        form = node.form
        if form == "a" and sounds_like_vowel(order[i + 1].form):
            form = "an"
        if i == 0:
            form = intern(form[0].upper() + form[1:])
        head = position[id(above)] if above is not None else 0
        words.append(Word(form, node.lemma, node.upos, node.xpos, parse_feats(node.feats), head, intern(relation)))
    return Sentence(name, tuple(words))
