"""Baselines of an accuracy: the majority class, and the control task with its selectivity."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from probing.errors import BadInput
from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import seed_weights
from probing.measures.statistics import by_sentence, sentence_weights


class Selectivity(NamedTuple):
    """All on the items whose type train has."""

    selectivity: Score
    accuracy: Score
    control_accuracy: Score


def share(chosen: np.ndarray, sentence: np.ndarray) -> Score:
    """The share of items [N] that are `chosen`, with a bootstrap over sentences."""
    if not len(chosen):
        raise BadInput("There is nothing to score: the split has no items with a vector and a gold label.")
    sums, counts = by_sentence(sentence, chosen, np.ones(len(chosen))).T
    weights = sentence_weights(len(sums))
    return Score.of(chosen.mean(), (weights @ sums) / (weights @ counts), len(chosen))


def majority(train_labels: np.ndarray, test_labels: np.ndarray, sentence: np.ndarray) -> Score:
    """Accuracy of always naming train's commonest class (the first of equals)."""
    known = train_labels[train_labels >= 0]
    if not len(known):
        raise BadInput("There is no majority class: train has no items.")
    return share(test_labels == np.bincount(known).argmax(), sentence)


def selectivity(
    task_correct: np.ndarray | Sequence[np.ndarray],
    control_correct: np.ndarray | Sequence[np.ndarray],
    sentence: np.ndarray,
    seen: np.ndarray,
) -> Selectivity:
    """Accuracy less control accuracy on the items whose type train has, paired by item.

    `task_correct` and `control_correct`: bool [N], or one such array a seed; each is averaged over its seeds, and a
    replicate draws sentences, task seeds and control seeds. `seen` bool [N]. Raises BadInput where nothing is seen.
    """
    if not seen.any():
        raise BadInput("Selectivity cannot be read on this split: train has none of its word types.")
    tasks = [row & seen for row in np.atleast_2d(np.asarray(task_correct, dtype=bool))]
    controls = [row & seen for row in np.atleast_2d(np.asarray(control_correct, dtype=bool))]
    sums = by_sentence(sentence, seen, *tasks, *controls)
    sampled = sentence_weights(len(sums)) @ sums
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = sampled[:, 1:] / sampled[:, :1]
    task = (rates[:, : len(tasks)] * seed_weights(len(tasks))).sum(1)
    # Another stream: which task seeds are drawn says nothing of the control's.
    control = (rates[:, len(tasks) :] * seed_weights(len(controls), stream=1)).sum(1)
    values = sums.sum(0)[1:] / sums[:, 0].sum()
    task_value, control_value = values[: len(tasks)].mean(), values[len(tasks) :].mean()
    count = int(seen.sum())
    return Selectivity(
        Score.of(task_value - control_value, task - control, count),
        Score.of(task_value, task, count),
        Score.of(control_value, control, count),
    )


of_control = partial(
    Measure, source="Hewitt & Liang 2019, arXiv 1909.03368", unit="fraction", sources=("labels", "edges"), formula=selectivity
)
MEASURES.register(
    of_control(
        name="control_accuracy",
        title="Control accuracy",
        measures="The accuracy, 0 to 1, of a probe trained and scored on control labels: each word type draws one label at "
        "random from the task's own distribution, the same in train and test.",
        assumes="Read only on items whose type train has: no probe can know another type's label.",
        misleads="It falls with the number of types and rises with the size of train, so it compares layers and checkpoints on "
        "one corpus and not across corpora.",
    ),
    of_control(
        name="selectivity",
        title="Selectivity",
        measures="Accuracy less control accuracy, −1 to 1, both on items whose type train has, paired by item.",
        assumes="The same probe family and the same choices for task and control.",
        misleads="A weak probe is selective because it memorises nothing; a high value does not mean that the task is answered "
        "well. The unseen types, where memory cannot help, are left out of it.",
        short="Selectivity",
        axis="selectivity (accuracy − control)",
        better="more",
        zero=True,
        menus={"labels": 5, "edges": 5},
    ),
    of_control(
        name="majority",
        title="Majority class",
        measures="The accuracy, 0 to 1, of always naming the class that is commonest in train.",
        assumes="Train and the scored split are drawn alike.",
        misleads="It reads nothing, not even the word: the word alone often gives far more, which layer 0 shows.",
        source="Zhang & Bowman 2018, arXiv 1809.10040 (baselines of probing)",
        sources=("labels", "edges", "conditional"),
        formula=majority,
    ),
)
