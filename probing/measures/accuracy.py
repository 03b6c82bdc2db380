"""Accuracy and macro-averaged F1 of the most probable class."""

from __future__ import annotations

import numpy as np

from probing.measures.measure import MEASURES, Measure, Predictions


def right(predictions: Predictions) -> np.ndarray:
    """[S, 2]: items answered rightly, items answered wrongly."""
    wrong = predictions.log2p.argmax(1) != predictions.gold
    return predictions.summed(wrong.astype(np.int64), 2)


def accuracy(totals: np.ndarray) -> np.ndarray:
    """[B, 2] → [B]: the share answered rightly."""
    return totals[:, 0] / totals.sum(1)


def hits(predictions: Predictions) -> np.ndarray:
    """[S, 2K]: for each class its hits, then for each class how often it was gold plus how often it was predicted."""
    predicted, gold, classes = predictions.log2p.argmax(1), predictions.gold, predictions.classes
    hit = predictions.summed(gold, classes, (predicted == gold).astype(np.float64))
    return np.hstack([hit, predictions.summed(gold, classes) + predictions.summed(predicted, classes)])


def macro_f1(totals: np.ndarray) -> np.ndarray:
    """[B, 2K] → [B]: the mean F1 = 2 hits / (gold + predicted) over the classes that are gold or predicted."""
    hit, both = np.split(totals, 2, axis=1)
    f1 = np.divide(2 * hit, both, out=np.zeros_like(both), where=both > 0)
    return f1.sum(1) / (both > 0).sum(1)


MEASURES.register(
    Measure(
        name="accuracy",
        title="Accuracy",
        measures="The share of items whose most probable class is the gold one, 0 to 1.",
        assumes="Items are scored once, on a split that no choice has read; intervals resample sentences.",
        misleads="Where one class is common the majority alone is accurate, and a probe that learned words by heart is accurate "
        "on words it has met: read it beside the majority and the control task.",
        source="Alain & Bengio 2016, arXiv 1610.01644",
        unit="fraction",
        sources=("labels", "edges", "conditional", "training"),
        formula=accuracy,
        short="Accuracy",
        axis="accuracy",
        better="more",
        control="control_accuracy",
        menus={"labels": 1, "edges": 2, "conditional": 3, "compare": 1, "prediction": 1},
        higher="more items are answered rightly",
        statistics=right,
    ),
    Measure(
        name="macro_f1",
        title="Macro F1",
        measures="The mean over classes of F1, the harmonic mean of precision and recall, 0 to 1; classes that are neither gold "
        "nor predicted in the split are left out.",
        assumes="Every class matters alike, however rare.",
        misleads="A class with a handful of items moves it as much as one with thousands: look at its interval.",
        source="Opitz & Burst 2019, arXiv 1911.03347 (the mean of F1s)",
        unit="fraction",
        sources=("labels", "edges", "conditional"),
        formula=macro_f1,
        short="Macro-F1",
        axis="macro-F1",
        better="more",
        menus={"labels": 2, "edges": 3},
        statistics=hits,
    ),
    place=1,
)
