"""Layers with probes of numbers and conditional ones: the measures they have, their cell, and what is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from tests.app.opening import open_page, words
from tests.planted.families import fill


@pytest.fixture
def run(store_root: Path) -> str:
    return fill(Store(store_root))


def traces(app: AppTest, place: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(app.get("plotly_chart")[place].proto.spec)["data"]
    return found


def test_regression_has_its_own_measures_and_a_control(run: str) -> None:
    app = open_page("layers", run=run, task="sentence_length", probe="regression", control_shown="true")
    control = next(control for control in app.segmented_control if control.key == "measure")
    assert control.options == ["R²", "Spearman"]
    named = {trace.get("name") for trace in traces(app, 0)}
    assert {"minilm-l6", "minilm-l6: control task", "baselines"} <= named


def test_a_cell_of_numbers_opens_to_a_scatter_and_its_sentences(run: str) -> None:
    app = open_page("layers", run=run, task="sentence_length", probe="regression", checkpoint="minilm-l6", layer="1")
    assert any(trace.get("name") == "exact" for place in range(len(app.get("plotly_chart"))) for trace in traces(app, place))
    assert "the largest error first" in words(app)
    assert "error " in words(app)


def test_conditional_tells_what_is_given_and_what_is_added(run: str) -> None:
    app = open_page("layers", run=run, task="upos", probe="conditional", measure="conditional_v_information")
    assert "What each layer adds to layer 0" in words(app)
    curve = next(trace for trace in traces(app, 0) if trace.get("name") == "minilm-l6" and trace.get("customdata") is not None)
    assert curve, "the curve of the layers that add something"


def test_a_measure_that_the_probe_lacks_is_forgotten(run: str) -> None:
    app = open_page("layers", run=run, task="sentence_length", probe="regression", measure="ece")
    assert next(control for control in app.segmented_control if control.key == "measure").value == "r2"
