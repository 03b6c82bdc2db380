"""Measures: one file a notion, each with its card in MEASURES. Imports no torch."""

from __future__ import annotations

from probing.measures import (
    accuracy,
    attention_graphs,
    calibration,
    codelength,
    controls,
    curve,
    drift,
    frontier,
    information,
    loss,
    matthews,
    micro_f1,
    mixes,
    numbers,
    similarity,
    slots,
    topology,
    trees,
    variational,
)
from probing.measures.controls import Selectivity, majority, selectivity, share
from probing.measures.measure import MEASURES, Measure, Score
from probing.measures.scoring import scores, scores_over_seeds
from probing.measures.statistics import (
    benjamini_hochberg,
    mcnemar,
    paired_detectable_difference,
    smallest_detectable_difference,
)

__all__ = [
    "MEASURES",
    "Measure",
    "Score",
    "Selectivity",
    "accuracy",
    "attention_graphs",
    "benjamini_hochberg",
    "calibration",
    "codelength",
    "controls",
    "curve",
    "drift",
    "frontier",
    "information",
    "loss",
    "majority",
    "matthews",
    "mcnemar",
    "micro_f1",
    "mixes",
    "numbers",
    "paired_detectable_difference",
    "scores",
    "scores_over_seeds",
    "selectivity",
    "share",
    "similarity",
    "slots",
    "smallest_detectable_difference",
    "topology",
    "trees",
    "variational",
]
