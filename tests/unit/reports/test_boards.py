"""Boards: what is pinned stays, in its order; damage is one sentence, and the other boards open."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from cache.store import Store
from probing.errors import BadInput
from probing.reports import board_document, boards
from probing.reports.boards import Board, Divider, Pin
from probing.reports.document import Chart, Document, Fact, Picture, facts
from probing.reports.points import decoded, points

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def pin(title: str = "a", figure: go.Figure | None = None, **more: str) -> Pin:
    figure = figure or go.Figure(go.Scatter(x=[0, 1], y=[0.5, 0.75], name="base"))
    known = facts(checkpoints="base, tuned", corpus="snips", n="90")
    part = Chart.of(figure, title=title, finding="It rises.", facts=known, **more)
    return Pin(part=part, measures=("accuracy", "gone"), family="linear", fingerprints=(Fact(name="base", value="f00d"),))


def names(board: Board) -> list[str]:
    return [entry.called for entry in board.entries]


def test_a_board_is_read_as_it_was_kept(store: Store) -> None:
    board = boards.create(store, "  My   findings ")
    assert board.name == "My findings"
    one, other = pin("a"), Pin(part=Picture(svg="<svg/>", title="tree"))
    for entry in (one, Divider(text=SCRIPT), other):
        boards.change(store, board.id, lambda own, entry=entry: own.with_entry(entry))  # type: ignore[misc]
    ((found,), damaged) = boards.listed(store)
    assert damaged == []
    assert found.entries == (one, found.entries[1], other)
    assert names(found) == ["a", SCRIPT, "tree"]
    assert found.changed


def test_order_text_and_removal_with_its_way_back() -> None:
    board = Board(name="b")
    for name in "abc":
        board = board.with_entry(pin(name))
    first, second, last = board.entries
    assert names(board.moved(last.id, -1)) == ["a", "c", "b"]
    assert names(board.moved(first.id, 5)) == ["b", "c", "a"]
    assert names(board.moved("gone", 1)) == ["a", "b", "c"]
    assert names(board.without(second.id).with_entry(second, 1)) == ["a", "b", "c"]
    edited = board.edited(first.id, "  A  title ", "my\nnote").pins[0]
    assert (edited.part.title, edited.part.note, edited.part.finding) == ("A title", "my\nnote", "It rises.")
    with pytest.raises(BadInput, match="The note has more than 2,000 characters"):
        board.edited(first.id, "a", "x" * 2001)
    with pytest.raises(BadInput, match="cannot be shown"):
        board.edited(first.id, "a\x07", "")


def test_limits_are_sentences(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    boards.create(store, "one")
    for name, said in (("one", "There is a board one"), ("", "needs a name"), ("x" * 81, "more than 80")):
        with pytest.raises(BadInput, match=said):
            boards.create(store, name)
    monkeypatch.setattr(boards, "MOST_ENTRIES", 1)
    with pytest.raises(BadInput, match="has 1 entries"):
        Board(name="b").with_entry(pin()).with_entry(pin())
    monkeypatch.setattr(boards, "MOST_BYTES", 100)
    with pytest.raises(BadInput, match="show fewer lines"):
        Board(name="b").with_entry(pin())
    for id in ("gone", "../../etc/passwd"):
        with pytest.raises(BadInput, match="not there any more"):
            boards.change(store, id, lambda board: board)


@pytest.mark.parametrize("damage", ["", "{", '{"record": {}, "seal": "0"}', "[1]"])
def test_a_damaged_board_is_one_sentence_and_the_others_open(store: Store, damage: str) -> None:
    whole, broken = boards.create(store, "whole"), boards.create(store, "broken")
    path = store.root / "boards" / f"{broken.id}.json"
    path.write_text(damage)
    found, said = boards.listed(store)
    assert [board.name for board in found] == ["whole"]
    assert said == [f"{path} is damaged, so this board is not shown: put the file back, or remove it."]
    with pytest.raises(BadInput, match="damaged"):
        boards.change(store, broken.id, lambda board: board.renamed("x"))
    assert path.read_text() == damage, "what cannot be read is not written over"
    boards.remove(store, whole.id)
    boards.restore(store, whole)
    assert [board.name for board in boards.listed(store)[0]] == ["whole"]


def test_the_document_has_everything_in_order_and_comes_back_from_json() -> None:
    board = Board(name=SCRIPT).with_entry(Divider(text="Syntax")).with_entry(pin("a", note="mine"))
    made = board_document.document(board, "http://localhost:8501")
    kinds = [part.kind for part in made.parts]
    assert kinds[:3] == ["heading", "chart", "table"]
    assert kinds[3:5] == ["heading", "paragraph"]
    assert {part.name for part in made.of_kind("card")} == {"accuracy", "linear"}
    assert "snips" in made.of_kind("paragraph")[0].text
    prints, behind = made.of_kind("table")[1], made.of_kind("table")[0]
    assert prints.rows == (("base", "f00d"),)
    assert behind.rows == (("base", 0, 0.5), ("base", 1, 0.75))
    assert [one.key for one in made.references][-1] == "strata"
    assert Document.model_validate_json(made.model_dump_json()) == made
    first, second, third = board_document.slides(board, "dark", "http://localhost:8501")
    assert first["finding"][0] == SCRIPT
    assert second["finding"] == ["Syntax"]
    assert (third["note"], third["finding"]) == ("mine", ["It rises."])


def test_points_of_lines_and_maps() -> None:
    lines = go.Figure(go.Scatter(x=[0, 1], y=[0.5, None], name="a")).add_scatter(x=[0], y=[1], fill="toself", name="band")
    found = points(Chart.of(lines).figure)
    assert found is not None
    assert found.values.tolist() == [["a", 0, 0.5]]
    of_map = points(Chart.of(go.Figure(go.Heatmap(z=[[1.0, 2.0]], x=["p", "q"], y=["t"]))).figure)
    assert of_map is not None
    assert of_map.to_dict("list") == {"y": ["t", "t"], "x": ["p", "q"], "value": [1.0, 2.0]}
    assert points({"data": []}) is None
    assert isinstance(pd.DataFrame(found), pd.DataFrame)
    assert decoded(Chart.of(go.Figure(go.Heatmap(z=pd.DataFrame([[1, 2], [3, 4]]).to_numpy()))).figure["data"][0]["z"]) == [
        [1, 2],
        [3, 4],
    ]
