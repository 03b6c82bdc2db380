"""Products of thin matrices beside linear maps (LoRA): attached during training, added to the weights at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from probing.checkpoints import deltas

SCALE = 16.0  # over the rank: what the product is multiplied by


class LowRankAdapters:
    """Beside each weight of `names` in `encoder`, A [rank, in] and B [out, rank]; y becomes y + scale · B A x.

    B begins at zero, A from `seed`, so that nothing is changed at first. A context manager: at its end the maps are as they were.
    """

    def __init__(self, encoder: nn.Module, names: Sequence[str], rank: int, seed: int) -> None:
        self.scale = SCALE / rank
        self._modules = {name: encoder.get_submodule(name.removesuffix(".weight")) for name in names}
        generator = torch.Generator().manual_seed(seed)
        self.parameters: dict[str, nn.Parameter] = {}
        for name, module in self._modules.items():
            weight: Any = module.weight
            outputs, inputs = weight.shape[::-1] if isinstance(module, Conv1D) else weight.shape
            thin = torch.empty(rank, inputs).normal_(0, inputs**-0.5, generator=generator)
            self.parameters[f"{name}.a"] = nn.Parameter(thin.to(weight.device))
            self.parameters[f"{name}.b"] = nn.Parameter(torch.zeros(outputs, rank, device=weight.device))

    def __enter__(self) -> LowRankAdapters:
        self._hooks = [module.register_forward_hook(self._beside(name)) for name, module in self._modules.items()]
        return self

    def __exit__(self, *_error: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def merge(self) -> dict[str, Tensor]:
        """Add the products to the weights, to the bit as a delta of them does that is read again; what was added."""
        changes = self.changes()
        weights: dict[str, Any] = {name: module.weight for name, module in self._modules.items()}
        arrays = {name: weight.detach().cpu().numpy() for name, weight in weights.items()}
        deltas.apply({key: change.cpu().numpy() for key, change in changes.items()}, arrays, "the low-rank change")
        with torch.no_grad():
            for name, weight in weights.items():
                weight.copy_(torch.from_numpy(arrays[name]))
        return changes

    def changes(self) -> dict[str, Tensor]:
        """What is to be added to the weights, as left and right of a product (checkpoints/deltas.py)."""
        found: dict[str, Tensor] = {}
        for name, module in self._modules.items():
            left, right = self.parameters[f"{name}.b"].detach() * self.scale, self.parameters[f"{name}.a"].detach()
            if isinstance(module, Conv1D):  # whose weight is [in, out]
                left, right = right.T, left.T
            found[f"left/{name}"], found[f"right/{name}"] = left.contiguous(), right.contiguous()
        return found

    def _beside(self, name: str) -> Any:
        def add(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            a, b = self.parameters[f"{name}.a"], self.parameters[f"{name}.b"]
            return output + (inputs[0] @ a.T) @ b.T * self.scale

        return add
