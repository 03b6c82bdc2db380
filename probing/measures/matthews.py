"""Matthews correlation: of two classes, or of several."""

from __future__ import annotations

import numpy as np

from probing.measures.measure import MEASURES, Measure, Predictions


def margins(gold: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """[N] and [N] → [N, 1 + 2K]: one where the item is right, then a one at the class that was predicted, then a one at the gold class."""
    ones = np.eye(classes)
    return np.hstack([(gold == predicted)[:, None].astype(np.float64), ones[predicted], ones[gold]])


def summed_margins(predictions: Predictions) -> np.ndarray:
    """[S, 1 + 2K]: the sums of `margins` over the items of each sentence."""
    found = margins(predictions.gold, predictions.log2p.argmax(1), predictions.classes)
    return np.stack([np.bincount(predictions.sentence, column, predictions.sentences) for column in found.T], axis=1)


def mcc(totals: np.ndarray) -> np.ndarray:
    """[B, 1 + 2K] → [B]: the correlation of gold and predicted over all items; 0 where either is one class alone.

    With c right of s items, p_k predicted and t_k gold of class k: (c·s − Σ p_k t_k) / √((s² − Σ p_k²)(s² − Σ t_k²)) (Gorodkin 2004), which
    for two classes is Matthews's own.
    """
    right, (predicted, gold) = totals[:, 0], np.split(totals[:, 1:], 2, axis=1)
    items = gold.sum(1)
    above = right * items - (predicted * gold).sum(1)
    below = np.sqrt((items**2 - (predicted**2).sum(1)) * (items**2 - (gold**2).sum(1)))
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


MEASURES.register(
    Measure(
        name="mcc",
        title="Matthews correlation",
        measures="The correlation of the gold and the predicted class of a task of two classes, −1 to 1; 0 is chance.",
        assumes="It is read of the whole split at once, not averaged over batches.",
        misleads="It is 0 for a probe that always names one class, as for one that guesses: accuracy tells the two apart.",
        source="Matthews 1975; used for CoLA by Warstadt et al. 2019 (arXiv 1805.12471)",
        unit="correlation",
        sources=("labels", "edges", "conditional", "training"),
        formula=mcc,
        short="Matthews",
        axis="Matthews correlation",
        better="more",
        zero=True,
        menus={"labels": 6},
        some=True,
        statistics=summed_margins,
        classes=2,
    )
)
