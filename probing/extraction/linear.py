"""Products of a pass in few shapes: on a CPU in bf16 each new shape costs the preparation of a kernel, which takes longer than the product.

Every batch has a number of rows of its own, and so would every product of every layer. Imports torch at its top, as forward.py does.
"""

from __future__ import annotations

from functools import partial

import torch

ROWS = 512  # of a product: enough to be near the fastest, and few enough that the piece stays in a core's cache
STEP = 64  # the last piece has a multiple of it


def in_few_shapes(model: torch.nn.Module) -> None:
    """Have every linear layer of a frozen model multiply ROWS rows at a time. Its values stay as they were."""
    for module in model.modules():
        if type(module) is torch.nn.Linear:
            module.forward = partial(_product, module)  # type: ignore[method-assign]


def pieces(rows: int) -> list[tuple[int, int]]:
    """Ranges (begin, end) that cover `rows`: whole pieces, and a last one that reaches back to a multiple of STEP."""
    cut = []
    for begin in range(0, rows, ROWS):
        end = min(begin + ROWS, rows)
        size = -(-(end - begin) // STEP) * STEP
        cut.append((max(0, end - size), end))
    return cut


def _product(layer: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
    """x [..., K] → [..., N]. Rows that two pieces share are computed twice, to the same values."""
    flat, weight = x.flatten(0, -2), layer.weight.t()
    out = x.new_empty(len(flat), layer.out_features)
    for begin, end in pieces(len(flat)):
        if layer.bias is None:
            torch.mm(flat[begin:end], weight, out=out[begin:end])
        else:
            torch.addmm(layer.bias, flat[begin:end], weight, out=out[begin:end])
    return out.view(*x.shape[:-1], layer.out_features)
