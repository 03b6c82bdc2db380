"""Lab: what is asked before anything trains, what cannot be asked, and results of a sweep whose scores are known."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing import distillations
from probing.checkpoints import products
from probing.records import stored
from probing.records.training import DistillationRecord, LossTerm
from probing.settings import Settings
from probing.sweeps import SweepSpec, plan
from probing.tuning.specs import DistillSpec
from tests.app.opening import PATIENCE, ROOT, open_page, sound, words
from tests.planted import lab


def told(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def results(sweep: str, **more: str) -> AppTest:
    return open_page("lab", make="Results", sweep=sweep, **more)


def test_an_empty_lab_teaches_and_its_example_is_one_press(store: Store) -> None:
    app = open_page("lab")
    assert "Few parameters or all" in words(app)
    sound(app.button(key="example").click().run())
    (job,) = store.jobs.recent(5)
    assert (job.kind, job.state, job.spec["methods"]) == ("sweep", "queued", ["bitfit", "full"])
    assert app.query_params["sweep"] == job.run
    assert "Starts in a moment" in words(app), "the page has turned to its results"
    assert "the training continues" in words(app)


def test_what_trains_and_what_it_costs_is_told_before_the_start(store: Store) -> None:
    app = open_page("lab", method=["full", "bitfit"], sizes="64,256", tune_seeds="2")
    assert told(app)["Trainings"] == "8"
    assert {"Time", "Disk"} <= told(app).keys()
    trains = app.dataframe[0].value.set_index("method")
    assert trains.loc["bitfit", "values"] == 25_728, "tokens do not read the pooler"
    assert trains.loc["full", "rate"] == "0.0003"
    assert "on SNIPS dev" in words(app), "the reason for the rate"
    names = app.dataframe[1].value
    assert len(names[names["method"] == "bitfit"]) == 6 * 8 + 1
    assert set(names["kind"]) >= {"query", "embedding_norm"}
    assert store.jobs.recent(5) == []


def test_a_started_question_is_the_one_that_was_asked(store: Store) -> None:
    app = open_page(
        "lab", method=["bitfit", "lora", "top"], biases="query+intermediate", sizes="64,all", steps="30", rates="grid"
    )
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    spec = SweepSpec.parse(job.spec)
    assert spec.methods == ("bitfit:query+intermediate", "lora:8", "top:1")
    assert (spec.sizes, spec.steps, spec.rates, spec.task) == ((64, "all"), 30, "grid", "tokens")
    assert plan(spec, Settings.read()).run == job.run


def test_log_spaced_sizes_are_filled_in(store: Store) -> None:
    app = open_page("lab")
    sound(app.button(key="spaced").click().run())
    assert app.text_input(key="sizes").value == "64,256,1024,all"
    assert told(app)["Trainings"] == "8"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"data": "nowhere"}, "No corpus at"),
        ({"data": "/etc/hostname"}, "outside the allowed folders"),
        ({"data": "a/../b"}, "contains '..'"),
        ({"checkpoint": "no-such-thing"}, "is no checkpoint"),
        ({"checkpoint": "lab:gone"}, "The lab has no product 'gone'"),
        ({"method": ""}, "No method is chosen"),
        ({"method": "tree"}, "starts from a trained probe"),
        ({"method": "bitfit", "biases": "querry"}, "'querry' is no kind of parameter"),
        ({"sizes": "64,5000"}, "5,000 train sentences were asked for, and grammar has 4,000"),
        ({"sizes": "some"}, "give numbers of train sentences"),
        ({"make": "Distil", "terms": ""}, "No term of the loss is chosen"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(address: dict[str, str], said: str) -> None:
    app = open_page("lab", **address)
    assert len(app.error) == 1, [error.value for error in app.error]
    assert said in str(app.error[0].value).replace("\\", "")
    assert "start" not in keys(app)


def test_a_task_that_the_data_cannot_answer_has_its_reason(store: Store) -> None:
    app = open_page("lab")
    assert app.selectbox(key="learn").options == ["tokens"]
    sound(app.toggle(key="tasks-not-offered").set_value(True).run())
    reasons = app.dataframe[0].value.set_index("task")["why not"]
    assert "no pairs" in reasons["pairs"]


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def test_the_size_curve_and_its_crossing(store: Store) -> None:
    asked = lab.fill(store)
    app = results(asked.run)
    said = words(app)
    assert "bitfit leads up to 64 sentences, full from 1,024 on: the lines cross between." in said
    assert "How to read it" in said
    assert "When it misleads" in said
    lines = [trace for trace in charts(app)[0]["data"] if trace.get("mode") == "lines+markers"]
    assert [line["name"] for line in lines] == ["bitfit", "full"]
    assert "One note. (12 trainings)" in said
    arms = _arms(app)
    assert len(arms) == 12
    assert arms.loc[0, "test: accuracy"] == pytest.approx(0.80)
    assert arms["product"].notna().sum() == 6


def _arms(app: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in app.dataframe if "best step" in frame.value.columns)


def test_what_went_wrong_is_in_words_and_in_the_chart(store: Store) -> None:
    asked = lab.fill(store, collapsed=True, diverged=True)
    app = results(asked.run)
    said = words(app)
    assert "1 training said one class of everything: full, 64 sentences, seed 1." in said
    assert "1 training ended with a loss that is no number: bitfit, 256 sentences, seed 1." in said
    assert "full at 64: 0.400 with what went wrong, 0.600 without." in said
    assert "bitfit at 256:" not in said, "what has no score is in no mean"
    crosses = [trace for trace in charts(app)[0]["data"] if trace.get("marker", {}).get("symbol") == "x-thin"]
    assert {trace["legendgroup"] for trace in crosses} == {"full", "bitfit"}
    assert set(_arms(app)["state"].dropna()) == {"collapsed", "diverged"}


def test_rates_that_pilots_chose_are_told(store: Store) -> None:
    asked = lab.fill(store, rates="grid")
    app = results(asked.run)
    table = next(frame.value for frame in app.dataframe if "chosen" in frame.value.columns)
    assert len(table) == 6
    assert table.loc[table["chosen"], "rate"].tolist() == [0.003, 0.0003]


def test_arms_that_are_done_show_while_the_rest_still_trains(store: Store) -> None:
    asked = lab.fill(store)
    store.jobs.forget(asked.run)
    for arm in asked.arms(store)[5:]:
        store.results.cells.remove(arm.id)
    store.jobs.submit(asked.run, asked.spec.model_dump(mode="json"), asked.label, kind="sweep")
    store.jobs.claim("cpu")
    store.jobs.progress(asked.run, "Training, in steps", 300, 720)
    app = results(asked.run)
    assert len(_arms(app)) == 5
    assert "300 of 720" in words(app)


def test_another_address_and_a_changed_question_are_said(store: Store) -> None:
    asked = lab.fill(store)
    assert "is not in this store" in words(results("elsewhere"))
    store.jobs.submit("0" * 16, asked.spec.model_dump(mode="json"), "of yesterday", kind="sweep")
    app = results("0" * 16)
    assert "changed since" in str(app.error[0].value)


def test_the_short_address_of_a_sweep_opens_its_results(store: Store) -> None:
    asked = lab.fill(store, methods=("full",), sizes=(64,), seeds=1)
    app = open_page("lab", sweep=asked.run)
    assert len(_arms(app)) == 1
    assert app.query_params["make"] == "Results"
    assert "sweep" not in open_page("lab", make="Fine-tune", sweep=asked.run).query_params, "the address tells what is shown"


def test_a_distillation_is_asked_with_what_the_teacher_can_give(store: Store) -> None:
    app = open_page("lab", make="Distil", student_layers="2", steps="20", student_train="100")
    assert "soft: the teacher has no head" in words(app)
    assert told(app)["Trainings"] == "1"
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    spec = DistillSpec.parse(job.spec)
    assert (job.kind, spec.layers, spec.loss, spec.max_train) == ("distillation", 2, "hidden+attention+hard", 100)
    assert distillations.plan(spec, Settings.read()).run == job.run
    narrow = open_page("lab", make="Distil", hidden="312", terms=["hidden"], weight_hidden="3")
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
    app = open_page("lab", make="Results", distillation=asked.run)
    scores, loss = (frame.value for frame in app.dataframe[:2])
    assert scores.set_index("who")["value"].to_dict() == {"student": 0.7, "teacher": 0.9}
    assert loss[["begun", "ended"]].values.tolist() == [[3.0, 1.0]]
    assert "1 from 3, 2 from 6" in words(app)


def test_products_are_offered_by_name_where_checkpoints_are_chosen(store: Store) -> None:
    asked = lab.fill(store, methods=("full",), sizes=(64,), seeds=1)
    (product,) = (arm.product for arm in asked.arms(store))
    assert product in app_options(open_page("lab"), "checkpoint")
    assert product in open_page("new_run", max_train="60").multiselect(key="checkpoint").options
    page = open_page("checkpoints")
    assert product in app_options(page, "checkpoint")
    table = next(frame.value for frame in page.dataframe if "product" in frame.value.columns)
    assert table.loc[0, ["product", "parent", "method", "train"]].tolist() == [product, "minilm-l6", "full", 64]


def app_options(app: AppTest, key: str) -> list[str]:
    return list(app.selectbox(key=key).options)


def test_new_run_does_not_inherit_what_was_chosen_here(store: Store) -> None:
    app = open_page("lab", tune_seeds="7")
    app.switch_page("pages/new_run.py").run()
    assert sound(app).number_input(key="seeds").value == 3
    app = open_page("lab", make="Distil", student_seed="7", student_train="50")
    app.switch_page("pages/new_run.py").run()
    assert (sound(app).number_input(key="seed").value, app.number_input(key="max_train").value) == (0, None)


def test_a_product_has_its_links_and_goes_when_it_is_deleted(store: Store) -> None:
    asked = lab.fill(store, methods=("bitfit",), sizes=(64,), seeds=2)
    first, second = asked.arms(store)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.switch_page("pages/lab.py")
    app.query_params["make"], app.query_params["sweep"] = "Results", asked.run
    app.session_state["arms"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    sound(app.run())
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["Probe it"].endswith(str(first.product).replace(":", "%3A"))
    assert links["Compare with its parent"].startswith("checkpoint=minilm-l6&checkpoint=lab")
    together = links["Probe all products of the first seed with their parent"]
    assert together.count("checkpoint=") == 2, "the parent and the first seed, no other seed"
    assert "measure=decodability" in together
    assert "max_train=1000" in together  # a quick run: more is asked for on New run
    sound(app.button(key=f"delete-sure-{first.product}").click().run())
    assert products.listed(store.root) == []
    assert len(asked.answers(store)) == 2, "its scores remain"
    app.session_state["arms"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    assert "its scores remain" in words(sound(app.run()))
    assert second.product is None
