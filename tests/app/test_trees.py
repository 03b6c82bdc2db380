"""Trees: a headline over curves with their floor, the bounds, and a sentence's tree at every layer without a fit."""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from pages.shared import typed_sentence
from probing.cells import trees as tree_cell
from probing.solvers import projections
from tests.app.opening import open_page, sound, words
from tests.planted import finished, treebank


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("trees") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRATA_STORE", str(root))
        return root, treebank.fill(root, patch)


@pytest.fixture
def trees_run(store_root: Path, filled: tuple[Path, str]) -> str:
    shutil.copytree(filled[0], store_root)
    return filled[1]


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def drawing(app: AppTest) -> str:
    """The SVG inside the picture, behind the page's own text of it."""
    (body,) = (element.proto.body for element in app.get("html") if "gold arcs found" in element.proto.body)
    picture = re.search(r"base64,([^\"]+)", body)
    assert picture is not None
    return str(body) + b64decode(picture[1]).decode()


def test_an_empty_store_teaches_and_links(store_root: Path) -> None:
    finished.fill(Store(store_root))
    app = open_page("trees")
    assert "No runs on trees yet" in words(app)
    assert "Probe trees" in words(app)


def test_curves_stand_beside_the_chain_and_the_ranks(trees_run: str) -> None:
    app = open_page("trees", run=trees_run)
    (curve,) = charts(app)
    assert {"minilm-l6", "baselines"} <= {trace.get("name") for trace in curve["data"]}
    assert any("random weights, linear chain" in str(one["text"]) for one in curve["layout"]["annotations"])
    assert re.search(
        r"minilm-l6: arcs found \(UUAS\) 0\.976 for trees at layer 1 \(chosen on dev\); its baselines reach 0\.", words(app)
    )
    (_, ranks) = charts(open_page("trees", run=trees_run, section="Rank of the probe"))
    assert ranks["layout"]["xaxis"]["ticktext"] == ["2", "10"]
    colour = next(trace["line"]["color"] for trace in curve["data"] if trace.get("name") == "minilm-l6")
    rgb = ",".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    assert [trace["line"]["color"] for trace in ranks["data"]] == [f"rgba({rgb},0.3)", f"rgba({rgb},1.0)"], (
        "shades of its own colour"
    )
    for name, title in (("Distances", "order of distances"), ("Roots", "roots found"), ("Depths", "order of depths")):
        other = charts(open_page("trees", run=trees_run, by=name))[0]
        assert title in str(other["layout"]["yaxis"]["title"])


def test_the_topology_chart_has_its_bounds_and_the_published_curve(trees_run: str) -> None:
    app = open_page("trees", run=trees_run, probe="topological", section="Depth error and its bounds", beside="true")
    place, bounds = charts(app)[0], charts(app)[-1]
    assert any("random order" in str(one["text"]) for one in place["layout"]["annotations"])
    names = [str(trace.get("name")) for trace in bounds["data"]]
    assert sum(name.startswith(("sp:", "ssp:", "sp_sorted:", "ssp_lower:", "essp_upper:")) for name in names) == 5
    assert "BERT-large as published: sp" in names
    assert any("constant depth" in str(one["text"]) for one in bounds["layout"]["annotations"])
    assert "use other text" in words(app)


def test_the_layer_moves_without_a_fit_and_tells_what_it_finds(trees_run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_cell, "answer", None)
    monkeypatch.setattr(projections, "train", None)
    app = open_page("trees", run=trees_run, order="best first")
    known = re.search(r"(\d+) of (\d+) gold arcs", words(app))
    assert known is not None
    assert known[1] == known[2], "the best sentence at the layer that holds the trees"
    before = drawing(app)
    app = sound(app.select_slider(key="layer").set_value(0).run())
    assert drawing(app) != before


def test_a_link_opens_its_sentence_and_another_order_its_first(trees_run: str) -> None:
    app = open_page("trees", run=trees_run, sentence="9")
    assert "test-9-w0" in drawing(app)
    assert app.query_params["sentence"] in ("9", ["9"])
    app = sound(app.selectbox(key="order").set_value("as in the text").run())
    assert "test-0-w0" in drawing(app)
    assert app.query_params["sentence"] in ("0", ["0"])


def test_layers_play_from_the_first_to_the_last_and_stop(trees_run: str) -> None:
    app = open_page("trees", run=trees_run, layer="1")
    app = sound(app.toggle(key="play").set_value(True).run())
    seen = [app.select_slider(key="layer").value]
    for _ in range(2):
        app = sound(app.run())
        seen.append(app.select_slider(key="layer").value)
    assert seen == [0, 1, 1]
    assert app.toggle(key="play").value is False


def test_text_is_escaped_and_what_has_no_vector_is_struck_out(trees_run: str, store_root: Path) -> None:
    app = open_page("trees", run=trees_run)
    assert "<script>" not in drawing(app)
    assert "&lt;script&gt;" in drawing(app)
    assert "line-through" not in drawing(app)
    texts = Store(store_root).results.sentences(trees_run)
    lacking = next(int(row["sentence"]) for row in texts.to_dict("records") if len(row["forms"]) == treebank.WIDTH)
    app = sound(app.text_input(key="find").set_value(f"test-{lacking}-").run())
    assert "line-through" in drawing(app)
    assert "1 word without a vector" in words(app)
    app = sound(app.text_input(key="find").set_value("no such words").run())
    assert "No sentence has these words" in words(app)


def test_the_plane_draws_the_gold_arcs(trees_run: str) -> None:
    app = open_page("trees", run=trees_run, plane="true")
    names = [str(trace.get("name")) for trace in charts(app)[-1]["data"]]
    assert any(name.startswith("arc ") for name in names)


def test_vectors_that_are_not_stored_are_read_when_somebody_asks(
    trees_run: str, store_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store_root / "activations").rename(store_root / "away")
    app = open_page("trees", run=trees_run)
    assert "The vectors of this sentence are not in the store" in words(app)
    assert not app.error

    def ask(*_: object) -> None:
        (store_root / "away").rename(store_root / "activations")

    shutil.rmtree(store_root / "activations", ignore_errors=True)
    monkeypatch.setattr(typed_sentence, "_have_read", ask)
    sound(app.button(key="read-sentence").click().run())
    assert "gold arcs found" in drawing(app)


def test_layers_leaves_trees_to_this_page(trees_run: str) -> None:
    assert "No runs yet" in words(open_page("layers"))
    assert "Trees" in [element.proto.label for element in open_page("home").get("page_link")]
