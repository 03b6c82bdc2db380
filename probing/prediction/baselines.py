"""What is predicted without any probe: the mean of the other checkpoints, or of the others of the same family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def leave_one_out_mean(y: np.ndarray) -> np.ndarray:
    """y (n,) → for each row the mean of all others (n,)."""
    return (y.sum() - y) / (len(y) - 1)


def leave_one_out_family_mean(y: np.ndarray, families: Sequence[str]) -> np.ndarray:
    """y (n,) → for each row the mean of the others of its family (n,); of all others where it is alone in it."""
    found = leave_one_out_mean(y)
    names = np.array(families)
    for family in dict.fromkeys(families):
        rows = names == family
        if rows.sum() > 1:
            found[rows] = leave_one_out_mean(y[rows])
    return found


def rmse(error: np.ndarray) -> float:
    """Root mean square of the errors of all rows, in the target's unit."""
    return float(np.sqrt(np.mean(np.square(error))))
