"""What a task is: a question asked of words, sentences, spans, pairs of either, or for each sentence's tree."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from probing.corpora.sentence import Corpus, Sentence
from probing.registry import Card, Registry

Level = Literal["word", "sentence", "span", "edge", "pair", "tree"]
LABELS: tuple[Level, ...] = ("word", "sentence", "span", "edge", "pair")  # levels whose items have a label each
Group = Literal["surface", "syntax", "meaning"]


@dataclass(frozen=True)
class Places:
    """The second half of paired items, int32 [N] each: words `begin` to before `end` of `sentence`; both -1 for a whole sentence."""

    sentence: np.ndarray
    begin: np.ndarray
    end: np.ndarray

    def select(self, keep: np.ndarray) -> Places:
        return Places(self.sentence[keep], self.begin[keep], self.end[keep])


@dataclass(frozen=True)
class Items:
    """The scored items of one split; all arrays are int32 of shape [N], `number` is float64.

    `sentence` indexes the split's sentences; `word` is the 0-based word in it, or the first of a span that goes to before `end`,
    and -1 for a whole sentence; `second` is the other span of an edge (of the same sentence) or the other sentence of a pair.
    `label` indexes `Labelled.classes`, and is -1 where the answer is the sentence's own tree; `number` is the answer as a number,
    of tasks that have one.
    """

    sentence: np.ndarray
    word: np.ndarray
    label: np.ndarray
    end: np.ndarray | None = None
    second: Places | None = None
    number: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.label)

    def select(self, keep: np.ndarray) -> Items:
        """Those of a mask bool [N] or of an index."""
        return replace(
            self,
            sentence=self.sentence[keep],
            word=self.word[keep],
            label=self.label[keep],
            end=None if self.end is None else self.end[keep],
            second=None if self.second is None else self.second.select(keep),
            number=None if self.number is None else self.number[keep],
        )

    @property
    def places(self) -> dict[str, np.ndarray]:
        """The columns of an items table that say where an item stands."""
        found = {"sentence": self.sentence, "word": self.word}
        if self.end is not None:
            found["end"] = self.end
        if self.second is not None:
            found |= {"second_sentence": self.second.sentence, "second_word": self.second.begin, "second_end": self.second.end}
        return found


@dataclass(frozen=True)
class Labelled:
    """A task's answers on a corpus. `classes` is the inventory over all splits, sorted; `notes` say what was left out.

    `sentences` are the task's own by split, where it changed the corpus's, made new ones, or drew from beyond the run's limits;
    items index them then.
    """

    task: str
    level: Level
    classes: tuple[str, ...]
    splits: dict[str, Items]
    notes: tuple[str, ...] = ()
    sentences: dict[str, list[Sentence]] | None = None

    def indexed_sentences(self, corpus: Corpus) -> dict[str, list[Sentence]]:
        """The sentences that the items index."""
        return corpus.splits if self.sentences is None else self.sentences


@dataclass(frozen=True, kw_only=True)
class Task(Card, ABC):
    """A registered task. `asks` is its question of an item in one line; `group` places it on the heat map; `numeric` says whether its items
    have a `number` too."""

    asks: str  # the task in one line, as a question of an item
    group: Group = "syntax"
    level: Level = "sentence"
    numeric: bool = False

    @abstractmethod
    def label(self, corpus: Corpus) -> Labelled:
        """Gold answers for every split; raises BadInput (one sentence) where the corpus cannot answer it:
        the annotation is missing, train has fewer than two classes, or a split has no items."""


TASKS: Registry[Task] = Registry("task")
