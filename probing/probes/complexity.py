"""How complex a family's probes may be, and what of it a frontier sweeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from probing.probes.family import ProbeFamily

NUCLEAR, RANK, WIDTH = "nuclear_norm", "rank", "width"
SWEPT = {RANK: (1, 2, 4, 8, 16, 32), WIDTH: (4, 16, 64, 256)}
PENALTIES = (10.0, 1.0, 0.1, 0.03, 0.01, 1e-3, 1e-4)  # a path of nuclear norms


def kind(family: ProbeFamily) -> str | None:
    """What the family's complexity is measured by: the nuclear norm of a penalised linear map, a rank, a width, or by nothing."""
    if family.penalised:
        return NUCLEAR
    return next((option for option in family.options if option in SWEPT), None)


def swept(family: ProbeFamily, requested: Sequence[int]) -> tuple[float, ...]:
    """What is swept: penalties, or the ranks or widths `requested`, a single one of which stands beside the usual ones."""
    name = kind(family)
    if name is None or name == NUCLEAR:
        return PENALTIES if name else ()
    return tuple(sorted({*requested, *(SWEPT[name] if len(requested) < 2 else ())}))


def nuclear_norm(weights: np.ndarray) -> float:
    """‖W‖_* of `weights` [D, K]; what all classes share says nothing, and is taken out first."""
    return float(np.linalg.svd(weights - weights.mean(1, keepdims=True), compute_uv=False).sum())
