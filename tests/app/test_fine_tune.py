"""Fine-tune: what is asked before anything trains, what cannot be asked, and results of a sweep whose scores are known."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from probing.checkpoints import products
from probing.execution.live import TrainingPublisher
from probing.settings import Settings
from probing.sweeps import SweepSpec, plan
from tests.app.opening import PATIENCE, ROOT, open_page, sound, words
from tests.planted import lab
from tests.planted.rates import measured


def told(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def results(sweep: str, **more: str) -> AppTest:
    return open_page("fine_tune", make="Results", sweep=sweep, **more)


def test_the_first_recipe_is_one_press(store: Store) -> None:
    measured(store)
    app = open_page("fine_tune")
    assert "four small trainings, a first look" in words(app)
    sizes = app.segmented_control(key="recipes")
    assert all(any(unit in label for unit in (" s", " min", " h")) for label in sizes.options[:3]), "each has its time"
    assert app.button(key="start").label == f"Start · {told(app)['Time']}"
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    assert (job.kind, job.state, job.spec["methods"]) == ("sweep", "queued", ["bitfit", "full"])
    assert (job.spec["sizes"], job.spec["steps"]) == ([64, 256], 24)
    assert app.query_params["sweep"] == job.run
    assert "Starts in a moment" in words(app), "the page has turned to its results"
    assert "the training continues" in words(app)


def test_what_trains_and_what_it_costs_is_told_before_the_start(store: Store) -> None:
    app = open_page("fine_tune", method=["full", "bitfit"], sizes="64,256", tune_seeds="2")
    assert "8 trainings." in words(app)
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
        "fine_tune", method=["bitfit", "lora", "top"], biases="query+intermediate", sizes="64,all", steps="30", rates="grid"
    )
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    spec = SweepSpec.parse(job.spec)
    assert spec.methods == ("bitfit:query+intermediate", "lora:8", "top:1")
    assert (spec.sizes, spec.steps, spec.rates, spec.task) == ((64, "all"), 30, "grid", "tokens")
    assert plan(spec, Settings.read()).run == job.run


def test_log_spaced_sizes_are_filled_in(store: Store) -> None:
    app = open_page("fine_tune", recipe="own")
    sound(app.button(key="spaced").click().run())
    assert app.text_input(key="sizes").value == "64,256,1024,all"
    assert "8 trainings." in words(app)


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
    ],
)
def test_what_cannot_be_asked_is_one_sentence(address: dict[str, str], said: str) -> None:
    app = open_page("fine_tune", **address)
    assert len(app.error) == 1, [error.value for error in app.error]
    assert said in str(app.error[0].value).replace("\\", "")
    assert "start" not in keys(app)


def test_a_task_that_the_data_cannot_answer_has_its_reason(store: Store) -> None:
    app = open_page("fine_tune")
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
    lines = [trace for trace in charts(app)[0]["data"] if trace.get("mode") == "lines+markers"]
    assert [line["name"] for line in lines] == ["bitfit", "full"]
    assert "One note. (12 trainings)" in words(results(asked.run, section="1 note"))
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
    app = results(asked.run, section="Learning rates")
    table = next(frame.value for frame in app.dataframe if "chosen" in frame.value.columns)
    assert len(table) == 6
    assert table.loc[table["chosen"], "rate"].tolist() == [0.003, 0.0003]


def test_a_training_in_progress_is_drawn_so_far(store: Store) -> None:
    asked = plan(SweepSpec.parse(lab.ASKED), Settings.read())
    store.jobs.submit(asked.run, asked.spec.model_dump(mode="json"), asked.label, kind="sweep")
    assert store.jobs.claim("cpu")
    live = TrainingPublisher(store, asked.run, asked.count)
    live.begin("first", 60, [{"step": 60, "dev_score": 0.7}])
    live.begin("second", 60)
    live.looked([{"step": 6, "dev_score": 0.4}])
    app = results(asked.run)
    assert "Training 2 of 12: second." in words(app)
    assert [trace["name"] for trace in charts(app)[0]["data"]] == ["first", "second (6 of 60 steps)"]
    live.close()
    assert "Training 2 of 12" not in words(results(asked.run))


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
    app = open_page("fine_tune", sweep=asked.run)
    assert len(_arms(app)) == 1
    sound(app.segmented_control(key="view").set_value("New").run())
    assert "sweep" not in app.query_params, "the address tells what is shown"


def test_products_are_offered_by_name_where_checkpoints_are_chosen(store: Store) -> None:
    asked = lab.fill(store, methods=("full",), sizes=(64,), seeds=1)
    (product,) = (arm.product for arm in asked.arms(store))
    assert product in app_options(open_page("fine_tune"), "checkpoint")
    assert product in open_page("new_run", max_train="60").multiselect(key="checkpoint").options
    page = open_page("checkpoints")
    assert product in app_options(page, "checkpoint")
    table = next(frame.value for frame in page.dataframe if "product" in frame.value.columns)
    assert table.loc[0, ["product", "parent", "method", "train"]].tolist() == [product, "minilm-l6", "full", 64]


def app_options(app: AppTest, key: str) -> list[str]:
    return list(app.selectbox(key=key).options)


def test_new_run_does_not_inherit_what_was_chosen_here(store: Store) -> None:
    app = open_page("fine_tune", tune_seeds="7")
    app.switch_page("pages/new_run.py").run()
    assert "1 seed" in words(sound(app))
    app = open_page("distil", student_seed="7", student_train="50")
    app.switch_page("pages/new_run.py").run()
    assert sound(app).number_input(key="seed").value == 0


def test_a_product_has_its_links_and_goes_when_it_is_deleted(store: Store) -> None:
    asked = lab.fill(store, methods=("bitfit",), sizes=(64,), seeds=2)
    first, second = asked.arms(store)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=PATIENCE)
    app.switch_page("pages/fine_tune.py")
    app.query_params["make"], app.query_params["sweep"] = "Results", asked.run
    app.session_state["arms"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    sound(app.run())
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["Probe it"].endswith(str(first.product).replace(":", "%3A"))
    assert links["Compare with its parent"].startswith("checkpoint=minilm-l6&checkpoint=lab")
    (quick,) = (query for label, query in links.items() if label.startswith("Quick probe"))
    assert quick.count("checkpoint=") == 2, "the parent and the first seed, no other seed"
    assert "preset=own" in quick
    (deep,) = (query for label, query in links.items() if label.startswith("Probe them with decodability"))
    assert "measure=decodability" in deep
    assert "max_train=1000" in deep  # as a quick run
    sound(app.button(key=f"delete-sure-{first.product}").click().run())
    assert products.listed(store.root) == []
    assert len(asked.answers(store)) == 2, "its scores remain"
    app.session_state["arms"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    assert "its scores remain" in words(sound(app.run()))
    assert second.product is None
