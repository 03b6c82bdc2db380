"""Standardisation with train statistics: every dimension to mean 0 and variance 1, dead dimensions to 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probing.errors import BadInput

DEAD = 1e-5  # a deviation below this share of the mean, or of the typical deviation, is rounding and not signal
ROWS = 1024  # rows a step: bounds the double-precision copy


@dataclass(frozen=True)
class Standardiser:
    """(x - mean) * scale; `mean` and `scale` fp32 [D]. `scale` is 1 / deviation, and 0 for a dead dimension."""

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> Standardiser:
        """Statistics of `vectors` [N, D], summed in double precision; raises BadInput where one is not finite."""
        shift = vectors[0].astype(np.float64)
        total = np.zeros(vectors.shape[1])
        square = np.zeros(vectors.shape[1])
        for start in range(0, len(vectors), ROWS):
            # Shifted by a row, so that a large mean does not swallow a small variance.
            rows = vectors[start : start + ROWS] - shift
            total += rows.sum(0)
            square += np.einsum("nd,nd->d", rows, rows)
        offset = total / len(vectors)
        mean = offset + shift
        deviation = np.sqrt(np.maximum(square / len(vectors) - offset**2, 0.0))
        if not np.isfinite(deviation).all():
            raise BadInput("The vectors hold NaN or infinite values: the checkpoint's weights or precision are broken.")
        floor = DEAD * np.maximum(np.abs(mean), np.median(deviation))
        alive = deviation > floor
        scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=alive)
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """[N, D] → [N, D] fp32, a copy."""
        rows = vectors.astype(np.float32)
        rows -= self.mean
        rows *= self.scale
        return rows
