"""From labels as text to a task's answers: the inventory, the items, and refusing what cannot be probed."""

from __future__ import annotations

import numpy as np

from probing.corpora.sentence import Corpus
from probing.errors import BadInput
from probing.tasks.task import Items, Labelled, Level

Answers = dict[str, list[tuple[int, int, str]]]  # split → (sentence, word, label)


def labelled(task: str, level: Level, corpus: Corpus, answers: Answers, notes: tuple[str, ...] = ()) -> Labelled:
    """Raises BadInput where a split has no item or train has fewer than two labels. The inventory is over all splits, sorted."""
    for split, items in answers.items():
        if not items:
            raise BadInput(
                f"{task} finds nothing to label in the {split} split of {corpus.name}: choose another task or give more "
                "sentences."
            )
    shown = sorted({label for *_, label in answers["train"]})
    if len(shown) < 2:
        raise BadInput(f"{task} has one label, {shown[0]!r}, in train of {corpus.name}: a probe needs two.")
    classes = tuple(sorted({label for items in answers.values() for *_, label in items}))
    index = {label: i for i, label in enumerate(classes)}
    known = set(shown)
    unseen = {split: sum(label not in known for *_, label in items) for split, items in answers.items()}
    notes += tuple(
        f"{task}: {count:,} items of {split} have a label that train does not have; no probe can name it."
        for split, count in unseen.items()
        if count
    )
    return Labelled(task, level, classes, {split: _items(items, index) for split, items in answers.items()}, notes)


def _items(answers: list[tuple[int, int, str]], index: dict[str, int]) -> Items:
    rows = np.array([(sentence, word, index[label]) for sentence, word, label in answers], dtype=np.int32)
    return Items(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy())
