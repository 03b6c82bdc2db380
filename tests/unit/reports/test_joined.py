"""Runs that asked the same of different checkpoints are one report; others are not mixed."""

from __future__ import annotations

from cache.store import Store
from probing.records import stored
from probing.reports.joined import joined
from probing.reports.report import report
from probing.reports.stored_run import StoredRun
from probing.settings import Settings
from tests.planted import finished


def test_runs_of_other_checkpoints_stand_side_by_side(store: Store) -> None:
    one = finished.fill(store, "one", depths={"minilm-l6": 6}, tasks=("upos",))
    other = finished.fill(store, "two", depths={"second-l6": 6}, tasks=("upos", "sentence_length"))
    found = StoredRun.open(store, one, other)
    assert found is not None
    assert found.requested == ["minilm-l6", "second-l6"]
    assert [task.name for task in found.record.tasks] == ["upos", "sentence_length"]
    assert set(found.table["run"]) == {one, other}
    document = report(store, [one, other], Settings.read())
    assert document.title == "minilm-l6, second-l6 on grammar"
    headline = document.of_kind("bullets")[0].items[0]
    assert headline.startswith("second-l6 d")
    assert "minilm-l6" in headline
    assert any("minilm-l6 lacks sentence_length." in part.items for part in document.of_kind("bullets"))
    assert "--checkpoint minilm-l6 second-l6" in document.of_kind("code")[0].text


def test_a_run_with_itself_is_itself(store: Store) -> None:
    run = stored.run(store, finished.fill(store))
    assert joined([run]) == run
    again = joined([run, run])
    assert again is not None
    assert again.cells == run.cells
    assert again.checkpoints == run.checkpoints


def test_other_answers_and_other_settings_are_not_mixed(store: Store) -> None:
    one = stored.run(store, finished.fill(store, "one", tasks=("upos",)))
    other = stored.run(store, finished.fill(store, "two", tasks=("upos",)))
    assert joined([one, other]) is None, "both answer upos of minilm-l6, with other cells"
    less = stored.run(store, finished.fill(store, "three", depths={"third": 6}, tasks=("upos",), spec={"max_train": 100}))
    assert joined([one, less]) is None
    assert joined([one, less.model_copy(update={"spec": one.spec})]) is not None
