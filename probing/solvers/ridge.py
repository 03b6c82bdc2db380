"""Ridge regression for many problems that share their vectors, solved exactly, at many penalties at once.

Objective of a problem: half the mean squared error over its items + λ/2 ‖w‖², the bias not penalised, on standardised
vectors: scikit-learn's Ridge at alpha = λ·n. Problems of the same items share one decomposition of their covariance, and
nested ones one pass over the vectors. Hastie, Tibshirani & Friedman 2009, section 3.4.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from probing.solvers.arithmetic import products
from probing.solvers.design import Design
from probing.solvers.nested_subsets import NestedSubsets, nested_subsets

READ = 4096  # vectors read at a time
TINY = 1e-30


def ridge(design: Design, targets: Sequence[np.ndarray], penalties: Sequence[float]) -> Tensor:
    """Parameters [P, Q, R+1] of P problems at Q penalties, in the design's eigenbasis, the bias last.

    `targets` [N] each, NaN where a vector is not in the problem. A penalty of 0 gives the least-norm solution. Raises ValueError
    where a problem has no item, or a penalty is negative.
    """
    if any(penalty < 0 for penalty in penalties):
        raise ValueError(f"a penalty is not below 0: {min(penalties)}")
    lacking = [position for position, target in enumerate(targets) if np.isnan(target).all()]
    if lacking:
        raise ValueError(f"problem {lacking[0]} has no items")
    result = torch.zeros(len(targets), len(penalties), design.width, device=design.device)
    wanted = torch.tensor(penalties, dtype=torch.float64, device=design.device)
    with products("exact"):
        for subsets in nested_subsets([np.where(np.isnan(target), -1, 0) for target in targets]):
            _follow(design, subsets, targets, wanted, result)
    return result


def _follow(design: Design, subsets: NestedSubsets, targets: Sequence[np.ndarray], penalties: Tensor, result: Tensor) -> None:
    """Solve nested subsets from the smallest outwards, each going on from the sums of the last."""
    order = np.arange(subsets.sizes[0]) if subsets.order is None else subsets.order
    values = np.stack([targets[problem][order] for problem in subsets.problems])
    sums, begin = _Sums(design, len(values)), 0
    for size in sorted(set(subsets.sizes)):
        # Where a vector is outside a smaller problem its target is NaN: that problem is solved by then.
        sums.add(order[begin:size], np.nan_to_num(values[:, begin:size]))
        begin = size
        rows = [row for row, own in enumerate(subsets.sizes) if own == size]
        result[[subsets.problems[row] for row in rows]] = sums.solve(penalties)[rows]


class _Sums:
    """Sums over items, in double precision: of vectors, their products, and their products with T targets."""

    def __init__(self, design: Design, targets: int) -> None:
        self.rows, width = design.rows, design.width
        self.products = torch.zeros(width, width, dtype=torch.float64, device=design.device)
        self.moments = self.products.new_zeros(targets, width)

    def add(self, items: np.ndarray, values: np.ndarray) -> None:
        """`items` [n] positions of vectors, `values` [T, n] their targets."""
        for start in range(0, len(items), READ):
            part = slice(start, start + READ)
            rows = self.rows[torch.from_numpy(items[part]).to(self.rows.device)]
            self.products += (rows.T @ rows).double()
            self.moments += (torch.from_numpy(values[:, part].astype(np.float32)).to(rows.device) @ rows).double()

    def solve(self, penalties: Tensor) -> Tensor:
        """[T, Q, R+1] fp32."""
        total = self.products[-1, -1]
        mean, level = self.products[-1, :-1] / total, self.moments[:, -1] / total
        covariance = self.products[:-1, :-1] / total - torch.outer(mean, mean)
        common = self.moments[:, :-1] / total - torch.outer(level, mean)
        values, basis = torch.linalg.eigh(covariance)
        # Directions without variance hold rounding alone: no penalty may bring them in.
        alive = values > values.amax().clamp(min=TINY) * 1e-9
        inverse = alive / (values.clamp(min=0) + penalties[:, None]).clamp(min=TINY)
        weights = ((common @ basis)[:, None] * inverse) @ basis.T
        bias = level[:, None] - weights @ mean
        return torch.cat([weights, bias[..., None]], 2).float()
