"""The layer × task map with its centres of gravity, and predicted against gold numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from probing.figures import heatmap
from probing.figures.numbers import scatter


def test_centres_are_drawn_on_their_rows() -> None:
    figure = heatmap.layer_by_task(np.ones((2, 3)), ["a", "b"], [0, 1, 2], "accuracy", marked=[1.5, np.nan])
    assert [(note.x, note.y) for note in figure.layout.annotations if note.text == "◆"] == [(1.5, "a")]


def test_the_scatter_has_the_mean_of_each_number() -> None:
    items = pd.DataFrame({"gold": [1.0] * 5 + [2.0] * 5, "predicted": [1, 1, 1, 1, 6, 2, 2, 2, 2, 2]})
    means = next(trace for trace in scatter(items).data if trace.name == "mean predicted")
    assert list(means.y) == [2, 2]
