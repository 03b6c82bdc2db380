"""The complexity frontier: what a probe reads against how complex it may be, and one number for it.

Pimentel et al. 2020 (arXiv 2010.02180): no one complexity is the right one, so probes are compared by the volume under the frontier.
"""

from __future__ import annotations

import numpy as np

from probing.measures.measure import MEASURES, Measure


def lift(accuracy: np.ndarray, majority: np.ndarray | float) -> np.ndarray:
    """Accuracy above the majority's as a share of what is above it: 0 is the majority, 1 is faultless; both may be arrays [...]."""
    accuracy, majority = np.broadcast_arrays(np.asarray(accuracy, np.float64), np.asarray(majority, np.float64))
    return np.divide(accuracy - majority, 1 - majority, out=np.full(accuracy.shape, np.nan), where=majority < 1)


def frontier(complexity: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """[..., P]: at each point the best `gain` [..., P] of those that are no more complex, at least 0; NaN counts for nothing."""
    order = np.argsort(complexity, kind="stable")
    best = np.maximum.accumulate(np.nan_to_num(np.maximum(gain, 0.0)[..., order]), -1)
    # Of points of one complexity, the best serves all.
    ends = np.searchsorted(complexity[order], complexity[order], side="right") - 1
    result = np.empty_like(best)
    result[..., order] = best[..., ends]
    return result


def hypervolume(complexity: np.ndarray, gain: np.ndarray, low: float, high: float) -> np.ndarray:
    """[...] in [0, 1]: the area under the frontier of `complexity` [P] and `gain` [..., P] (see `lift`), reference point (1, 0).

    Complexity is log2, scaled so that `low` is 0 and `high` is 1; a point beyond them counts at the end. Where one complexity
    was swept (`low` = `high`), it is the best gain.
    """
    order = np.argsort(complexity, kind="stable")
    best = frontier(complexity, gain)[..., order]
    if high <= low:
        return np.asarray(best[..., -1])
    place = np.clip((np.log2(complexity[order]) - np.log2(low)) / (np.log2(high) - np.log2(low)), 0, 1)
    return np.asarray((best * np.diff(np.append(place, 1.0))).sum(-1))


MEASURES.register(
    Measure(
        name="hypervolume",
        title="Hypervolume of the frontier",
        measures="The area under the frontier of accuracy against complexity: 1 is faultless at the least complexity, 0 is "
        "never above the majority. High is easy. Complexity is rank, width, or for linear probes the nuclear norm along a path "
        "of penalties.",
        assumes="Complexity is taken as log2 and scaled to [0, 1] on the range swept (for nuclear norms the run's own), "
        "accuracy above the majority as a share of what is above it; reference point (1, 0). Read on one half of dev, one seed.",
        misleads="It depends on the range swept, so compare within a run. Nuclear norm belongs to standardised vectors: what is "
        "easy at a small norm is what lies along directions of large spread. Read it above the control's, which memory alone "
        "gives.",
        source="Pimentel et al. 2020, arXiv 2010.02180",
        unit="fraction",
        sources=("run",),
        formula=hypervolume,
        short="Hypervolume",
        axis="hypervolume of the frontier",
        better="more",
        split="dev",
        control="hypervolume",
        menus={"decodability": 8},
        caption="How to read it: the area under the frontier below; high is easy. When it misleads: it depends on the range of "
        "complexity that the run swept.",
    )
)
