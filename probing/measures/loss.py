"""Cross-entropy in bits, and the rule that gives probability to classes that train has not shown."""

from __future__ import annotations

import numpy as np

from probing.measures.measure import MEASURES, Measure, Predictions


def unseen_share(items: int, classes: int) -> float:
    """e = K / (t + K): what a probe trained on t items of a K-class inventory spreads evenly over all K classes."""
    return classes / (items + classes)


def log2_smoothed(logits: np.ndarray, share: float) -> np.ndarray:
    """Logits [N, K] (-inf where a class is absent from train) → log2 of (1 - e) p + e / K, fp32 [N, K]."""
    if not len(logits):
        return logits.astype(np.float32)
    chance = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    chance *= (1 - share) / chance.sum(1, keepdims=True)
    chance += share / logits.shape[1]
    return np.log2(chance).astype(np.float32)


def surprise(predictions: Predictions) -> np.ndarray:
    """[S, 2]: the bits that the gold classes cost, and the number of items."""
    bits = -np.take_along_axis(predictions.log2p, predictions.gold[:, None], 1)[:, 0].astype(np.float64)
    column = np.zeros(len(bits), dtype=np.int64)
    return np.hstack([predictions.summed(column, 1, bits), predictions.summed(column, 1)])


def loss(totals: np.ndarray) -> np.ndarray:
    """[B, 2] → [B]: bits an item."""
    return totals[:, 0] / totals[:, 1]


MEASURES.register(
    Measure(
        name="loss",
        title="Loss",
        measures="Mean −log2 of the probability that the probe gave to the gold class, in bits an item.",
        assumes="Probabilities are read after the unseen-class rule: (1−e)p + e/K with e = K/(t+K), t the train items and K the "
        "classes of the inventory, so that a class which train lacks costs bits and not infinity.",
        misleads="A few confident errors outweigh many right answers, so the loss may worsen while accuracy holds. Losses of "
        "tasks with other inventories do not compare.",
        source="Xu et al. 2020, arXiv 2002.10689; the rule is Laplace's, mixed into the probe's own probabilities",
        unit="bits",
        sources=("labels", "edges", "conditional"),
        formula=loss,
        short="Loss",
        axis="loss, bits an item",
        better="less",
        menus={"labels": 4, "edges": 4, "conditional": 4},
        statistics=surprise,
    )
)
