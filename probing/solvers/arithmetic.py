"""How exactly matrix products are carried out: fp32 throughout, or with inputs rounded to what the hardware multiplies fastest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from probing import precision

TILE = 32  # columns that a processor multiplies at a time: a width between is as slow as the next

Products = Literal["exact", "fast"]


@contextmanager
def products(kind: Products, device: torch.device | str = "cpu") -> Iterator[None]:
    """Products of fp32 tensors inside the block: `exact` in fp32; `fast` may round its inputs, and still sums in fp32.

    Fast is bf16 on CPUs that multiply it natively and TF32 on GPUs that have it; elsewhere it is exact. What was set
    before comes back. The switch is the process's own: other threads see it too.
    """
    before = torch.get_float32_matmul_precision()
    fast = kind == "fast" and (torch.device(device).type == "cuda" or rounds(device))
    torch.set_float32_matmul_precision("medium" if fast else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def rounds(device: torch.device | str) -> bool:
    """Whether `fast` rounds to the 8 digits of bf16 on this device: then what has to keep more is given in two parts."""
    return torch.device(device).type == "cpu" and precision.rounds_fits()


def tiled(width: int) -> int:
    """The next multiple of TILE from `width` on."""
    return -(-width // TILE) * TILE
