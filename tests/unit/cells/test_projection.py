"""Bringing vectors to a common number of dimensions."""

from __future__ import annotations

import numpy as np
import pytest

from probing.cells.vectors import Projection
from probing.errors import BadInput


def test_the_first_components_keep_the_planted_plane_and_lose_the_rest() -> None:
    draw = np.random.default_rng(0)
    plane = draw.normal(size=(500, 2))
    vectors = np.hstack([plane, plane @ draw.normal(size=(2, 4))]).astype(np.float32) + 7
    projection = Projection.of(vectors, 2)
    low = projection.apply(vectors)
    assert low.shape == (500, 2)
    assert low.mean(0) == pytest.approx([0, 0], abs=1e-4)
    standard = projection.standardiser.apply(vectors)
    assert low @ projection.axes.T == pytest.approx(standard, abs=1e-4), "six columns that lie in a plane need two numbers"
    assert projection.axes.T @ projection.axes == pytest.approx(np.eye(2), abs=1e-5)
    assert low.var(0)[0] >= low.var(0)[1]


def test_more_dimensions_than_there_are_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadInput, match="6 numbers cannot be brought to 7"):
        Projection.of(np.ones((10, 6), np.float32), 7)
