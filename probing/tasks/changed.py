"""Sentences made from others. Words keep their annotation and move with it; an id says what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from probing.corpora.sentence import Sentence, Word

MARKS = frozenset('"“”„«»')  # double quotes: what is said in them may be no part of the clause around it


def rearranged(sentence: Sentence, order: Sequence[int], what: str) -> Sentence:
    """The words in another `order` [n], a permutation of their places; heads follow the words."""
    place = [0] * (len(order) + 1)  # of each head, 1-based; the root's own stays 0
    for new, old in enumerate(order, start=1):
        place[old + 1] = new
    words = [sentence.words[old] for old in order]
    moved = tuple(
        word if word.head < 0 or place[word.head] == word.head else replace(word, head=place[word.head]) for word in words
    )
    return Sentence(f"{sentence.id}#{what}", moved, sentence.line)


def with_word(sentence: Sentence, place: int, word: Word, what: str) -> Sentence:
    """Another `word` at `place`, in the tree as it was."""
    words = list(sentence.words)
    words[place] = replace(words[place], form=word.form, lemma=word.lemma)
    return Sentence(f"{sentence.id}#{what}", tuple(words), sentence.line)


def recased(sentence: Sentence, former: int) -> Sentence:
    """With the capital at its new beginning: the word at `former` stood first until now.

    Names, and words whose lemma is written with a capital (English I, German nouns), keep theirs.
    """
    words = list(sentence.words)
    first, moved = words[0], words[former]
    if not moved.form[:1].isupper():
        return sentence
    words[0] = replace(first, form=first.form[:1].upper() + first.form[1:])
    common = moved.upos != "PROPN" if moved.lemma == "_" else moved.lemma[:1].islower()
    if common:
        words[former] = replace(moved, form=moved.form[:1].lower() + moved.form[1:])
    return replace(sentence, words=tuple(words))


def quoted(sentence: Sentence) -> bool:
    return any(MARKS & set(word.form) or word.form in ("``", "''") for word in sentence.words)
