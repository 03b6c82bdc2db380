"""The tasks that a corpus has, and why the others are unavailable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from probing.corpora.sentence import Corpus
from probing.errors import BadInput
from probing.tasks.balanced import ENOUGH
from probing.tasks.series import SERIES
from probing.tasks.task import TASKS, Level, Task


@dataclass(frozen=True)
class AvailableTask:
    """A task as a menu shows it. `reason_not` is the sentence that says why it is unavailable, or None; `too_few` marks a test split of under
    100 items, which gives wide intervals."""

    name: str
    title: str
    asks: str
    group: str
    level: Level
    classes: int
    train_items: int
    test_items: int
    reason_not: str | None
    too_few: bool = False


def available_tasks(corpus: Corpus) -> list[AvailableTask]:
    """Every registered task, and all tasks of each series that the corpus has."""
    return list(in_order(corpus, ()))


def in_order(corpus: Corpus, first: Sequence[str]) -> Iterator[AvailableTask]:
    """The same one by one, those named in `first` before the others: whoever needs a few does not wait for all."""
    candidates: list[Task] = [task for task in TASKS if task.card.name not in SERIES]
    candidates.extend(series.task(name) for series in SERIES.values() for name in series.names(corpus))
    candidates.sort(key=lambda task: first.index(task.card.name) if task.card.name in first else len(first))
    return (_available(task, corpus) for task in candidates)


def _available(task: Task, corpus: Corpus) -> AvailableTask:
    card = task.card
    try:
        found = task.label(corpus)
    except BadInput as error:
        return AvailableTask(card.name, card.title, task.asks, task.group, task.level, 0, 0, 0, str(error))
    sizes = {split: len(items) for split, items in found.splits.items()}
    return AvailableTask(
        card.name,
        card.title,
        task.asks,
        task.group,
        task.level,
        len(found.classes),
        sizes["train"],
        sizes["test"],
        None,
        sizes["test"] < ENOUGH,
    )
