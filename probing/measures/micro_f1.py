"""Micro-averaged F1 of probes that say each class by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import resampled
from probing.measures.statistics import by_sentence


def answers(chosen: np.ndarray, gold: np.ndarray, sentence: np.ndarray) -> np.ndarray:
    """[S, 2], a row a sentence that occurs: twice the hits, and the gold answers plus those said.

    `chosen` bool [N, K] are the classes said of each item, `gold` [N] its own, `sentence` [N] any ids.
    """
    hit = chosen[np.arange(len(gold)), gold]
    return by_sentence(sentence, 2.0 * hit, 1.0 + chosen.sum(1))


def micro_f1(totals: np.ndarray) -> np.ndarray:
    """[B, 2] → [B]."""
    return totals[:, 0] / totals[:, 1]


def score(seeds: Sequence[np.ndarray], items: int) -> Score:
    """The mean over seeds of `answers` [S, 2], with a bootstrap over sentences and seeds."""
    return resampled(seeds, micro_f1, items)


MEASURES.register(
    Measure(
        name="micro_f1",
        title="Micro F1",
        measures="F1 of all answers together, 0 to 1: 2 hits / (gold answers + answers said), where a probe says each class "
        "whose own probability is above one half, so of an item none, one or several.",
        assumes="Probes with a sigmoid a class. With exactly one answer said of each item it is the accuracy.",
        misleads="Common labels decide it: read F1 by label, with support, beside it. A probe that is unsure says nothing and "
        "loses recall, where accuracy would count its best guess.",
        source="Tenney et al. 2019 (arXiv 1905.06316)",
        unit="fraction",
        sources=("edges",),
        formula=micro_f1,
        short="Micro F1",
        axis="micro F1",
        better="more",
        menus={"edges": 1},
    )
)
