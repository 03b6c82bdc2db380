"""Tasks asked of each sentence: how long it is, how deep its tree."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from probing.corpora.sentence import Corpus, Sentence
from probing.corpora.statistics import heads_of, tree_depth
from probing.errors import BadInput
from probing.registry import Card
from probing.tasks.labelling import Answers, labelled
from probing.tasks.task import TASKS, Group, Labelled, Level

BINS = 6  # at most, as SentEval's length task has
Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class BinnedTask:
    """A number of each sentence, and in which of some bins of about equal size on train it lies. `number` gives None where it is not known."""

    card: Card
    number: Callable[[Sentence], int | None]
    unit: str
    group: Group
    level: Level = "sentence"
    numeric: bool = True

    def label(self, corpus: Corpus) -> Labelled:
        name = self.card.name
        numbers = {split: [self.number(sentence) for sentence in sentences] for split, sentences in corpus.splits.items()}
        shown = [n for n in numbers["train"] if n is not None]
        if not shown:
            raise BadInput(f"{name} needs trees, and train of {corpus.name} has none: choose another task or corpus.")
        starts = bin_starts(shown, BINS)
        if len(starts) < 2:
            raise BadInput(f"{name} has one label, {shown[0]!r}, in train of {corpus.name}: a probe needs two.")
        names = bin_names(starts, self.unit)
        answers: Answers = {
            split: [(i, -1, names[max(0, bisect_right(starts, n) - 1)]) for i, n in enumerate(values) if n is not None]
            for split, values in numbers.items()
        }
        told = {split: [float(n) for n in values if n is not None] for split, values in numbers.items()}
        lost = sum(n is None for values in numbers.values() for n in values)
        notes = (f"{name}: {lost:,} sentences without a tree were left out.",) if lost else ()
        return labelled(name, "sentence", corpus, answers, notes, numbers=told)


def bin_starts(numbers: Sequence[Number], bins: int) -> list[Number]:
    """The smallest number of each of at most `bins` bins, filled as evenly as whole values allow; none is empty."""
    counts = Counter(numbers)
    values = sorted(counts)
    starts, filled, left = [values[0]], 0, len(numbers)
    for value in values:
        open_bins = bins - len(starts) + 1
        # Begin a new bin here where that leaves this one nearer to its even share.
        share = left / open_bins
        if filled and open_bins > 1 and filled + counts[value] / 2 > share:
            starts.append(value)
            left -= filled
            filled = 0
        filled += counts[value]
    return starts


def bin_names(starts: Sequence[int], unit: str) -> list[str]:
    """`01–07 words`: padded with zeros, so that sorting by name sorts by size.

    The first begins at 1 and the last is open, whatever train's own range: other splits go beyond it.
    """
    width = len(str(max(starts)))
    bounds = [(a, b - 1) for a, b in pairwise([1, *starts[1:]])]
    closed = [f"{a:0{width}}–{b:0{width}} {unit}" if a != b else f"{a:0{width}} {unit}" for a, b in bounds]
    return [*closed, f"{starts[-1]:0{width}}+ {unit}"]


TASKS.register(
    BinnedTask(
        Card(
            name="sentence_length",
            title="Sentence length",
            measures="In which of up to six bins of about equal size (on train) the number of words lies.",
            assumes="Words as the corpus counts them, punctuation included.",
            misleads="A surface property: position information alone can tell it, and the first special token may carry it where "
            "the mean does not.",
            source="Conneau et al. 2018 (arXiv 1805.01070), whose bins are fixed and whose data are other",
        ),
        lambda sentence: len(sentence.words),
        "words",
        "surface",
    )
)
TASKS.register(
    BinnedTask(
        Card(
            name="tree_depth",
            title="Tree depth",
            measures="In which of up to six bins of about equal size (on train) the depth of the dependency tree lies: words on "
            "the longest path from the root.",
            assumes="Gold trees in the corpus.",
            misleads="Depth goes with length, which is easier: compare with sentence_length before speaking of syntax.",
            source="Conneau et al. 2018 (arXiv 1805.01070), there of constituency trees with length decorrelated",
        ),
        lambda sentence: tree_depth(heads_of(sentence)),
        "deep",
        "syntax",
    )
)
