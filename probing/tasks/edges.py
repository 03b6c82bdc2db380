"""Tasks on spans and pairs of spans: the arcs of a treebank, and the targets of a user's own data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from probing.corpora.sentence import Corpus, Sentence
from probing.errors import BadInput
from probing.tasks.labelling import Edges, labelled_edges
from probing.tasks.task import TASKS, Group, Labelled, Level, Task

PUNCTUATION = "punct"
SEED = 0  # of the pairs drawn: a task is the same for everybody
LAST = 20  # their place in lists: after the tasks of words and sentences
ARC, NO_ARC = "arc", "no arc"
PUBLISHED = "Tenney et al. 2019 (arXiv 1905.06316)"


class _WordArrays(NamedTuple):
    """The words of a split in one row; [W] each. `head` is the row of a word's head, -1 without one; `apart`: punctuation and its arcs."""

    sentence: np.ndarray
    word: np.ndarray
    head: np.ndarray
    apart: np.ndarray


def _words(sentences: Sequence[Sentence]) -> _WordArrays:
    begin = np.cumsum([0, *(len(sentence.words) for sentence in sentences)])
    sentence = np.repeat(np.arange(len(sentences)), np.diff(begin))
    head = np.array([word.head for one in sentences for word in one.words], dtype=np.int64)
    apart = np.array([word.deprel.partition(":")[0] in (PUNCTUATION, "_") for one in sentences for word in one.words], dtype=bool)
    return _WordArrays(
        sentence, np.arange(begin[-1]) - begin[sentence], np.where(head > 0, begin[sentence] + head - 1, -1), apart & (head != 0)
    )


def _arcs(words: _WordArrays) -> np.ndarray:
    """The rows [A] of dependents whose arc is asked."""
    return np.flatnonzero(_with_head(words) & ~words.apart[words.head])


def _with_head(words: _WordArrays) -> np.ndarray:
    """bool [W]: the words with a head that are no punctuation."""
    return (words.head >= 0) & ~words.apart


def _pair(words: _WordArrays, one: int, other: int, label: str) -> tuple[int, tuple[int, int], tuple[int, int], str]:
    first, second = int(words.word[one]), int(words.word[other])
    return int(words.sentence[one]), (first, first + 1), (second, second + 1), label


def _refuse_without(name: str, corpus: Corpus, answers: Edges, what: str, instead: str) -> None:
    if not answers["train"]:
        raise BadInput(f"{name} needs {what}, and train of {corpus.name} has none: {instead}.")


@dataclass(frozen=True, kw_only=True)
class ArcLabelTask(Task):
    """The relation of a dependent (first span) to its head (second span)."""

    level: Level = "edge"

    def label(self, corpus: Corpus) -> Labelled:
        name, answers = self.name, Edges()
        left = 0
        for split, sentences in corpus.splits.items():
            words = _words(sentences)
            labels = [word.deprel.partition(":")[0] for one in sentences for word in one.words]
            answers[split] = [_pair(words, row, int(words.head[row]), labels[row]) for row in _arcs(words).tolist()]
            left += int((words.head >= 0).sum()) - len(answers[split])
        _refuse_without(name, corpus, answers, "labelled arcs between words", "take a treebank with heads, or another task")
        notes = (f"{name}: {left:,} arcs of punctuation or without a label were left out.",) if left else ()
        return labelled_edges(name, "edge", corpus, answers, notes)


@dataclass(frozen=True, kw_only=True)
class ArcTask(Task):
    """Whether there is an arc from the first word to the second, its head."""

    level: Level = "edge"

    def label(self, corpus: Corpus) -> Labelled:
        name, answers = self.name, Edges()
        left: Counter[str] = Counter()
        for split, sentences in corpus.splits.items():
            words = _words(sentences)
            found, left[split] = matched(words, np.random.default_rng(SEED))
            pairs = [(one, other, ARC if has else NO_ARC) for one, other, has in found.tolist()]
            answers[split] = [_pair(words, *pair) for pair in pairs]
        _refuse_without(
            name,
            corpus,
            answers,
            "arcs and pairs at the same distance without one",
            "take a treebank with heads, or more sentences",
        )
        notes = tuple(
            f"{name}: {count:,} arcs of {split} were left out, since no other pair as far apart is without one."
            for split, count in left.items()
            if count
        )
        return labelled_edges(name, "edge", corpus, answers, notes)


