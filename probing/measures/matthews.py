"""Matthews correlation of tasks of two classes."""

from __future__ import annotations

import numpy as np

from probing.measures.measure import MEASURES, Measure, Predictions
from probing.registry import Card


def table(predictions: Predictions) -> np.ndarray:
    """[S, 4]: items by (gold, predicted): (0, 0), (0, 1), (1, 0), (1, 1)."""
    return predictions.summed(2 * predictions.gold + predictions.log2p.argmax(1), 4)


def mcc(totals: np.ndarray) -> np.ndarray:
    """[B, 4] → [B]: the correlation of gold and predicted over all items; 0 where either is one class alone."""
    a, b, c, d = totals.T
    scale = np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    return np.divide(a * d - b * c, scale, out=np.zeros_like(scale), where=scale > 0)


MEASURES.register(
    Measure(
        Card(
            name="mcc",
            title="Matthews correlation",
            measures="The correlation of the gold and the predicted class of a task of two classes, −1 to 1; 0 is chance.",
            assumes="It is read of the whole split at once, not averaged over batches.",
            misleads="It is 0 for a probe that always names one class, as for one that guesses: accuracy tells the two apart.",
            source="Matthews 1975; used for CoLA by Warstadt et al. 2019 (arXiv 1805.12471)",
        ),
        unit="correlation",
        statistics=table,
        value=mcc,
        classes=2,
    )
)
