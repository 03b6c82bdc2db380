"""The layer × task map: centres of gravity by hand, and where they are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from probing.analysis.hardest import largest_errors
from probing.analysis.layer_grid import centres
from probing.figures import heatmap
from probing.figures.numbers import scatter


def test_the_centre_is_the_layer_weighted_by_what_lies_above_the_floor() -> None:
    values = np.array([[0.5, 0.7, 0.9], [0.2, 0.2, 0.2], [np.nan, 0.6, 0.5]])
    found = centres(values, np.array([0.5, 0.5, 0.5]), [0, 1, 2])
    assert found[0] == pytest.approx((1 * 0.2 + 2 * 0.4) / 0.6)
    assert np.isnan(found[1]), "nothing lies above what the majority gives"
    assert found[2] == 1, "a layer without a value weighs nothing"


def test_centres_are_drawn_on_their_rows() -> None:
    figure = heatmap.layer_by_task(np.ones((2, 3)), ["a", "b"], [0, 1, 2], "accuracy", marked=[1.5, np.nan])
    assert [(note.x, note.y) for note in figure.layout.annotations if note.text == "◆"] == [(1.5, "a")]


def test_the_furthest_off_comes_first_and_the_scatter_has_the_mean_of_each_number() -> None:
    items = pd.DataFrame({"gold": [1.0] * 5 + [2.0] * 5, "predicted": [1, 1, 1, 1, 6, 2, 2, 2, 2, 2]})
    assert largest_errors(items)["error"].tolist()[0] == 5
    means = next(trace for trace in scatter(items).data if trace.name == "mean predicted")
    assert list(means.y) == [2, 2]
