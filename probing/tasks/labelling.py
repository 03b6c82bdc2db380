"""From labels as text to a task's answers: the inventory, the items, and refusing what cannot be probed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    classes, notes = _inventory(task, corpus, {split: [label for *_, label in items] for split, items in answers.items()}, notes)
    index = {label: i for i, label in enumerate(classes)}
    splits = {}
    for split, items in answers.items():
        rows = np.array([(sentence, word, index[label]) for sentence, word, label in items], dtype=np.int32)
        number = None if numbers is None else np.asarray(numbers[split], dtype=np.float64)
        splits[split] = Items(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy(), number=number)
    return Labelled(task, level, classes, splits, notes, sentences)


def labelled_edges(
    task: str,
    level: Level,
    corpus: Corpus,
    answers: Edges,
    notes: tuple[str, ...] = (),
    *,
    sentences: dict[str, list[Sentence]] | None = None,
) -> Labelled:
    """Of spans, where no answer has an other span, or of edges, where each has one. Raises BadInput as `labelled` does."""
    classes, notes = _inventory(task, corpus, {split: [label for *_, label in items] for split, items in answers.items()}, notes)
    index = {label: i for i, label in enumerate(classes)}
    splits = {}
    for split, items in answers.items():
        rows = np.array([(number, *first, index[label]) for number, first, _, label in items], dtype=np.int32)
        second = None
        if level == "edge":
            others = np.array([other for *_, other, _ in items], dtype=np.int32)
            second = Places(rows[:, 0].copy(), others[:, 0].copy(), others[:, 1].copy())
        splits[split] = Items(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 3].copy(), rows[:, 2].copy(), second)
    return Labelled(task, level, classes, splits, notes, sentences)


def _inventory(
    task: str, corpus: Corpus, answers: Mapping[str, Sequence[str]], notes: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The classes, and the notes with what train does not have."""
    for split, labels in answers.items():
        if not labels:
            raise BadInput(
                f"{task} finds nothing to label in the {split} split of {corpus.name}: choose another task or give more "
                "sentences."
            )
    shown = sorted(set(answers["train"]))
    if len(shown) < 2:
        raise BadInput(f"{task} has one label, {shown[0]!r}, in train of {corpus.name}: a probe needs two.")
    known = set(shown)
    most = Limits.read().classes
    if len(known) > most:
        raise BadInput(
            f"{task} has {len(known):,} different labels in train of {corpus.name}, more than {most:,}: choose a column with fewer, or start "
            "Strata with a larger STRATA_MAX_CLASSES."
        )
    unseen = {split: sum(label not in known for label in labels) for split, labels in answers.items()}
    notes += tuple(
        f"{task}: {count:,} items of {split} have a label that train does not have; no probe can name it."
        for split, count in unseen.items()
        if count
    )
    return tuple(sorted({label for labels in answers.values() for label in labels})), notes
