"""Effort: budgets move ranks without a fit, pairs of like accuracy are told, hard items stand in their sentences."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from tests.app.opening import open_page, sound, words
from tests.planted import curves, finished
from tests.planted.curves import ITEMS, PRIOR, QUICK, SLOW


@pytest.fixture
def curves_run(store_root: Path) -> str:
    return curves.fill(Store(store_root))


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def axis(app: AppTest, words: str) -> dict[str, Any]:
    """The chart one of whose axes is so titled."""
    (found,) = (
        one
        for one in charts(app)
        if any(words in str(one["layout"].get(name, {}).get("title", {})) for name in ("xaxis", "yaxis"))
    )
    return found


def test_an_empty_store_teaches_and_links(store_root: Path) -> None:
    finished.fill(Store(store_root))
    app = open_page("effort")
    assert "No run has measured decodability yet" in words(app)
    assert "Measure decodability" in words(app)
    assert not app.get("plotly_chart")


def test_the_page_shows_curves_ranks_pairs_frontiers_and_examples(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos")
    told = words(app)
    for heading in (
        "Decodability by layer",
        "Results at your budget",
        "Equal accuracy, different effort",
        "Complexity frontier",
    ):
        assert heading in told
    assert told.count("How to read it") >= 5
    assert told.count("When it misleads") >= 5
    control = {trace.get("name") for trace in axis(app, "codelength, bits")["data"]}
    assert "minilm-l6: control task" in control
    assert len(charts(app)) == 5


@pytest.mark.parametrize("measure", ["Compression", "V-information", "Conditional", "εSC", "SDL", "Model", "Hypervolume"])
def test_every_measure_has_its_chart_and_its_sentence(curves_run: str, measure: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", by=measure)
    drawn = charts(app)[0]["data"]
    assert any(trace.get("name") == "minilm-l6" for trace in drawn)
    assert "How to read it" in words(app)
    if measure == "εSC":
        assert any(trace["marker"].get("symbol") == "triangle-up-open" for trace in drawn if "marker" in trace), (
            "a bound is hollow"
        )


def test_a_smaller_budget_changes_the_ranks_and_the_page_says_so(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos")
    assert f"With {ITEMS:,} items the easiest layer is" in words(app)
    app = sound(app.select_slider(key="n").set_value(64).run())
    told = words(app)
    assert "With 64 items the easiest layer is" in told
    assert f"With all {ITEMS:,} it" in told
    annotation = axis(app, "items of train, log scale")["layout"]["annotations"]
    assert any("n = 64" in str(one["text"]) for one in annotation)


def test_a_size_larger_than_train_is_told_and_the_curves_end_where_train_does(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", n="999999")
    told = words(app)
    assert f"The address has n = 999,999, but train has {ITEMS:,} items" in told
    assert f"With {ITEMS:,} items the easiest layer is" in told


def test_information_at_n_is_what_the_loss_leaves_of_the_prior(curves_run: str) -> None:
    loss = axis(open_page("effort", run=curves_run, task="upos"), "loss on dev")
    told = axis(open_page("effort", run=curves_run, task="upos", read="V-information"), "V-information, bits an item")
    line = {
        name: next(t for t in one["data"] if t.get("name") == "minilm-l6, layer 0") for name, one in (("l", loss), ("i", told))
    }
    both = np.array(decoded(line["l"]["y"])) + np.array(decoded(line["i"]["y"]))
    assert both == pytest.approx(PRIOR)


def decoded(values: Any) -> Any:
    """Plotly packs numbers as base64."""
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]) if isinstance(values, dict) else values


def test_an_epsilon_below_every_curve_is_told(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos")
    lowest = app.slider(key="bits").min
    app = sound(app.slider(key="bits").set_value(lowest).run())
    assert "No layer reaches less than" in words(app)
    app = sound(app.slider(key="bits").set_value(app.slider(key="bits").max).run())
    assert "needs no learning" in words(app)


def test_what_another_task_left_in_the_controls_is_forgotten(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos")
    app.session_state["bits"], app.session_state["n"], app.session_state["page"] = 99.0, 7, 5000
    app = sound(app.run())
    assert app.slider(key="bits").value <= app.slider(key="bits").max
    assert f"With {ITEMS:,} items the easiest layer is" in words(app)


def test_an_empty_choice_of_curves_and_an_endless_n_are_no_tracebacks(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", n="9" * 5000)
    app = sound(app.multiselect(key="series").set_value([]).run())
    sound(app.multiselect(key="frontiers").set_value([]).run())


def test_layers_alike_in_accuracy_and_apart_in_effort_are_a_sentence(store_root: Path) -> None:
    run = curves.fill(Store(store_root), depths={"minilm-l6": 6})
    app = open_page("effort", run=run, task="upos")
    told = words(app)
    assert "equal accuracy on upos (" in told
    table = next(frame.value for frame in app.dataframe if "times as many" in frame.value.columns)
    pair = table[(table["easier"] == f"minilm-l6, layer {QUICK}") & (table["harder"] == f"minilm-l6, layer {SLOW}")]
    assert len(pair) == 1
    assert pair["times as many"].iloc[0] > 2


def test_as_published_mixes_units_and_says_so(curves_run: str) -> None:
    plain = open_page("effort", run=curves_run, task="upos")
    mixed = open_page("effort", run=curves_run, task="upos", published="true")
    assert "mix bits and nats" in words(mixed)
    assert "mix bits and nats" not in words(plain)
    assert axis(plain, "codelength, bits")["data"] != axis(mixed, "codelength, bits")["data"]


def test_the_hardest_items_stand_in_their_sentences_and_text_is_escaped(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos")
    assert "Ordered by pointwise V-information, the lowest first" in words(app)
    bodies = [element.proto.body for element in app.get("html")]
    assert len(bodies) == 10
    assert all("<script>" not in body for body in bodies)
    app = open_page("effort", run=curves_run, task="upos", examples="Probably mislabelled")
    told = words(app)
    assert "No item gets the same other label from nearly all layers" in told


def test_a_sentence_task_and_another_split_do_not_break_it(curves_run: str) -> None:
    open_page(
        "effort",
        run=curves_run,
        task="feats:Number",
        split="test_seen",
        examples="Probably mislabelled",
        frontier="V-information",
    )


def test_two_widths_offer_a_common_dimension(store_root: Path) -> None:
    hidden = {"minilm-l6": 128}
    run = curves.fill(Store(store_root), hidden=hidden)
    assert "Compare at a common dimension" in words(open_page("effort", run=run, task="upos"))
    low = curves.fill(Store(store_root), "low", hidden=hidden, spec={"dimension": 64})
    told = words(open_page("effort", run=low, task="upos"))
    assert "first 64 principal components" in told
    assert "Compare at a common dimension" not in told
