"""Expected calibration error."""

from __future__ import annotations

import numpy as np

from probing.measures.measure import MEASURES, Measure, Predictions

BINS = 15


def gaps(predictions: Predictions) -> np.ndarray:
    """[S, BINS + 1]: for each bin of confidence the items right less their confidence; last the number of items.

    Bin b holds confidences in (b/15, (b+1)/15].
    """
    best = predictions.log2p.argmax(1)
    # Rounding may lift the largest probability above 1.
    confidence = np.minimum(np.exp2(predictions.log2p.max(1).astype(np.float64)), 1.0)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gap = predictions.summed(bins, BINS, (best == predictions.gold) - confidence)
    return np.hstack([gap, predictions.summed(np.zeros_like(bins), 1)])


def ece(totals: np.ndarray) -> np.ndarray:
    """[B, BINS + 1] → [B]: Σ over bins of |right − confidence|, a share of all items."""
    return np.abs(totals[:, :-1]).sum(1) / totals[:, -1]


MEASURES.register(
    Measure(
        name="ece",
        title="Calibration error (ECE)",
        measures=f"How far confidence and accuracy lie apart, 0 to 1: |accuracy − mean confidence| in {BINS} bins of equal "
        "width, weighted by the items in each.",
        assumes="Only the probability of the predicted class is judged. Probabilities are read after the unseen-class rule, p → "
        "(1−e)p + e/K with e = K/(t+K).",
        misleads="It is never 0 on few items, since chance alone opens gaps; resampling opens more, so its interval is shifted "
        "back by the mean of what resampling adds. A probe that always says the majority is calibrated.",
        source="Guo et al. 2017, arXiv 1706.04599",
        unit="fraction",
        sources=("labels", "edges", "conditional"),
        formula=ece,
        short="Calibration",
        axis="calibration error (ECE)",
        better="less",
        menus={"labels": 3},
        statistics=gaps,
        rises=True,
    )
)
