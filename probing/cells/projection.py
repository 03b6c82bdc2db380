"""Vectors of checkpoints that differ in width, brought to a common number of dimensions: principal components of train's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probing.errors import BadInput
from probing.solvers.standardise import Standardiser

ROWS = 8192  # vectors at a time


@dataclass(frozen=True)
class Projection:
    """Standardise, then take the first d principal components: `axes` [D, d], orthonormal, by falling variance."""

    standardiser: Standardiser
    axes: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray, dimension: int) -> Projection:
        """From train's vectors [N, D] alone. Raises BadInput where they have fewer than `dimension` numbers."""
        if train.shape[1] < dimension:
            raise BadInput(f"Vectors of {train.shape[1]} numbers cannot be brought to {dimension}: take a smaller --dimension.")
        standardiser = Standardiser.of(train)
        second = np.zeros((train.shape[1], train.shape[1]))
        for start in range(0, len(train), ROWS):
            rows = standardiser.apply(train[start : start + ROWS])
            second += rows.T @ rows
        _, axes = np.linalg.eigh(second)
        return cls(standardiser, np.ascontiguousarray(axes[:, ::-1][:, :dimension]).astype(np.float32))

    def apply(self, vectors: np.ndarray) -> np.ndarray:
        """[N, D] → [N, d] fp32."""
        result = np.empty((len(vectors), self.axes.shape[1]), np.float32)
        for start in range(0, len(vectors), ROWS):
            np.matmul(self.standardiser.apply(vectors[start : start + ROWS]), self.axes, out=result[start : start + ROWS])
        return result

    @property
    def state(self) -> dict[str, np.ndarray]:
        """What a stored probe needs beside its own weights, since it reads projected vectors."""
        return {"mean": self.standardiser.mean, "scale": self.standardiser.scale, "axes": self.axes}
