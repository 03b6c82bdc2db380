"""Centres of gravity and the largest errors by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from probing.analysis.hardest import largest_errors
from probing.analysis.layer_grid import centres


def test_the_centre_is_the_layer_weighted_by_the_gain_over_the_trivial_baseline() -> None:
    values = np.array([[0.5, 0.7, 0.9], [0.2, 0.2, 0.2], [np.nan, 0.6, 0.5]])
    found = centres(values, np.array([0.5, 0.5, 0.5]), [0, 1, 2])
    assert found[0] == pytest.approx((1 * 0.2 + 2 * 0.4) / 0.6)
    assert np.isnan(found[1]), "nothing lies above what the majority gives"
    assert found[2] == 1, "a layer without a value weighs nothing"


def test_the_largest_error_comes_first() -> None:
    items = pd.DataFrame({"gold": [1.0] * 5 + [2.0] * 5, "predicted": [1, 1, 1, 1, 6, 2, 2, 2, 2, 2]})
    assert largest_errors(items)["error"].tolist()[0] == 5
