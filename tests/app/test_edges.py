"""Layers with an edge probe: F1 by label, mixes with their expected layer or its refusal, and spans in their sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from tests.app.opening import open_page, sound, words
from tests.planted.edges import LABELS, SCRIPT, fill


@pytest.fixture
def run(store_root: Path) -> str:
    return fill(Store(store_root))


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def titled(app: AppTest, axis: str) -> dict[str, Any]:
    """The one chart whose x axis is called so."""
    (found,) = (one for one in charts(app) if one["layout"]["xaxis"].get("title", {}).get("text") == axis)
    return found


def bodies(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.main.get("html"))


def test_labels_and_mixes_are_drawn_with_the_expected_layer(run: str) -> None:
    app = open_page("layers", run=run, task="arc_label", probe="edge", section="Spans")
    said = words(app)
    assert "Spans: labels and layers" in said
    assert "Expected layer 1.03 (95 % interval 1.01 to 1.05)" in said
    bars = titled(app, "F1")["data"][0]
    assert sorted(bars["y"]) == sorted(f"{label} (24)" for label in LABELS)
    curve = next(one for one in charts(app) if "yaxis2" in one["layout"])
    assert [trace["name"] for trace in curve["data"]] == [
        "mix of the layers up to here",
        "the layer alone",
        "what the layer adds",
    ]
    shares = next(one for one in charts(app) if one["layout"]["yaxis"].get("title", {}).get("text") == "share in the mix")
    assert shares["layout"]["annotations"][0]["text"] == "centre of gravity 0.90"
    assert shares["layout"]["shapes"][0]["x0"] == 0.9


def test_noise_is_refused_in_plain_words(run: str) -> None:
    app = open_page("layers", run=run, task="arc_label", probe="edge", checkpoint="random:minilm-l6@0", section="Spans")
    assert "No expected layer, since all layers together add -0.6 to 0.2 points to layer 0, which may be nothing." in words(app)


def test_another_layer_is_another_f1(run: str) -> None:
    app = open_page("layers", run=run, task="span_label", probe="edge", labels="1", section="Spans")
    best = titled(app, "F1")["data"][0]["x"]
    app = sound(app.selectbox(key="labels").set_value(0).run())
    assert sum(json.dumps(best) != json.dumps(one["data"][0]["x"]) for one in [titled(app, "F1")]) == 1


@pytest.mark.parametrize(("task", "second"), [("arc_label", True), ("span_label", False)])
def test_an_opened_cell_shows_spans_in_their_sentences(run: str, task: str, second: bool) -> None:
    app = open_page("layers", run=run, task=task, probe="edge", checkpoint="minilm-l6", layer="0")
    shown = bodies(app)
    assert SCRIPT not in shown
    assert "&lt;script&gt;" in shown
    assert "<b>rare</b>" not in shown
    assert 'class="st-span one"' in shown
    assert (">2</sup>" in shown) == second, "marked by a number and not by colour alone"
    said = words(app)
    assert "gold " in said
    assert "predicted " in said
