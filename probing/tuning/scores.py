"""Scores of a head: accuracy, Matthews correlation, slot F1; each from sums over sentences, with a bootstrap over them. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from probing.corpora.bio import spans
from probing.measures.accuracy import accuracy
from probing.measures.matthews import margins, mcc
from probing.measures.measure import Score
from probing.measures.scoring import resampled
from probing.measures.slots import f1
from probing.tuning.data import OF_SENTENCES, SLOTS, Examples


@dataclass(frozen=True)
class HeadPredictions:
    """Predictions of a head on a split of S sentences: `labels` [S], `tags` S arrays [words]; None where the task has none."""

    labels: np.ndarray | None
    tags: list[np.ndarray] | None


@dataclass(frozen=True)
class HeadScores:
    """The scores by metric; `collapsed`: whether one class (or tag) was said of everything, though gold has several."""

    scores: dict[str, Score]
    collapsed: bool

    def choice(self, task: str) -> float:
        """The number by which the best weights are chosen on dev: the mean of the task's main scores."""
        main = {"classification": ("mcc",), "pairs": ("mcc",), "intent": ("accuracy",), "slots": ("slot_f1",)}
        return float(np.mean([self.scores[name].value for name in main.get(task, tuple(self.scores))]))


def score(dataset: Examples, split: str, answers: HeadPredictions, intervals: bool = True) -> HeadScores:
    """The scores of one split, with 95 % intervals over its sentences where they are wanted (else they are NaN)."""
    found: dict[str, Score] = {}
    collapsed = False
    some = dataset.splits[split]
    if answers.labels is not None:
        gold = np.array([example.label for example in some])
        found["accuracy"] = _interval(right(gold, answers.labels), accuracy, len(gold), intervals)
        if dataset.task in OF_SENTENCES[:2]:
            found["mcc"] = _interval(margins(gold, answers.labels, len(dataset.classes.all)), mcc, len(gold), intervals)
        collapsed = len(set(answers.labels.tolist())) == 1 and len(set(gold.tolist())) > 1
    if answers.tags is not None:
        golden = [example.tags if example.tags is not None else np.empty(0, np.int64) for example in some]
        counts = np.array([[(g == p).sum(), (g != p).sum()] for g, p in zip(golden, answers.tags, strict=True)], dtype=np.float64)
        words = int(counts.sum())
        if dataset.task in SLOTS:
            chunks = np.stack([found_chunks(g, p, dataset.tags.all) for g, p in zip(golden, answers.tags, strict=True)])
            found["slot_f1"] = _interval(chunks, f1, int(chunks[:, 2].sum()), intervals)
        else:
            found["accuracy"] = _interval(counts, accuracy, words, intervals)
        said, true = (len({tag for one in tags for tag in one.tolist()}) for tags in (answers.tags, golden))
        collapsed = collapsed or (said == 1 and true > 1)
    return HeadScores(found, collapsed)


def right(gold: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """[S, 2]: right, wrong."""
    same = gold == predicted
    return np.stack([same, ~same], axis=1).astype(np.float64)


def found_chunks(gold: np.ndarray, predicted: np.ndarray, tags: Sequence[str]) -> np.ndarray:
    """[3]: chunks found whole with their type, chunks said, chunks true."""
    true, said = (set(spans([tags[tag] for tag in one.tolist()])) for one in (gold, predicted))
    return np.array([len(true & said), len(said), len(true)], dtype=np.float64)


def _interval(statistics: np.ndarray, value: Callable[[np.ndarray], np.ndarray], n: int, wanted: bool) -> Score:
    if wanted:
        return resampled([statistics], value, n)
    return Score(float(value(statistics.sum(0, keepdims=True))[0]), np.nan, np.nan, n)
