"""Compare on products of fine-tuning: exposed or learned, seeds beside methods, other text beside, and pooling."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from tests.app.opening import open_page, sound, words
from tests.planted import tuned


@pytest.fixture
def run(store_root: Path) -> str:
    return tuned.fill(Store(store_root))


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def titled(app: AppTest, start: str) -> dict[str, Any]:
    return next(chart for chart in charts(app) if str(chart["layout"]["xaxis"].get("title", {}).get("text")).startswith(start))


def test_the_verdict_is_in_words_over_all_and_on_each(run: str) -> None:
    app = open_page("compare", run=run, section="Exposed or learned")
    told = words(app)
    assert app.multiselect(key="selected-with").value == ["bitfit-0", "bitfit-1", "full-0", "full-1"]
    assert (
        "Of 4 fine-tuned checkpoints of base, 2 exposed what the base held, 2 learned what this probe does not read from it"
        in told
    )
    assert "2 of the 2 exposed need fewer items than the base" in told
    assert "By method: bitfit 2 exposed what the base held; full 2 learned" in told
    assert "base holds" in told
    assert "random weights hold" in told
    assert "bitfit-0 (bitfit, 256 sentences, seed 0): exposed: a probe of the frozen base reads as much" in told
    assert "full-1 (full, 256 sentences, seed 1): learned" in told
    assert "a stronger family" in told
    assert app.selectbox(key="family").options == ["linear"]
    chart = titled(app, "training sentences")
    assert {trace["name"] for trace in chart["data"] if trace["mode"] == "markers"} == {"bitfit", "full"}


def test_seeds_of_a_method_stand_beside_methods(run: str) -> None:
    told = words(open_page("compare", run=run, section="Seed noise"))
    assert "Two seeds of one method differ by" in told
    assert "seeds differ less than methods, by" in told
    again = words(open_page("compare", run=run, by="Codelength", section="Seed noise"))
    assert "seeds differ less than methods, by" in again, "whatever map is shown, seeds are compared by accuracy"


def test_codelengths_and_sample_complexities_are_paired(run: str) -> None:
    for name in ("Codelength", "εSC"):
        told = words(open_page("compare", run=run, by=name, section="All tasks"))
        assert "cells differ at 5 % after" in told
        assert "intervals are unpaired" not in told


def test_another_split_stands_beside_and_what_changed_is_said(run: str) -> None:
    assert "the difference on test_ood" not in words(open_page("compare", run=run))
    app = open_page("compare", run=run, section="Other text", beside="test_ood", against=["bitfit-0", "full-0"])
    told = words(app)
    assert "In 3 of 3 cells the difference on test_ood differs from that on test" in told, "full-0 was planted to lose there"
    assert "In none of 3 cells does the difference on test_ood differ significantly from that on test" in told, "bitfit-0 was not"
    maps = [chart["data"][0] for chart in charts(app) if chart["data"][0]["type"] == "heatmap"][:4]
    assert maps[0]["zmax"] == maps[1]["zmax"] != maps[2]["zmax"] == maps[3]["zmax"], "maps beside each other share their colours"


def test_another_corpus_stands_beside(run: str, store_root: Path) -> None:
    other = tuned.fill(Store(store_root), "elsewhere", corpus="weblog")
    shown = {"base": f"base ({run[:6]})", "against": [f"full-0 ({run[:6]})"]}
    told = words(open_page("compare", run=[run, other], section="Other text", beside="test of weblog", **shown))
    assert "These runs use different corpora" in told
    assert told.count("does the difference on test of weblog differ significantly from that on test") == 2, (
        "the planted answers are the same on both"
    )
    assert f"full-0 ({other[:6]}) is higher in 3" in told, "the same pair on the other corpus"
    told = words(open_page("compare", run=[run, other], section="Exposed or learned", **shown))
    assert "Of 4 fine-tuned checkpoints" in told, "those of the other corpus are not held against this base"


def test_why_there_is_no_verdict(store_root: Path, finished_run: str) -> None:
    assert "No chosen run has a checkpoint that was fine-tuned from" in words(
        open_page("compare", run=finished_run, section="Exposed or learned")
    )
    older = tuned.fill(Store(store_root), "older", recorded=False)
    told = words(open_page("compare", run=older, base="base", section="Exposed or learned"))
    assert "Runs of earlier versions do not store" in told
    assert "Seed noise" not in open_page("compare", run=older, base="base").segmented_control(key="section").options
    bare = tuned.fill(Store(store_root), "bare", without="v_information")
    told = words(open_page("compare", run=bare, section="Exposed or learned"))
    assert "4 checkpoints of these runs were fine-tuned from base, but V-information was not measured" in told
    assert "Measure decodability" in told


def test_pooling_is_said_and_mean_pooling_offered(run: str, store_root: Path) -> None:
    assert "Pooling of these runs: mean." in words(open_page("compare", run=run)).replace("\\", "")
    first = tuned.fill(Store(store_root), "first", pooling="first")
    app = open_page("compare", run=first)
    told = words(app)
    assert "Pooling of these runs: first." in told
    link = next(e.proto for e in app.get("page_link") if "with mean pooling" in e.proto.label)
    assert "pooling=mean" in link.query_string
    assert "checkpoint=bitfit-0" in link.query_string
    sound(app)
