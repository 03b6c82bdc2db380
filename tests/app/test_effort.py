"""Effort: the headline says who needs the least data, a budget moves the page without a fit, and each section is drawn when it is opened."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing.measures.curve import sample_complexity
from tests.app.opening import open_page, sound, words
from tests.planted import curves, finished
from tests.planted.curves import EPSILON, ITEMS, PRIOR, QUICK, SIZES, SLOW


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


def test_the_headline_says_who_needs_the_least_data_and_the_chart_by_layer(store_root: Path) -> None:
    run = curves.fill(Store(store_root), depths={"minilm-l6": 6})
    app = open_page("effort", run=run, task="upos")
    known = {layer: sample_complexity(SIZES, curves.loss("minilm-l6", layer), EPSILON) for layer in range(7)}
    never = [layer for layer, items in known.items() if np.isinf(items)]
    assert never == [0, 1, 2]
    assert (
        f"For 0.60 bits an item on upos, layer {QUICK} of minilm-l6 needs {known[QUICK]:,.0f} items, layers 0, 1 and 2 more than {ITEMS:,}."
        in words(app)
    )
    needed = axis(app, "items of train needed")
    drawn = next(trace for trace in needed["data"] if trace.get("name") == "minilm-l6")
    np.testing.assert_allclose(decoded(drawn["y"]), [np.nan if np.isinf(items) else items for items in known.values()])
    bounds = next(trace for trace in needed["data"] if trace.get("marker", {}).get("symbol") == "triangle-up-open")
    assert list(decoded(bounds["x"])) == never


def test_of_several_checkpoints_the_headline_compares_their_easiest_layers(curves_run: str) -> None:
    app = sound(open_page("effort", run=curves_run, task="upos").select_slider(key="n").set_value(64).run())
    told = words(app)
    assert "needs the fewest items for upos: 42 items, at layer 6, for 0.60 bits an item. second-l6 may need as few" in told
    assert "With 64 items 2 of these 14 layers reach it; the most accurate is layer 6 of" in told
    assert any("n = 64" in str(one["text"]) for one in axis(app, "items of train needed")["layout"]["annotations"])


def test_only_the_open_section_is_computed_and_each_has_its_chart(curves_run: str) -> None:
    for section, title in {
        "Loss by items": "loss on dev",
        "Ranks": "easiest at the top",
        "Equal accuracy": "εSC: items of train needed",
        "Complexity frontier": "nuclear norm",
        "Codelength and SDL": "codelength, bits",
    }.items():
        app = open_page("effort", run=curves_run, task="upos", section=section)
        assert len(charts(app)) == 2, "the page's own and that of the section"
        assert axis(app, title)["data"]
        assert words(app).count("How to read it") == 2
    control = {trace.get("name") for trace in axis(app, "codelength, bits")["data"]}
    assert "minilm-l6: control task" in control


@pytest.mark.parametrize("measure", ["Compression", "V-information", "Conditional", "SDL", "Model", "Hypervolume"])
def test_every_measure_has_its_chart_and_its_sentence(curves_run: str, measure: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", section="Codelength and SDL", by=measure)
    drawn = charts(app)[1]["data"]
    assert any(trace.get("name") == "minilm-l6" for trace in drawn)
    if measure == "SDL":
        before = next(decoded(trace["y"]) for trace in drawn if trace.get("name") == "minilm-l6")
        app = sound(app.select_slider(key="n").set_value(64).run())
        after = next(decoded(trace["y"]) for trace in charts(app)[1]["data"] if trace.get("name") == "minilm-l6")
        assert (after <= before).all(), "fewer items cost fewer bits above ε"
        assert (after < before).any()
        assert "with 64 items at ε = 0.60 bits" in words(app)


def test_a_smaller_budget_changes_the_ranks_and_the_page_says_so(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", section="Ranks")
    assert f"With {ITEMS:,} items the easiest layer is" in words(app)
    app = sound(app.select_slider(key="n").set_value(64).run())
    told = words(app)
    assert "With 64 items the easiest layer is" in told
    assert f"With all {ITEMS:,} it" in told


def test_a_size_larger_than_train_is_told_and_the_curves_end_where_train_does(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", section="Ranks", n="999999")
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
    app = open_page("effort", run=curves_run, task="upos", section="Ranks")
    app.session_state["bits"], app.session_state["n"], app.session_state["page"] = 99.0, 7, 5000
    app = sound(app.run())
    assert app.slider(key="bits").value <= app.slider(key="bits").max
    assert f"With {ITEMS:,} items the easiest layer is" in words(app)


def test_an_empty_choice_of_curves_and_an_endless_n_are_no_tracebacks(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", n="9" * 5000)
    app = sound(app.multiselect(key="series").set_value([]).run())
    app = open_page("effort", run=curves_run, task="upos", section="Complexity frontier")
    sound(app.multiselect(key="frontiers").set_value([]).run())


def test_layers_alike_in_accuracy_and_apart_in_effort_are_a_sentence(store_root: Path) -> None:
    run = curves.fill(Store(store_root), depths={"minilm-l6": 6})
    app = open_page("effort", run=run, task="upos", section="Equal accuracy")
    told = words(app)
    assert "equal accuracy on upos (" in told
    table = next(frame.value for frame in app.dataframe if "times as many" in frame.value.columns)
    pair = table[(table["easier"] == f"minilm-l6, layer {QUICK}") & (table["harder"] == f"minilm-l6, layer {SLOW}")]
    assert len(pair) == 1
    assert pair["times as many"].iloc[0] > 2


def test_as_published_mixes_units_and_says_so(curves_run: str) -> None:
    plain = open_page("effort", run=curves_run, task="upos", section="Codelength and SDL")
    mixed = open_page("effort", run=curves_run, task="upos", section="Codelength and SDL", published="true")
    assert "mix bits and nats" in words(mixed)
    assert "mix bits and nats" not in words(plain)
    assert axis(plain, "codelength, bits")["data"] != axis(mixed, "codelength, bits")["data"]


def test_the_hardest_items_stand_in_their_sentences_and_text_is_escaped(curves_run: str) -> None:
    app = open_page("effort", run=curves_run, task="upos", section="Hardest items")
    assert "Ordered by pointwise V-information, the lowest first" in words(app)
    bodies = [element.proto.body for element in app.main.get("html")]
    assert len(bodies) == 10
    assert all("<script>" not in body for body in bodies)
    app = open_page("effort", run=curves_run, task="upos", section="Hardest items", examples="Probably mislabelled")
    told = words(app)
    assert "No item gets the same other label from nearly all layers" in told


def test_a_sentence_task_and_another_split_do_not_break_it(curves_run: str) -> None:
    open_page(
        "effort",
        run=curves_run,
        task="feats:Number",
        split="test_seen",
        section="Hardest items",
        examples="Probably mislabelled",
    )
    open_page("effort", run=curves_run, task="feats:Number", section="Complexity frontier", frontier="V-information")


def test_two_widths_offer_a_common_dimension(store_root: Path) -> None:
    hidden = {"minilm-l6": 128}
    run = curves.fill(Store(store_root), hidden=hidden)
    assert "Compare at a common dimension" in words(open_page("effort", run=run, task="upos"))
    low = curves.fill(Store(store_root), "low", hidden=hidden, spec={"dimension": 64})
    told = words(open_page("effort", run=low, task="upos"))
    assert "first 64 principal components" in told
    assert "Compare at a common dimension" not in told
