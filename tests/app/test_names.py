"""Full names in exports: in what is read, and nowhere else."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pages.shared import names
from probing.records.names import renamed

FULL = {"x": "a-long-name", "BitFit grammar 256": "minilm-l6-grammar-bitfit-256-s0-8a52fc"}


def test_a_figure_has_full_names_in_what_is_read_alone() -> None:
    figure = go.Figure(go.Scatter(x=[1], y=[2], name="x", mode="markers", marker={"symbol": "x", "color": "#0072B2"}))
    figure.update_layout(yaxis={"title": "accuracy, minus BitFit grammar 256"})
    whole = names.figure_in_full(figure, FULL)
    assert whole.data[0].name == "a-long-name"
    assert whole.data[0].marker.symbol == "x"
    assert whole.layout.yaxis.title.text == "accuracy, minus minilm-l6-grammar-bitfit-256-s0-8a52fc"
    assert figure.data[0].name == "x"


def test_a_table_has_full_names_in_cells_and_columns() -> None:
    frame = pd.DataFrame({"checkpoint": pd.Categorical(["x", "other"]), "x": [1.0, 2.0]})
    whole = names.table_in_full(frame, FULL)
    assert whole["checkpoint"].tolist() == ["a-long-name", "other"]
    assert list(whole) == ["checkpoint", "a-long-name"]
    assert names.table_in_full(frame, {}) is frame


def test_words_that_hold_a_nickname_stay() -> None:
    assert renamed("x, axis x and x-ray", FULL) == "a-long-name, axis a-long-name and a-long-name-ray"
    assert renamed("exact", FULL) == "exact"
