"""Measures: one file a notion, which registers itself in MEASURES with its card. Imports no torch."""

from __future__ import annotations

from probing.measures.controls import majority, selectivity, share
from probing.measures.measure import MEASURES, Score, axis, menu
from probing.measures.scoring import scores, scores_over_seeds
from probing.measures.statistics import smallest_detectable_difference
from probing.registry import discover

__all__ = [
    "MEASURES",
    "Score",
    "axis",
    "majority",
    "menu",
    "scores",
    "scores_over_seeds",
    "selectivity",
    "share",
    "smallest_detectable_difference",
]

discover(__name__, __path__)
