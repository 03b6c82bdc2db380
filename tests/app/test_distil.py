"""Distil: what a teacher can give is asked before anything trains; student and teacher are drawn against each other."""

from __future__ import annotations

import json

from cache.store import Store
from probing import distillations
from probing.records import stored
from probing.records.training import DistillationRecord, LossTerm
from probing.settings import Settings
from probing.tuning.specs import DistillSpec
from tests.app.opening import open_page, sound, words
from tests.planted import lab


def test_the_first_recipe_is_one_press(store: Store) -> None:
    app = open_page("distil")
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    spec = DistillSpec.parse(job.spec)
    assert (job.kind, spec.layers, spec.max_train, spec.steps) == ("distillation", 2, 500, 60)


def test_a_loss_without_terms_is_one_sentence(store: Store) -> None:
    app = open_page("distil", terms="")
    assert [str(error.value).replace("\\", "") for error in app.error] == ["No term of the loss is chosen: choose at least one."]
    assert store.jobs.recent(5) == []


def test_a_distillation_is_asked_with_what_the_teacher_can_give(store: Store) -> None:
    app = open_page("distil", student_layers="2", steps="20", student_train="100")
    assert "soft: the teacher has no head" in words(app)
    assert "1 training." in words(app)
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    spec = DistillSpec.parse(job.spec)
    assert (job.kind, spec.layers, spec.loss, spec.max_train) == ("distillation", 2, "hidden+attention+hard", 100)
    assert distillations.plan(spec, Settings.read()).run == job.run
    narrow = open_page("distil", hidden="312", terms=["hidden"], weight_hidden="3")
    assert "cosine: teacher and student have another width" in words(narrow)
    sound(narrow.button(key="start").click().run())
    assert DistillSpec.parse(store.jobs.recent(5)[0].spec).loss == "3*hidden"


def test_a_distillation_shows_both_and_its_loss(store: Store) -> None:
    spec = DistillSpec.parse({"teacher": "minilm-l6", "data": "grammar", "task": "tokens", "layers": 2})
    asked = distillations.plan(spec, Settings.read())
    rows = lab.distilled_rows()
    loss = {"hidden": LossTerm(begun=3.0, ended=1.0, unit="squared error")}
    stored.save_cell(store, asked.id, DistillationRecord(loss=loss, terms={"hidden": 1.0}, layer_map=(3, 6)), rows)
    store.jobs.submit(asked.run, asked.spec.model_dump(mode="json"), asked.label, kind="distillation")
    store.jobs.finish(asked.run, "done")
    app = open_page("distil", make="Results", distillation=asked.run)
    assert "The student keeps 78% of the teacher's accuracy on test: 0.700 of 0.900." in words(app)
    drawn = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert [trace["name"] for trace in drawn if "name" in trace] == ["teacher", "student"]
    loss = next(frame.value for frame in app.dataframe if "begun" in frame.value.columns)
    assert loss[["begun", "ended"]].values.tolist() == [[3.0, 1.0]]
    assert "1 from 3, 2 from 6" in words(app)
