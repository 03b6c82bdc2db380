"""New run: presets with their times, the estimate while the machine is measured, and the question before a large run."""

from __future__ import annotations

import pytest

from cache.store import Store
from probing import estimate as estimating
from probing.calibration import calibrate
from tests.app.opening import open_page, sound, words

SMALL = {"max_train": "60", "max_dev": "20", "max_test": "20"}


def test_a_preset_has_its_time_and_fills_in_sentences_seeds_and_tasks(store: Store) -> None:
    calibrate(store, "cpu")
    app = open_page("new_run", **SMALL)
    labels = {button.key: button.label for button in app.button if str(button.key).startswith("preset-")}
    assert list(labels) == ["preset-quick", "preset-standard", "preset-full"]
    assert all(any(unit in label for unit in (" s", " min", " h")) for label in labels.values()), labels
    sound(app.button(key="preset-standard").click().run())
    found = {name: app.number_input(key=name).value for name in ("max_train", "max_dev", "max_test", "seeds")}
    assert found == {"max_train": 3000, "max_dev": 1000, "max_test": 1000, "seeds": 3}
    assert app.multiselect(key="task").value == ["upos", "deprel", "sentence_length", "head_distance"]
    sound(app.button(key="preset-full").click().run())
    assert app.number_input(key="max_train").value is None
    assert len(app.multiselect(key="task").value) == 12


def test_the_page_says_that_the_machine_is_being_measured(store: Store) -> None:
    assert "is being measured" in words(open_page("new_run", **SMALL))
    calibrate(store, "cpu")
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
