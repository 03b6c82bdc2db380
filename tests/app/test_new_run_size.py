"""New run: presets with their times, the estimate while the machine is measured, and the question before a large run."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing import estimate as estimating
from tests.app.opening import open_page, sound, words
from tests.planted.rates import measured

SMALL = {"max_train": "60", "max_dev": "20", "max_test": "20"}


def ticked(app: AppTest) -> list[str]:
    return [str(box.key).removeprefix("task-") for box in app.checkbox if box.value]


def test_a_run_is_quick_unless_another_size_is_chosen(store: Store) -> None:
    measured(store)
    app = open_page("new_run")
    sizes = app.segmented_control(key="size")
    assert (sizes.value, ticked(app)) == ("quick", ["upos"])
    assert all(any(unit in label for unit in (" s", " min", " h")) for label in sizes.options[:3]), sizes.options
    assert "The first 1,000 sentences of train, 1 seed." in words(app)
    sound(sizes.set_value("standard").run())
    assert set(ticked(app)) == {"upos", "deprel", "sentence_length", "head_distance"}
    sound(app.segmented_control(key="size").set_value("own").run())
    found = {name: app.number_input(key=name).value for name in ("max_train", "max_dev", "max_test", "seeds")}
    assert found == {"max_train": 3000, "max_dev": 1000, "max_test": 1000, "seeds": 3}, "one's own begin with the preset's"
    sound(app.segmented_control(key="size").set_value("full").run())
    assert len(ticked(app)) == 12
    assert "All sentences, 5 seeds." in words(app)


def test_a_preset_leaves_the_tasks_that_one_chose(store: Store) -> None:
    measured(store)
    app = open_page("new_run", task="deprel", preset="full")
    assert ticked(app) == ["deprel"]
    app = open_page("new_run", task="deprel")
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    assert (job.spec["tasks"], job.spec["max_train"], job.spec["seeds"]) == (["deprel"], 1000, 1)


def test_the_page_says_that_the_machine_is_being_measured(store: Store) -> None:
    assert "is being measured" in words(open_page("new_run", **SMALL))
    measured(store)
    app = open_page("new_run", **SMALL)
    assert "is being measured" not in words(app)
    assert "from a short measurement of this machine" in words(app)


def test_a_large_run_starts_after_a_question_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "LONG", 0.0)
    app = open_page("new_run", **SMALL)
    sound(app.button(key="start").click().run())
    assert store.jobs.recent(5) == []
    assert "Start it?" in words(app)
    sound(app.button(key="not-confirmed").click().run())
    assert store.jobs.recent(5) == []
    assert "Start it?" not in words(app)
    sound(app.button(key="start").click().run())
    sound(app.button(key="confirmed").click().run())
    (job,) = store.jobs.recent(5)
    assert app.query_params["run"] == job.run
    assert "Start it?" not in words(app)
