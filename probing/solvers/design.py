"""The vectors that problems share, standardised and turned to the axes in which their covariance is diagonal."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from probing.solvers.arithmetic import products, tiled
from probing.solvers.standardise import Standardiser

ROWS = 1024  # vectors rotated at a time


class Design:
    """Standardised vectors in their eigenbasis, with a last column of ones for the bias.

    `width` is R+1, R = min(N, D), with a last column of ones; `basis` [D, R]; `variance` [R+1], 1 for the column of ones.
    With fewer vectors than dimensions the weights are zero in all other directions at the optimum: they are left out.
    The rows are made when they are first asked for, each kind for itself: they are what takes memory.
    """

    def __init__(self, vectors: np.ndarray, standardiser: Standardiser, device: str) -> None:
        self.standardiser = standardiser
        self.device = torch.device(device)
        count, width = vectors.shape
        rank = min(count, width)
        gram = torch.zeros(width, width, device=self.device)
        with products("exact"):
            for _, rows in self._standardised(vectors):
                gram.addmm_(rows.T, rows)
        values, directions = torch.linalg.eigh(gram.double() / count)
        self.basis = directions[:, width - rank :].float().contiguous()
        self.variance = torch.cat([values[width - rank :].clamp(min=0), values.new_ones(1)]).float()
        self.count, self.width = count, rank + 1
        self._vectors = vectors

    @cached_property
    def rows(self) -> Tensor:
        """[N, R+1] fp32 on the device."""
        return self.rotated(self._vectors)

    @cached_property
    def rounded(self) -> Tensor:
        """The rows in bf16, [N, W] on the device: W is R+1 filled up by `tiled`, 0 beyond R+1."""
        result = torch.zeros(self.count, tiled(self.width), dtype=torch.bfloat16, device=self.device)
        for start in range(0, self.count, ROWS):
            result[start : start + ROWS, : self.width] = self.rotated(self._vectors[start : start + ROWS])
        return result

    def _standardised(self, vectors: np.ndarray) -> Iterator[tuple[int, Tensor]]:
        mean, scale = (torch.from_numpy(x).to(self.device) for x in (self.standardiser.mean, self.standardiser.scale))
        for start in range(0, len(vectors), ROWS):
            # A copy, since stored vectors may be mapped read-only.
            rows = torch.tensor(vectors[start : start + ROWS]).to(self.device, torch.float32)
            yield start, rows.sub_(mean).mul_(scale)

    def rotated(self, vectors: np.ndarray) -> Tensor:
        """[M, D] → [M, R+1] in the eigenbasis, on the device, with the column of ones."""
        rank = self.basis.shape[1]
        result = torch.ones(len(vectors), rank + 1, device=self.device)
        with products("exact"):
            for start, rows in self._standardised(vectors):
                result[start : start + len(rows), :rank] = rows @ self.basis
        return result

    def unrotated(self, theta: Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Parameters [K, R+1] in the eigenbasis → weights [D, K] and bias [K] on standardised vectors."""
        with products("exact"):
            weights = self.basis @ theta[:, :-1].T
        return weights.cpu().numpy(), theta[:, -1].cpu().numpy()
