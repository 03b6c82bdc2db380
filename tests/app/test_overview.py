"""Overview: all checkpoints and tasks, the newest answer of each, the largest changes, and what is missing."""

from __future__ import annotations

import json

import pytest

from cache.store import Store
from probing.records import overview, stored
from tests.app.opening import open_page, words
from tests.planted import finished


def test_a_panel_for_each_task_and_a_line_for_each_checkpoint(store: Store) -> None:
    finished.fill(store)
    app = open_page("overview", base="minilm-l6", task="upos")
    assert not app.error
    drawn = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert {note["text"] for note in drawn["layout"]["annotations"]} == set(finished.TASKS)
    lines = [trace for trace in drawn["data"] if trace["mode"] == "lines+markers"]
    assert len(lines) == 2 * len(finished.TASKS)
    assert len({trace["line"]["color"] for trace in lines if trace["name"] == "second-l6"}) == 1
    said = words(app)
    assert "differs significantly from minilm-l6 on grammar" in said or "Largest change: second-l6 reads" in said
    links = [element.proto for element in app.get("page_link")]
    assert any(link.label == "Open upos" for link in links)


def test_what_is_missing_leads_to_the_run_that_fills_it(store: Store) -> None:
    finished.fill(store, depths={"minilm-l6": 6}, spec={"checkpoints": ("minilm-l6",)})
    finished.fill(store, "later", depths={"second-l6": 6}, tasks=["upos"], spec={"checkpoints": ("second-l6",)})
    app = open_page("overview", section="What is missing")
    said = words(app)
    assert "second-l6 lacks sentence_length, feats:Number" in said or "second-l6 lacks feats:Number, sentence_length" in said
    link = next(element.proto for element in app.get("page_link") if element.proto.label == "Set up this run")
    assert "checkpoint=second-l6" in link.query_string


@pytest.mark.usefixtures("store")
def test_the_newest_answer_is_taken(store: Store) -> None:
    finished.fill(store, "first")
    finished.fill(store, "again", seed=1)
    records = stored.runs(store)
    found = overview.newest(records, records[0].corpus.spec)
    assert len(found) == 2 * len(finished.TASKS)
    assert {answer.record.run for answer in found} == {records[0].run}
    assert overview.missing(found) == []
    app = open_page("overview")
    assert not app.error
