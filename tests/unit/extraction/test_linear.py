"""Products cut in few shapes are the products they were, and their shapes are few."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from probing.extraction.forward import ROWS, STEP, in_few_shapes, pieces


@given(st.integers(1, 5 * ROWS))
def test_pieces_cover_every_row_in_few_sizes(rows: int) -> None:
    cut = pieces(rows)
    assert cut[0][0] == 0
    assert cut[-1][1] == rows
    covered = np.zeros(rows, dtype=int)
    for begin, end in cut:
        covered[begin:end] += 1
        assert end - begin <= ROWS
        assert (end - begin) % STEP == 0 or (begin, end) == (0, rows)
    assert covered.min() == 1
    assert covered.sum() - rows < STEP


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3,), (1, 5), (7, 19), (40, 30)])
def test_a_cut_product_is_the_whole_one(bias: bool, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(24, 10, bias=bias).requires_grad_(False)
    x = torch.randn(*shape, 24)
    expected = layer(x)
    in_few_shapes(torch.nn.Sequential(layer))
    torch.testing.assert_close(layer(x), expected)


def test_other_modules_keep_their_own_product() -> None:
    class Scaled(torch.nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(x)

    layer = Scaled(4, 4).requires_grad_(False)
    x = torch.randn(3, 4)
    expected = layer(x)
    in_few_shapes(torch.nn.Sequential(layer))
    assert torch.equal(layer(x), expected)