def matched(words: _WordArrays, draw: np.random.Generator) -> tuple[np.ndarray, int]:
    """int64 [2A, 3]: a word's row, another's, and 1 where that is its head; and how many arcs found no partner.

    For each arc one pair of words at the same signed distance, in any sentence of the split, with an arc in neither direction, drawn
    without replacement; where there are too few such pairs the arcs that are left over are drawn out. In the order of the text.
    """
    arcs = _arcs(words)
    distance = words.head[arcs] - arcs
    rows, left = [np.empty((0, 3), np.int64)], 0
    # Who may be asked: the first of a pair has a head, as a dependent has, and neither is punctuation.
    first, second = _with_head(words), ~words.apart
    for far in np.unique(distance):
        have = arcs[distance == far]
        one = np.arange(max(0, -far), len(words.head) - max(0, far))
        other = one + far
        free = (words.sentence[one] == words.sentence[other]) & first[one] & second[other]
        free &= (words.head[one] != other) & (words.head[other] != one)
        may = one[free]
        count = min(len(have), len(may))
        left += len(have) - count
        for some, has in ((have, 1), (may, 0)):
            taken = draw.choice(some, count, replace=False)
            rows.append(np.stack([taken, taken + far, np.full(count, has)], axis=1))
    every = np.concatenate(rows)
    return every[np.lexsort((every[:, 1], every[:, 0]))], left


@dataclass(frozen=True, kw_only=True)
class TargetTask(Task):
    """The targets of a user's own data: those with one span, or those with two."""

    group: Group = "meaning"

    def label(self, corpus: Corpus) -> Labelled:
        paired = self.level == "edge"
        answers: Edges = {
            split: [
                (number, target.first, target.second, target.label)
                for number, sentence in enumerate(sentences)
                for target in sentence.targets
                if (target.second is not None) == paired
            ]
            for split, sentences in corpus.splits.items()
        }
        what = "labelled pairs of spans" if paired else "labelled spans"
        _refuse_without(self.name, corpus, answers, what, "bring data with targets (text, span1, span2, label), or another task")
        return labelled_edges(self.name, self.level, corpus, answers)


TASKS.register(
    ArcLabelTask(
        name="arc_label",
        title="Label of an arc",
        asks="Which relation joins these two words?",
        measures="The universal dependency relation of a word to its head (subtypes cut), from both: the dependent is the first "
        "span, the head the second.",
        assumes="Gold trees. The root has no head and is not asked; arcs of punctuation are left out, since the mark alone "
        "tells them.",
        misleads="That there is an arc is given away: read the task arc beside it. Two words in the same relation come again, "
        "so read selectivity, whose control gives each pair of types a label of its own.",
        source=PUBLISHED,
    ),
    ArcTask(
        name="arc",
        title="Is there an arc?",
        asks="Is the second word the head of the first?",
        measures="Whether the second of two words is the head of the first. Half of the pairs are arcs; each other pair stands "
        "as far apart, in the same order, in some sentence of the same split, with an arc in neither direction.",
        assumes="Gold trees; no root and no punctuation. The pairs are drawn under a fixed seed; an arc for which no pair as "
        "far apart is left is left out and counted.",
        misleads="Distance tells nothing here, but the words do: a determiner and a noun are mostly an arc. Read the control, "
        "and layer 0.",
        source=f"{PUBLISHED} for probes of pairs; the matched pairs are this project's own",
    ),
    TargetTask(
        name="span_label",
        title="Labelled spans of your data",
        asks="Which label does this span have?",
        measures="The label of each span that the data mark, such as an entity, from the vectors of its words.",
        assumes="Targets with one span in the corpus; a span with several labels is as many items.",
        misleads="Only marked spans are asked, so it does not say whether a layer knows where a span begins.",
        source=PUBLISHED,
        level="span",
    ),
    TargetTask(
        name="edge_label",
        title="Labelled pairs of your data",
        asks="Which label does this pair of spans have?",
        measures="The label of each pair of spans that the data mark, such as a semantic role or coreference.",
        assumes="Targets with two spans in the corpus; a pair with several labels is as many items.",
        misleads="Only marked pairs are asked: without pairs labelled as none, nothing tells whether a layer knows which spans "
        "belong together.",
        source=PUBLISHED,
        level="edge",
    ),
    place=LAST,
)
