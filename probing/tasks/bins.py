"""A number of each word or sentence, asked as one of some bins: the number itself is kept beside its bin."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from probing.corpora.sentence import Corpus, Sentence
from probing.errors import BadInput
from probing.tasks.labelling import Answers, labelled
from probing.tasks.task import Labelled, Level, Task

Number = TypeVar("Number", int, float)
Numbers = dict[str, list[tuple[int, int, float]]]  # split → (sentence, word, number)
BINS = 6  # at most, as SentEval's length task has


@dataclass(frozen=True, kw_only=True)
class BinnedTask(Task):
    """In which of some bins of about equal size on train a number lies. `numbers` gives one for each word, or the sentence's alone; None
    where it is not known."""

    numbers: Callable[[Sentence], Sequence[int | None]]
    unit: str
    numeric: bool = True

    def label(self, corpus: Corpus) -> Labelled:
        name, words = self.name, self.level == "word"
        asked = {
            split: [
                (i, j if words else -1, n) for i, sentence in enumerate(sentences) for j, n in enumerate(self.numbers(sentence))
            ]
            for split, sentences in corpus.splits.items()
        }
        numbers: Numbers = {split: [(i, j, n) for i, j, n in items if n is not None] for split, items in asked.items()}
        shown = [n for *_, n in asked["train"] if n is not None]
        if not shown:
            raise BadInput(f"{name} needs trees, and train of {corpus.name} has none: choose another task or corpus.")
        starts = bin_starts(shown, BINS)
        if len(starts) < 2:
            raise BadInput(f"{name} has one label, {shown[0]!r}, in train of {corpus.name}: a probe needs two.")
        lost = sum(map(len, asked.values())) - sum(map(len, numbers.values()))
        without = "words that are not asked (punctuation, or without a head)" if words else "sentences without a tree"
        notes = (f"{name}: {lost:,} {without} were left out.",) if lost else ()
        return labelled_bins(name, self.level, corpus, numbers, starts, bin_names(starts, self.unit), notes)


def labelled_bins(
    task: str,
    level: Level,
    corpus: Corpus,
    numbers: Numbers,
    starts: Sequence[float],
    names: Sequence[str],
    notes: tuple[str, ...],
) -> Labelled:
    """A task whose answers are numbers, and the names of the bins that they lie in; `starts` are the bins' smallest numbers."""
    answers: Answers = {
        split: [(i, j, names[max(0, bisect_right(starts, n) - 1)]) for i, j, n in items] for split, items in numbers.items()
    }
    floats = {split: [n for *_, n in items] for split, items in numbers.items()}
    return labelled(task, level, corpus, answers, notes, numbers=floats)


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
