"""What a task is: a question asked of each word, of each sentence, or for each sentence's tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from probing.corpora.sentence import Corpus
from probing.registry import Card, Registry

Level = Literal["word", "sentence", "tree"]
LABELS: tuple[Level, ...] = ("word", "sentence")  # levels whose items have a label each


@dataclass(frozen=True)
class Items:
    """The scored items of one split; all arrays are int32 of shape [N].

    `sentence` indexes the split's sentences; `word` is the 0-based word in it, -1 for a sentence item;
    `label` indexes `Labelled.classes`, and is -1 where the answer is the sentence's own tree.
    """

    sentence: np.ndarray
    word: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.label)


@dataclass(frozen=True)
class Labelled:
    """A task's answers on a corpus. `classes` is the inventory over all splits, sorted; `notes` say what was left out."""

    task: str
    level: Level
    classes: tuple[str, ...]
    splits: dict[str, Items]
    notes: tuple[str, ...] = ()


class Task(Protocol):
    """A registered task. `group` places it on the heat map."""

    @property
    def card(self) -> Card: ...
    @property
    def level(self) -> Level: ...
    @property
    def group(self) -> Literal["surface", "syntax", "meaning"]: ...

    def label(self, corpus: Corpus) -> Labelled:
        """Gold answers for every split; raises BadInput (one sentence) where the corpus cannot answer it:
        the annotation is missing, train has fewer than two classes, or a split has no items."""
        ...


TASKS: Registry[Task] = Registry("task")
