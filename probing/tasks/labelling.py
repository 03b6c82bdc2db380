"""From labels as text to a task's answers: the inventory, the items, and refusing what cannot be probed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from probing.corpora.sentence import Corpus, Sentence, Span
from probing.errors import BadInput
from probing.settings import Limits
from probing.tasks.task import Items, Labelled, Level, Places

Answers = dict[str, list[tuple[int, int, str]]]  # split → (sentence, word, label)
Edges = dict[str, list[tuple[int, Span, Span | None, str]]]  # split → (sentence, span, other span, label)


def labelled(
    task: str,
    level: Level,
    corpus: Corpus,
    answers: Answers,
    notes: tuple[str, ...] = (),
    *,
    sentences: dict[str, list[Sentence]] | None = None,
    numbers: Mapping[str, Sequence[float]] | None = None,
) -> Labelled:
    """Of words or sentences; `sentences` are the task's own, `numbers` by split the answers as numbers, in the answers' order.

    Raises BadInput where a split has no item or train has fewer than two labels. The inventory is over all splits, sorted.
    """
    index, notes = _inventory(task, corpus, answers, notes)
    splits = {}
    for split, items in answers.items():
        sentence, word, label = map(np.array, np.array([(*place, index[said]) for *place, said in items], np.int32).T)
        number = None if numbers is None else np.asarray(numbers[split], dtype=np.float64)
        splits[split] = Items(sentence, word, label, number=number)
    return Labelled(task, level, tuple(index), splits, notes, sentences)


def labelled_words(task: str, corpus: Corpus, field: Callable[[Sentence, int], str]) -> Labelled:
    """Of words: `field` reads a label off a sentence and a place there, "_" where the annotation says nothing: then it is left out."""
    answers: Answers = {
        split: [
            (number, place, label)
            for number, sentence in enumerate(sentences)
            for place in range(len(sentence.words))
            if (label := field(sentence, place)) != "_"
        ]
        for split, sentences in corpus.splits.items()
    }
    words = sum(len(sentence.words) for sentences in corpus.splits.values() for sentence in sentences)
    return labelled(task, "word", corpus, answers, without_label(task, words, answers, "words"))


def without_label(task: str, asked: int, answers: Mapping[str, Sequence[object]], what: str) -> tuple[str, ...]:
    """The note on how many of those asked have no answer, where some have none."""
    lost = asked - sum(map(len, answers.values()))
    return (f"{task}: {lost:,} {what} without a label were left out.",) if lost else ()


def labelled_edges(task: str, level: Level, corpus: Corpus, answers: Edges, notes: tuple[str, ...] = ()) -> Labelled:
    """Of spans, where no answer has an other span, or of edges, where each has one. Raises BadInput as `labelled` does."""
    index, notes = _inventory(task, corpus, answers, notes)
    splits = {}
    for split, items in answers.items():
        sentence, begin, end, label = map(
            np.array, np.array([(n, *first, index[said]) for n, first, _, said in items], np.int32).T
        )
        others = np.array([other for *_, other, _ in items], np.int32).T if level == "edge" else None
        splits[split] = Items(sentence, begin, label, end, None if others is None else Places(sentence, *map(np.array, others)))
    return Labelled(task, level, tuple(index), splits, notes)


def _inventory(
    task: str, corpus: Corpus, answers: Answers | Edges, notes: tuple[str, ...]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """The classes by name, each with its index, and the notes with what train does not have."""
    said = {split: [label for *_, label in items] for split, items in answers.items()}
    for split, labels in said.items():
        if not labels:
            raise BadInput(
                f"{task} finds nothing to label in the {split} split of {corpus.name}: choose another task or give more "
                "sentences."
            )
    known = set(said["train"])
    if len(known) < 2:
        raise BadInput(f"{task} has one label, {said['train'][0]!r}, in train of {corpus.name}: a probe needs two.")
    most = Limits.read().classes
    if len(known) > most:
        raise BadInput(
            f"{task} has {len(known):,} different labels in train of {corpus.name}, more than {most:,}: choose a column with fewer, or start "
            "Strata with a larger STRATA_MAX_CLASSES."
        )
    unseen = {split: sum(label not in known for label in labels) for split, labels in said.items()}
    notes += tuple(
        f"{task}: {count:,} items of {split} have a label that train does not have; no probe can name it."
        for split, count in unseen.items()
        if count
    )
    return {label: i for i, label in enumerate(sorted(set().union(*said.values())))}, notes
