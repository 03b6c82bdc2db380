"""What a representation adds to a baseline: one probe on the baseline's vectors, one on both side by side (Hewitt et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from probing.cells.vectors import Vectors
from probing.cells.work import BaselineVectors
from probing.runs import RunSpec


@dataclass(frozen=True)
class Base:
    """`vectors` [N, D] by split, reported in rows by `setting`.

    `layer` is the layer of the cell's own that it is by default, which has nothing to add to itself; None where it was requested.
    """

    vectors: dict[str, np.ndarray]
    setting: dict[str, Any]
    layer: int | None

    @classmethod
    def of(cls, spec: RunSpec, baseline: BaselineVectors, read: Vectors) -> Base:
        by_default = spec.conditional_on is None
        setting = {} if by_default else {"baseline": spec.conditional_on}
        return cls(read.of(baseline.reader, baseline.layer)[0], setting, baseline.layer if by_default else None)

    def beside(self, vectors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """[B; φ] by split. A probe of the base alone needs no zeros in the second half's place: they are dead dimensions."""
        return {name: np.hstack([self.vectors[name], vectors[name]]) for name in vectors}
