"""Tasks asked of each word about its place in the tree: on which side its head stands, how far away, how deep the word is."""

from __future__ import annotations

from collections.abc import Sequence

from probing.corpora.sentence import Sentence, Word
from probing.corpora.statistics import heads_of, word_depths
from probing.tasks.bins import BinnedTask
from probing.tasks.task import TASKS
from probing.tasks.words import WordTask

NOT_MARKS = "Gold trees in the corpus. Punctuation is not asked, since what it hangs on is a convention."


def _with_head(word: Word) -> bool:
    return word.head >= 0 and word.upos != "PUNCT"


def direction(sentence: Sentence, i: int) -> str:
    """`left` where the head stands before the word, `right` where it stands after it, `root`; "_" where it is not asked."""
    word = sentence.words[i]
    if not _with_head(word):
        return "_"
    return "root" if word.head == 0 else "left" if word.head <= i else "right"


def distances(sentence: Sentence) -> list[int | None]:
    """How many words away the head of each word is: 1 for a neighbour. None for the root and where it is not asked."""
    return [abs(word.head - i) if _with_head(word) and word.head else None for i, word in enumerate(sentence.words, start=1)]


def depths(sentence: Sentence) -> Sequence[int | None]:
    found = word_depths(heads_of(sentence))
    if found is None:
        return [None] * len(sentence.words)
    return [depth if _with_head(word) else None for word, depth in zip(sentence.words, found, strict=True)]


TASKS.register(
    WordTask(
        name="head_direction",
        title="Side of the head",
        asks="Is the word's head to its left or right?",
        measures="Whether a word's head stands to its left or to its right, or the word is the root.",
        assumes=NOT_MARKS,
        misleads="Word order is fixed for many relations, so the part of speech tells most of it: read selectivity, and compare "
        "with upos.",
        source="Universal Dependencies v2",
        field=direction,
    ),
    BinnedTask(
        name="head_distance",
        title="Distance of the head",
        asks="How many words away is the word's head?",
        measures="In which of up to six bins of about equal size (on train) the number of words to a word's head lies; a "
        "neighbour is 1 away.",
        assumes=NOT_MARKS + " The root has no head and is not asked.",
        misleads="Most heads are near, and the part of speech tells which: determiners and adjectives are neighbours of what "
        "they belong to.",
        source="Universal Dependencies v2",
        numbers=distances,
        unit="away",
        level="word",
    ),
    BinnedTask(
        name="word_depth",
        title="Depth of the word",
        asks="How deep in the tree is the word?",
        measures="In which of up to six bins of about equal size (on train) a word's depth in the tree lies: words on the path "
        "from the root to it, so the root is 1 and tree_depth is the greatest of a sentence.",
        assumes=NOT_MARKS,
        misleads="Words far from the beginning and in long sentences lie deeper: position and length tell a part of it. The "
        "tree probes ask for the same with one map for all words, and count the root as 0.",
        source="Hewitt & Manning 2019 (aclanthology.org/N19-1419), whose depths are these less 1",
        numbers=depths,
        unit="deep",
        level="word",
    ),
)
