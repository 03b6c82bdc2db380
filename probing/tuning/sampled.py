"""Single values of an encoder, sampled at random, that train as one vector. The other values cost only their gradient. Imports torch at its top."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn


class SampledValues:
    """`count` values of all `parameters` together, sampled under `seed`. `values` [count] is what an optimiser steps.

    The parameters need a gradient; `gather` copies the sampled part of it to `values`, `scatter` writes `values` back to their places.
    """

    def __init__(self, parameters: Mapping[str, nn.Parameter], count: int, seed: int) -> None:
        self._parameters = parameters
        ends = np.cumsum([value.numel() for value in parameters.values()])
        chosen = np.sort(np.random.default_rng(seed).choice(int(ends[-1]), count, replace=False, shuffle=False))
        self._places: dict[str, Tensor] = {}  # of each tensor, flattened
        for (name, value), end in zip(parameters.items(), ends.tolist(), strict=True):
            begin = end - value.numel()
            own = chosen[(chosen >= begin) & (chosen < end)] - begin
            self._places[name] = torch.from_numpy(own).to(value.device)
        with torch.no_grad():
            self._begun = torch.cat([value.view(-1)[self._places[name]] for name, value in parameters.items()])
        self.values = nn.Parameter(self._begun.clone())

    def gather(self) -> None:
        """The gradient of `values`, 0 where a tensor has none; the tensors' own are let go."""
        parts = []
        for name, value in self._parameters.items():
            places = self._places[name]
            parts.append(self.values.new_zeros(len(places)) if value.grad is None else value.grad.view(-1)[places])
            value.grad = None
        self.values.grad = torch.cat(parts)

    def scatter(self) -> None:
        with torch.no_grad():
            for (name, value), part in zip(self._parameters.items(), self._parts(self.values), strict=True):
                value.view(-1)[self._places[name]] = part

    def changes(self) -> dict[str, Tensor]:
        """The values that moved, as single values of their tensors (checkpoints/deltas.py)."""
        found: dict[str, Tensor] = {}
        values = self.values.detach()
        for (name, places), value, begun in zip(self._places.items(), self._parts(values), self._parts(self._begun), strict=True):
            moved = value != begun
            if moved.any():
                found[f"index/{name}"], found[f"value/{name}"] = places[moved], value[moved]
        return found

    def _parts(self, values: Tensor) -> tuple[Tensor, ...]:
        """[count] → what of it belongs to each tensor."""
        return values.split([len(places) for places in self._places.values()])
