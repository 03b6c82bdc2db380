"""The fine-tuning tasks that a corpus has, with their sizes, classes, tags and trivial baseline. Imports no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from probing.corpora.sentence import Corpus
from probing.corpora.source import Source
from probing.errors import BadInput
from probing.tuning.data import TASKS, Examples, columns_of, examples, unlabelled
from probing.tuning.scores import HeadPredictions, score


@dataclass(frozen=True)
class TuningTask:
    """A task and the label columns that it can use, the usual one first. `reason_not`: why it is unavailable, in one sentence."""

    task: str
    columns: tuple[str, ...]
    reason_not: str | None


@dataclass(frozen=True)
class Material:
    """The size of a task on a corpus. `sentences` and `words` by split; `majority` by (split, metric): the score of always answering train's most
    frequent label."""

    sentences: Mapping[str, int]
    words: Mapping[str, int]
    classes: int
    tags: int
    majority: Mapping[tuple[str, str], float]

    def head(self, width: int) -> int:
        """How many values a head of this task has over vectors of `width`: a row and a bias for each class and each tag."""
        return (self.classes + self.tags) * (width + 1)

    def content(self) -> dict[str, Any]:
        """As JSON, for a bundle."""
        majority = [[split, metric, value] for (split, metric), value in self.majority.items()]
        return {name: getattr(self, name) for name in ("sentences", "words", "classes", "tags")} | {"majority": majority}


_CONTENT = TypeAdapter(tuple[dict[str, int], dict[str, int], int, int, list[tuple[str, str, float]]])


def available_tasks(corpus: Corpus) -> list[TuningTask]:
    """Every fine-tuning task; unavailable ones with the reason."""
    return [_available(corpus, task) for task in TASKS]


def _available(corpus: Corpus, task: str) -> TuningTask:
    here, refusals, named = [], [], columns_of(corpus, task)
    for column in named if len(named) == 1 else (None, *named):
        try:
            read = examples(corpus, task, column).columns
            here.append(read.get("word") or read["sentence"])  # as --column would name it
        except BadInput as error:
            refusals.append(str(error))
    columns = tuple(dict.fromkeys(here))
    return TuningTask(task, columns, None if columns else refusals[0])


def key(task: str, column: str | None) -> str:
    """Under which a description of a corpus has the material of a task."""
    return f"{task}|{column or ''}"


def material_of(source: Source, task: str, column: str | None = None) -> Material:
    """The material of a task on a corpus, be it here or known from a bundle. Raises BadInput as `material` does, and for a corpus that is not
    here and of which the bundle does not say it."""
    told = (source.told.get("materials") or {}).get(key(task, column))
    if told is None:
        return material(source.load(), task, column)
    try:
        parts = [told[name] for name in ("sentences", "words", "classes", "tags", "majority")]
        sentences, words, classes, tags, majority = _CONTENT.validate_python(parts)
    except (KeyError, TypeError, ValidationError) as error:
        raise BadInput(f"What the bundle says of {source.name} is damaged: import it again.") from error
    return Material(sentences, words, classes, tags, {(split, metric): value for split, metric, value in majority})


def material(corpus: Corpus, task: str, column: str | None = None) -> Material:
    """Counts and trivial baselines of one task. Raises BadInput where the corpus does not have it."""
    dataset = examples(corpus, task, column)
    said = {name: score(dataset, name, _constant(dataset, name), intervals=False).scores for name in ("dev", *dataset.tests)}
    return _counts(dataset, {(name, metric): found.value for name, scores in said.items() for metric, found in scores.items()})


def text_alone(corpus: Corpus) -> Material:
    """Counts of text without labels. Raises BadInput where train or dev has none."""
    return _counts(unlabelled(corpus), {})


def _counts(dataset: Examples, majority: Mapping[tuple[str, str], float]) -> Material:
    return Material(
        {name: len(some) for name, some in dataset.splits.items()},
        {name: sum(len(e.forms) + len(e.second or ()) for e in some) for name, some in dataset.splits.items()},
        len(dataset.classes.known),
        len(dataset.tags.known),
        majority,
    )


def _constant(dataset: Examples, split: str) -> HeadPredictions:
    labels = Counter(e.label for e in dataset.splits["train"] if e.label is not None)
    tags = Counter(tag for e in dataset.splits["train"] if e.tags is not None for tag in e.tags.tolist())
    some = dataset.splits[split]
    return HeadPredictions(
        np.full(len(some), labels.most_common(1)[0][0]) if labels else None,
        [np.full(len(e.forms), tags.most_common(1)[0][0]) for e in some] if tags else None,
    )
