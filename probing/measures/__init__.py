"""Measures: one file a notion, which registers itself in MEASURES with its card. Imports no torch."""

from __future__ import annotations

from probing.measures.controls import Selectivity, majority, selectivity, share
from probing.measures.measure import MEASURES, Measure, Score, axis, menu
from probing.measures.scoring import scores, scores_over_seeds
from probing.measures.statistics import (
    benjamini_hochberg,
    mcnemar,
    paired_detectable_difference,
    smallest_detectable_difference,
)
from probing.registry import discover

__all__ = [
    "MEASURES",
    "Measure",
    "Score",
    "Selectivity",
    "axis",
    "benjamini_hochberg",
    "majority",
    "mcnemar",
    "menu",
    "paired_detectable_difference",
    "scores",
    "scores_over_seeds",
    "selectivity",
    "share",
    "smallest_detectable_difference",
]

discover(__name__, __path__)
