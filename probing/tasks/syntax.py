"""Reading a sentence's dependency tree: who hangs on whom, by what relation, with which features. Positions are 0-based."""

from __future__ import annotations

from probing.corpora.sentence import Sentence, Word


def root_of(sentence: Sentence) -> int | None:
    """Where the root stands; None where there is no tree."""
    return next((i for i, word in enumerate(sentence.words) if word.head == 0), None)


def dependents(sentence: Sentence, head: int) -> list[int]:
    """Where the words stand that hang on the one at `head`, in the order of the text."""
    return [i for i, word in enumerate(sentence.words) if word.head == head + 1]


def subtree(sentence: Sentence, top: int) -> list[int]:
    """Where the word at `top` and all that hangs on it stand, in the order of the text."""
    found, fresh = {top}, [top]
    while fresh:
        fresh = [below for head in fresh for below in dependents(sentence, head)]
        found.update(fresh)
    return sorted(found)


def relation(word: Word) -> str:
    """The universal relation of a word to its head, without a subtype."""
    return word.deprel.partition(":")[0]


def feature(word: Word, name: str) -> str | None:
    return next((value for feature, value in word.feats if feature == name), None)


def lexeme(word: Word) -> str:
    """The word whatever its inflection, lower-cased: its lemma, or its form where the annotation has none."""
    return (word.form if word.lemma == "_" else word.lemma).lower()
