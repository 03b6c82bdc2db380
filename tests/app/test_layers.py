"""Layers: the page says what the planted numbers are, opens cells from the address, and survives any choice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing.checkpoints import mends
from probing.records import stored
from tests.app.opening import open_page, sound, words
from tests.planted import live
from tests.planted.finished import BEST_ON_DEV, BEST_ON_TEST, SCRIPT, TASKS, fill


def chart(app: AppTest, place: int) -> dict[str, Any]:
    return json.loads(app.get("plotly_chart")[place].proto.spec)


def names(app: AppTest, place: int = 0) -> set[str]:
    return {trace["name"] for trace in chart(app, place)["data"] if trace.get("name")}


def choose(app: AppTest, key: str, value: Any) -> AppTest:
    return sound(app.selectbox(key=key).set_value(value).run())


def clicked(app: AppTest, key: str, customdata: list[Any]) -> AppTest:
    """As if the browser had sent a click on the chart `key`."""
    point = {"customdata": customdata}
    app.session_state[key] = {"selection": {"points": [point], "point_indices": [], "box": [], "lasso": []}}
    return sound(app.run())


def bodies(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.main.get("html")]


def test_the_curve_has_every_baseline(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="upos")
    assert names(app) == {"minilm-l6", "second-l6", "baselines"}
    (floor,) = [trace for trace in chart(app, 0)["data"] if trace.get("name") == "baselines"]
    assert "best of random weights, majority" in floor["hovertemplate"]
    assert {"minilm-l6", "second-l6"} <= {note["text"] for note in chart(app, 0)["layout"]["annotations"]}, "named at their ends"
    assert "How to read it" in words(app)
    app = sound(app.toggle(key="control_shown").set_value(True).run())
    assert names(app) >= {"minilm-l6: control task", "second-l6: control task"}
    assert "too small to detect" in words(open_page("layers", run=finished_run, task="upos", section="Numbers"))


def test_a_difference_from_the_base_is_a_switch(finished_run: str, store_root: Path) -> None:
    app = open_page("layers", run=finished_run, task="upos", base="second-l6", difference="true")
    lines = {trace["name"]: np.asarray(trace["y"]) for trace in plain_lines(app)}
    np.testing.assert_allclose(lines["second-l6"], 0)
    table = Store(store_root).results.table(finished_run)
    own = table[(table["task"] == "upos") & (table["split"] == "test") & (table["metric"] == "accuracy") & (table["layer"] >= 0)]
    values = own[own["setting"] == "{}"].pivot_table(index="layer", columns="checkpoint", values="value", observed=True)
    np.testing.assert_allclose(lines["minilm-l6"], values["minilm-l6"] - values["second-l6"], atol=1e-12)
    assert "minus second-l6" in chart(app, 0)["layout"]["yaxis"]["title"]["text"]
    assert "baselines" not in names(app)


@pytest.mark.parametrize(("measure", "said"), [("Macro-F1", "macro-F1"), ("Loss", "loss"), ("Selectivity", "selectivity")])
def test_the_sentence_and_the_alternative_speak_of_the_measure(finished_run: str, measure: str, said: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", measure=measure)
    (sentence,) = [text.value for text in app.markdown if text.value.startswith("**minilm")]
    assert said in sentence.replace("\\", "")
    assert f"layer {BEST_ON_DEV} (chosen on dev; " in words(app)
    assert said in app.get("plotly_chart")[0].proto.alt


def test_a_layer_that_is_not_there_is_said(finished_run: str) -> None:
    assert "minilm-l6 has no layer 99 here" in words(open_page("layers", run=finished_run, layer="99"))


def test_a_run_in_progress_is_drawn_and_its_end_replaces_it(store: Store) -> None:
    planned = live.asked()
    publisher = live.begin(store, planned)
    publisher.rows(live.rows(planned, 2))
    app = open_page("layers", run=planned.run)
    assert "Not final yet: 2 of 14 layers" in words(app)
    assert "cannot be read" not in words(app)
    assert "minilm-l6 (2 of 7 layers)" in names(app)
    publisher.close()
    fill(store, run=planned.run)
    store.jobs.finish(planned.run, "done")
    app = sound(app.run())
    assert "Not final yet" not in words(app)
    assert {"minilm-l6", "baselines"} <= names(app)
    assert "How to read it" in words(app)


def test_the_best_layer_is_dev_s_and_its_figures_are_the_table_s(finished_run: str, store_root: Path) -> None:
    table = Store(store_root).results.table(finished_run)
    mine = table[(table["checkpoint"] == "minilm-l6") & (table["task"] == "upos") & (table["split"] == "test")]
    mine = mine[(mine["metric"] == "accuracy") & (mine["setting"] == "{}")].set_index("layer")["value"]
    assert mine[BEST_ON_TEST] > mine[BEST_ON_DEV]
    said = words(open_page("layers", run=finished_run, task="upos", section="Numbers"))
    assert f"minilm-l6: layer {BEST_ON_DEV} has the lowest dev loss" in said
    assert f"accuracy {mine[BEST_ON_DEV]:.3f}" in said
    assert f"{100 * (mine[BEST_ON_DEV] - mine[0]):+.1f} points against layer 0" in said
    assert "against random weights" in said
    assert "selectivity" in said


@pytest.mark.parametrize("measure", ["Macro-F1", "Calibration", "Loss", "Selectivity"])
def test_every_measure_is_an_address(finished_run: str, measure: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", measure=measure)
    assert names(app) == {"minilm-l6", "second-l6", "baselines"}
    assert len(app.get("plotly_chart")) == 2


def test_the_map_is_grouped_and_a_click_opens_its_cell(finished_run: str) -> None:
    app = open_page("layers", run=finished_run)
    spec = chart(app, 1)
    assert [note["text"] for note in spec["layout"]["annotations"] if note["text"] != "◆"] == ["surface", "syntax"]
    assert len(spec["data"][1]["customdata"]) == len(TASKS) * 7
    assert len(app.get("plotly_chart")) == 2, "no cell is open"
    app = clicked(app, "heatmap", ["feats:Number", 2])
    assert app.selectbox(key="selected-task").value == "feats:Number"
    assert app.selectbox(key="layer").value == 2
    assert "minilm-l6, layer 2: feats:Number" in words(app)
    # The menus go on from there: the old click does not come back.
    app = choose(app, "layer", 3)
    assert "minilm-l6, layer 3: feats:Number" in words(app)


def test_a_cell_is_an_address(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", layer="5", checkpoint="second-l6", split="test_seen")
    said = words(app)
    assert "second-l6, layer 5: upos" in said
    assert "memorised words" in said
    assert len(app.get("plotly_chart")) == 3


def test_the_confusion_matrix_is_the_items(finished_run: str, store_root: Path) -> None:
    results = Store(store_root).results
    (cell,) = [c.id for c in stored.run(Store(store_root), finished_run).cells if (c.checkpoint, c.task) == ("minilm-l6", "upos")]
    items = results.items(cell)
    items = items[(items["layer"] == 4) & (items["split"] == "test")]
    app = open_page("layers", run=finished_run, task="upos", layer="4")
    found = {(gold, said): n for gold, said, n in chart(app, 2)["data"][1]["customdata"]}
    assert found == items.groupby(["gold", "predicted"]).size().to_dict()
    classes = app.dataframe[0].value.set_index("class")
    assert classes["support"].to_dict() == items["gold"].value_counts().to_dict()


def test_words_are_text_and_errors_are_marked(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", layer="4", wrong="false")
    every = "".join(bodies(app))
    assert SCRIPT not in every
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in every
    assert "✗" in every
    assert 'aria-label="' in every
    assert all("✗" in body for body in bodies(open_page("layers", run=finished_run, task="upos", layer="4")))


def test_the_worst_sentence_comes_first_ten_at_a_time(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", layer="4", wrong="false")
    assert len(bodies(app)) == 10
    costs = [float(c.value.split("word: ")[1].split(" ")[0]) for c in app.caption if "least probable word: " in c.value]
    assert len(costs) == 10
    assert costs == sorted(costs, reverse=True)
    app = sound(app.number_input(key="page").set_value(3).run())
    assert len(bodies(app)) == 10
    # A narrower filter has fewer pages: the page goes back to the first.
    app = choose(choose(app, "gold", "NOUN"), "predicted", "VERB")
    assert app.number_input(key="page").value == 1
    assert 0 < len(bodies(app)) <= 10


def test_a_click_on_a_confusion_filters_and_the_diagonal_is_no_error(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", layer="4")
    app = clicked(app, "confusion", ["NOUN", "NOUN", 9])
    assert (app.selectbox(key="gold").value, app.selectbox(key="predicted").value) == ("NOUN", "NOUN")
    assert bodies(app), "right answers are shown too"


def test_sentence_tasks_have_no_word_labels(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="sentence_length", layer="6")
    assert "gold" in words(app)
    assert "<small>✗" not in "".join(bodies(app))


def test_another_task_after_a_filter_drops_the_filter(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", layer="4")
    app = choose(app, "gold", "NOUN")
    app = choose(app, "selected-task", "feats:Number")
    assert app.selectbox(key="gold").value == "any"
    assert bodies(app)


def test_seeds_are_named(store_root: Path) -> None:
    run = fill(Store(store_root), probes=("linear", "mlp"), tasks=("upos",))
    assert "Predictions of seed 0, one of 3 seeds" in words(open_page("layers", run=run, probe="mlp", layer="2"))


def test_a_measure_that_is_not_there_is_said(store_root: Path) -> None:
    run = fill(Store(store_root), without=("ece",))
    app = open_page("layers", run=run, task="upos", measure="Calibration")
    assert "was not measured for upos" in words(app)
    assert names(app) == set(), "nothing is drawn but the map, which has holes"


def test_notes_are_told_and_are_no_markup(finished_run: str) -> None:
    app = open_page("layers", run=finished_run)
    assert "3 words have no vector; *they* are left out" in words(app)
    assert any(r"\*they\*" in str(text.value) for text in app.markdown)


def test_two_runs_that_asked_differently_do_not_hide_each_other(store_root: Path) -> None:
    store = Store(store_root)
    first, second = fill(store), fill(store, "again", seed=1)
    app = open_page("layers", run=[first, second], task="upos")
    lines = {name for name in names(app) if name.startswith("minilm-l6") and "control" not in name}
    assert lines == {f"minilm-l6 ({first[:6]})", f"minilm-l6 ({second[:6]})"}
    app = choose(app, "checkpoint", f"minilm-l6 ({first[:6]})")
    app = choose(app, "layer", 3)
    assert f"minilm-l6 ({first[:6]}), layer 3" in words(app)
    assert bodies(app)


def test_models_of_other_depth_share_an_axis(store_root: Path) -> None:
    run = fill(Store(store_root), depths={"minilm-l6": 6, "deep-l12": 12}, tasks=("upos",))
    app = open_page("layers", run=run)
    assert max(max(trace["x"]) for trace in plain_lines(app)) == 1
    app = sound(app.toggle(key="relative").set_value(False).run())
    assert max(max(trace["x"]) for trace in plain_lines(app)) == 12


def plain_lines(app: AppTest) -> list[dict[str, Any]]:
    """The lines of the first chart, their numbers decoded."""
    spec = chart(app, 0)
    found = []
    for trace in spec["data"]:
        if trace.get("name") in ("minilm-l6", "second-l6", "deep-l12"):
            found.append(trace | {axis: pd.Series(decoded(trace[axis])).tolist() for axis in "xy"})
    return found


def decoded(values: Any) -> list[float]:
    if isinstance(values, dict):  # plotly sends arrays as base64
        import base64

        import numpy as np

        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"]).tolist()
    return list(values)


def test_numbers_and_figures_can_be_taken_away(finished_run: str) -> None:
    app = open_page("layers", run=finished_run, task="upos", layer="4")
    labels = [element.proto.label for element in app.get("download_button")]
    assert labels == ["Share", "Report", "CSV", "Parquet"], (
        "of the run and of the classes; those of charts are made when they are asked for"
    )
    app.session_state["curves-export"] = True  # as if its button was pressed
    app.run()
    labels = [element.proto.label for element in app.get("download_button")]
    assert labels[2:6] == ["PNG", "SVG", "PDF", "HTML"]
    numbers = open_page("layers", run=finished_run, task="upos", section="Numbers")
    assert [element.proto.label for element in numbers.get("download_button")] == ["Share", "Report", "CSV", "Parquet"]


@pytest.mark.parametrize(
    "address",
    [{"task": "nothing"}, {"layer": "99"}, {"layer": "-1"}, {"checkpoint": "nobody"}, {"probe": "x"}, {"split": "dev"}],
)
def test_an_address_that_names_nothing_shows_the_default(finished_run: str, address: dict[str, str]) -> None:
    app = open_page("layers", run=finished_run, **address)
    assert not app.error
    assert names(app)


@pytest.mark.usefixtures("store_root")
def test_an_empty_store_says_what_to_do() -> None:
    app = open_page("layers")
    assert "No runs yet" in words(app)
    assert "Set up your own run" in words(app)


def test_a_run_that_read_a_checkpoint_wrongly_says_so(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(Store(store_root), spec={"checkpoints": ["minilm-l6"]})
    assert not open_page("layers").warning
    monkeypatch.setitem(mends.VECTORS, "bert", mends.PADS)
    (warning,) = open_page("layers").warning
    said = warning.value.replace("\\", "")
    assert "read minilm-l6 wrongly: padding entered its vectors" in said
    assert "run it again" in said
