"""Findings: charts are pinned with a note, put in order, edited, removed and brought back, presented; a damaged board hides no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from pages._findings import leaving
from pages.shared import export
from probing.reports import board_document, boards, html, markdown
from probing.reports.boards import Board, Divider, Pin
from probing.reports.document import Chart, Picture, facts
from tests.app.opening import open_page, sound, words
from tests.planted import curves

SCRIPT = "<script>alert(1)</script>"


def pin(title: str) -> Pin:
    figure = go.Figure(go.Scatter(x=[0, 1], y=[0.5, 0.75], name=SCRIPT))
    part = Chart.of(figure, title=title, finding=f"{title} rises.", drawn="A curve.", facts=facts(corpus="snips"))
    return Pin(part=part, link="layers?task=upos", measures=("accuracy",), family="linear")


def filled(store: Store, *titles: str) -> Board:
    board = boards.create(store, "Mine")
    for title in titles:
        boards.change(store, board.id, lambda own, title=title: own.with_entry(pin(title)))  # type: ignore[misc]
    return boards.listed(store)[0][0]


def order(store: Store) -> list[str]:
    return [entry.called for entry in boards.listed(store)[0][0].entries]


def press(app: AppTest, key: str) -> AppTest:
    return sound(app.button(key=key).click().run())


def test_an_empty_store_says_how_to_pin(store: Store) -> None:
    app = open_page("findings")
    said = words(app)
    assert "Nothing is pinned yet" in said
    assert "Press **Pin** below the chart" in said
    assert {"Open Overview", "Open Layers", "Open Compare"} <= set(said.splitlines())
    assert [button.key for button in app.button] == ["glossary"], "there is nothing to present or to export"


def test_a_chart_of_layers_is_pinned_with_a_note_and_all_that_is_known_of_it(finished_run: str, store: Store) -> None:
    app = open_page("layers", run=finished_run, task="upos")
    for chart in ("curves", "heatmap"):
        app.session_state[f"{chart}-pin"] = True  # as if its button was pressed
        sound(app.run())
        app.text_area(key=f"{chart}-note").set_value(f"my {SCRIPT}")
        press(app, f"{chart}-pinned")
    board = boards.listed(store)[0][0]
    assert board.name == "Findings"
    curves, heat = board.pins
    told = {fact.name: fact.value for fact in curves.part.facts}
    assert told["checkpoints"].startswith("minilm-l6, second-l6")
    assert told["corpus"]
    assert (told["task"], told["probe"], told["split"], told["interval"]) == ("upos", "linear", "test", "95 %")
    assert int(told["n"].replace(",", "")) > 0
    assert told["run"] == finished_run[:6]
    assert curves.part.finding
    assert curves.part.title.lower().startswith("probe accuracy of upos by layer") or "upos by layer" in curves.part.title
    assert (curves.part.note, heat.part.note) == (f"my {SCRIPT}",) * 2
    assert (curves.measures[0], curves.family) == ("accuracy", "linear")
    assert {fact.name for fact in curves.fingerprints} >= {"minilm-l6", "second-l6"}
    assert len(heat.part.figure["data"]) >= 1
    told = {fact.name: fact.value for fact in heat.part.facts}
    assert (told["checkpoints"], "task" in told, "n" in told) == ("minilm-l6", False, False), "one checkpoint, all its tasks"
    app = open_page("findings")
    assert f"my {SCRIPT}" in words(app)
    assert not [body for body in (element.proto.body for element in app.get("html")) if SCRIPT in body]


def test_entries_move_are_edited_removed_and_brought_back(store: Store) -> None:
    board = filled(store, "a", "b")
    app = open_page("findings", board=board.id)
    first, second = (entry.id for entry in board.entries)
    press(app, f"down-{first}")
    assert order(store) == ["b", "a"]
    press(app, f"up-{first}")
    assert order(store) == ["a", "b"]
    assert app.button(key=f"up-{first}").disabled
    assert app.button(key=f"down-{second}").disabled
    press(app, f"remove-{first}")
    assert order(store) == ["b"]
    press(app, "undo")
    assert order(store) == ["a", "b"]
    app.text_input(key=f"rename-{board.id}").set_value("Another name")
    press(app, "rename")
    assert boards.listed(store)[0][0].name == "Another name"
    press(app, "delete-board")
    assert boards.listed(store)[0] == []
    press(app, "undo-board")
    assert order(store) == ["a", "b"]


def test_boards_are_several_and_a_name_is_taken_once(store: Store) -> None:
    filled(store, "a")
    app = open_page("findings")
    for _ in range(2):
        app.text_input(key="new-board").set_value("Talk")
        press(app, "make-board")
    assert [board.name for board in boards.listed(store)[0]] == ["Mine", "Talk"]
    assert "There is a board Talk" in app.error[0].value
    assert "Nothing is pinned yet" in words(app), "the new one is shown"


def test_one_finding_at_a_time_is_presented(store: Store) -> None:
    board = filled(store, "a", "b")
    boards.change(store, board.id, lambda own: own.with_entry(Divider(text="A group"), 1))
    app = open_page("findings")
    press(app, "present")
    slide = "".join(element.proto.body for element in app.get("html"))
    assert "<h1>a rises.</h1>" in slide
    assert "1 / 2" in words(app)
    press(app, "present-next")
    slide = "".join(element.proto.body for element in app.get("html"))
    assert "A group" in slide
    assert "<h1>b rises.</h1>" in slide
    assert app.button(key="present-next").disabled
    press(app, "present-end")
    assert app.title[0].value == "Findings"
    open_page("findings", present="99")
    open_page("findings", present="x", board="gone")


def test_a_damaged_board_is_one_sentence_and_the_others_open(store: Store) -> None:
    filled(store, "a")
    broken = boards.create(store, "Broken")
    (store.root / "boards" / f"{broken.id}.json").write_text("{")
    app = open_page("findings")
    (error,) = app.error
    assert "is damaged, so this board is not shown" in error.value.replace("\\", "")
    assert "a rises" in words(app)
    assert "a rises" in words(open_page("findings", board=broken.id))


def test_a_board_leaves_whole_and_text_stays_text(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    board = filled(store, SCRIPT).with_entry(
        Pin(part=Picture(svg="<svg xmlns='http://www.w3.org/2000/svg'/>", title="tree", note=SCRIPT))
    )
    made = board_document.document(board, "http://localhost:8501")
    page = html.render(made)
    assert SCRIPT not in page
    assert "https://cdn" not in page
    assert "Present (P)" in page
    monkeypatch.setattr(markdown.browser, "found", lambda: None)
    archive = leaving.zipped(markdown.render(made, "figures"), "mine")
    assert archive[:2] == b"PK"
    assert archive == leaving.zipped(markdown.render(made, "figures"), "mine"), "the same bytes"


def test_without_a_browser_a_sentence_says_what_to_install(
    finished_run: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(export.browser, "found", lambda: None)
    app = open_page("layers", run=finished_run, task="upos")
    app.session_state["curves-export"] = True
    sound(app.run())
    assert "This machine has no Chromium or Chrome" in words(app)
    offered: dict[str, Any] = {element.proto.label: element.proto.disabled for element in app.get("download_button")}
    assert (offered["PNG"], offered["HTML"]) == (True, False)


def test_a_chart_of_effort_says_that_it_is_scored_on_half_of_dev(store: Store) -> None:
    run = curves.fill(store, depths={"minilm-l6": 6})
    app = open_page("effort", run=run)
    app.session_state["needed-pin"] = True
    sound(app.run())
    press(app, "needed-pinned")
    told = {fact.name: fact.value for fact in boards.listed(store)[0][0].pins[0].part.facts}
    assert told["split"] == "dev (the half not used for selection)"
    assert "n" not in told, "the items of test are not what the curves are of"
