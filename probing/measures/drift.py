"""How far parameters have moved from one checkpoint to its descendant.

Ben Zaken, Goldberg & Ravfogel 2022 (arXiv 2106.10199, figure 1) draw the mean absolute change of each kind of parameter by layer.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from functools import partial

import numpy as np

from probing.measures.measure import MEASURES, Measure


@dataclass(frozen=True)
class Moved:
    """Sums over `n` parameters θ before and after, with Δ their difference; two of them add up to that of both together."""

    n: int = 0
    absolute: float = 0.0  # Σ|Δ|
    squared: float = 0.0  # Σ Δ²
    before: float = 0.0  # Σ θ₀²
    after: float = 0.0  # Σ θ₁²

    def __add__(self, other: Moved) -> Moved:
        return Moved(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))

    @property
    def mean(self) -> float:
        """Mean |Δ|; NaN of nothing."""
        return self.absolute / self.n if self.n else float("nan")

    @property
    def relative(self) -> float:
        """‖Δ‖ / ‖θ₀‖; NaN where θ₀ is 0."""
        return math.sqrt(self.squared / self.before) if self.before else float("nan")

    @property
    def angle(self) -> float:
        """Degrees between θ₀ and θ₁; NaN where one of them is 0."""
        if not self.before or not self.after:
            return float("nan")
        # From the chord of the two directions: the cosine of a small angle has no digits left for it.
        ratio = math.sqrt(self.after / self.before)
        squared_chord = max(0.0, self.squared / self.before - (1 - ratio) ** 2) / ratio
        return math.degrees(2 * math.asin(min(1.0, math.sqrt(squared_chord) / 2)))


def moved(before: np.ndarray, after: np.ndarray) -> Moved:
    """Of two arrays of one shape, summed in fp64."""
    first, second = before.astype(np.float64).ravel(), after.astype(np.float64).ravel()
    change = second - first
    return Moved(len(first), float(np.abs(change).sum()), float(change @ change), float(first @ first), float(second @ second))


NAMED = "The same architecture and parameter names; of two that share no history the numbers say nothing, since units may be permuted."
SOURCE = "Ben Zaken, Goldberg & Ravfogel 2022, arXiv 2106.10199"
of_parameters = partial(Measure, assumes=NAMED, sources=("drift",), formula=moved)
MEASURES.register(
    of_parameters(
        name="drift",
        title="Mean change of parameters",
        measures="The mean of |Δθ| over the parameters of one kind in one layer, or over a whole layer, between two checkpoints.",
        misleads="Kinds differ in size by themselves: a bias near 0 that moves by 0.01 has changed more than a scale near 1. "
        "Read the relative norm beside it.",
        source=SOURCE,
        unit="weight",
        short="Mean change",
        axis="mean |Δθ|",
        menus={"drift": 1},
    ),
    of_parameters(
        name="drift_relative",
        title="Relative change of parameters",
        measures="‖Δθ‖ / ‖θ₀‖ of the parameters of one kind in one layer, or of a whole layer.",
        misleads="Parameters that began near 0 have a large one however little they do.",
        source=SOURCE + " (drawn there as mean |Δθ|)",
        unit="ratio",
        short="Relative norm",
        axis="‖Δθ‖/‖θ₀‖",
        menus={"drift": 2},
    ),
    of_parameters(
        name="drift_angle",
        title="Turn of parameters",
        measures="The angle in degrees between the parameters of one kind in one layer before and after: 0 where they only grew "
        "or shrank.",
        misleads="In many dimensions a random step is at right angles to everything, so a small angle is a small step and not a "
        "direction kept.",
        source="The cosine between weight vectors",
        unit="degrees",
        short="Angle",
        axis="angle, degrees",
        menus={"drift": 3},
    ),
)
