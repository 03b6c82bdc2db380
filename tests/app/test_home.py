"""Home: the empty store teaches, the button makes one job, and every state of a job is told."""

from __future__ import annotations

import json
import math
import re

import pytest

from cache.jobs import Job
from cache.store import Store
from probing.execution import queue
from probing.records import stored
from tests.app.opening import open_page, sound, words
from tests.planted import live

SPEC = {"checkpoints": ["minilm-l6"], "corpus": "grammar", "tasks": ["upos"], "probes": ["linear"], "layers": [0, 3]}


def job(store: Store, run: str = "r1", label: str = "minilm-l6 · upos") -> Job:
    return store.jobs.submit(run, SPEC, label)


def running(store: Store, run: str = "r1") -> None:
    job(store, run)
    assert store.jobs.claim("cpu") is not None


def test_an_empty_store_teaches(store: Store) -> None:
    app = open_page("home")
    said = words(app)
    assert "What does each layer know?" in said
    assert "Baselines give the reference" in said
    assert "No runs yet" in said
    assert [button.label for button in app.button if button.label != "Terms"] == ["See what MiniLM knows"]
    assert store.jobs.recent(5) == []


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("measured", [False, True])
def test_a_time_is_promised_once_the_machine_is_measured(measured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "measured", lambda _store, _device: measured)
    said = words(open_page("home"))
    assert (re.search(r"Takes (up to )?\d.* on this machine", said) is not None) == measured
    assert ("is being measured" in said) != measured


def test_the_button_makes_one_job_however_often_it_is_pressed(store: Store) -> None:
    app = open_page("home")
    sound(app.button(key="first").click().run())
    sound(open_page("home").button(key="first").click().run())
    (only,) = store.jobs.recent(5)
    assert only.state == "queued"
    assert only.spec["max_train"] == 400
    assert only.spec["baselines"] is True
    assert app.query_params["run"] == only.run
    assert "Starts in a moment" in words(app)
    assert "No runs yet" not in words(app)


def test_progress_is_told_in_figures(store: Store) -> None:
    running(store)
    store.jobs.progress("r1", "minilm-l6: reading", 0, 200)
    store.jobs.progress("r1", "minilm-l6: reading", 50, 200)
    said = words(open_page("home"))
    assert "minilm-l6: reading · 50 of 200" in said
    assert "left in this stage" in said


def test_a_run_tells_one_share_of_all_of_it(store: Store) -> None:
    running(store)
    store.jobs.progress("r1", "minilm-l6: upos, linear probe (cell 1 of 2)", 3, 21, whole=(0.3, 42.0))
    app = open_page("home")
    assert "cell 1 of 2) · 30% of the whole run · about 42 s left" in words(app)
    (bar,) = app.get("progress")
    assert bar.proto.value == 30


def test_the_points_of_a_run_are_drawn_as_they_come(store: Store) -> None:
    planned = live.asked()
    publisher = live.begin(store, planned)
    publisher.expect(7.9)
    app = open_page("home", run=planned.run)
    assert re.search(r"The first layer comes in about \d s", words(app))
    assert not app.get("plotly_chart")
    publisher.rows(live.rows(planned, 3))
    app = sound(app.run())
    assert "Not final yet: 3 of 14 layers" in words(app)
    drawn = {trace["name"]: trace for trace in json.loads(app.get("plotly_chart")[0].proto.spec)["data"] if trace.get("name")}
    assert set(drawn) == {
        "minilm-l6 (3 of 7 layers)",
        "minilm-l6: control task",
        "random:minilm-l6@0 (0 of 7 layers)",
    }
    points = app.dataframe[0].value
    assert points.to_numpy().tolist() == [
        [
            "minilm-l6",
            layer,
            pytest.approx(0.5 + layer / 10),
            pytest.approx(0.4 + layer / 10),
            pytest.approx(math.nan, nan_ok=True),
        ]
        for layer in range(3)
    ]
    publisher.close()


def test_a_stopped_run_shows_no_points(store: Store) -> None:
    planned = live.asked()
    publisher = live.begin(store, planned)
    publisher.rows(live.rows(planned, 3))
    store.jobs.finish(planned.run, "interrupted")
    app = open_page("home", run=planned.run)
    assert "Not final yet" not in words(app)
    assert not app.get("plotly_chart")
    publisher.close()


def test_a_second_job_waits_and_says_for_what(store: Store) -> None:
    running(store)
    job(store, "r2", "another")
    assert "Waits for 1 run before it" in words(open_page("home"))


def test_cancelling_asks_first_and_then_ends_the_job(store: Store) -> None:
    job(store)
    app = open_page("home")
    sound(app.button(key="live-r1-cancel-sure").click().run())
    found = store.jobs.get("r1")
    assert found is not None
    assert found.state == "cancelled"
    assert "Finished parts are stored" in words(app)


@pytest.mark.parametrize(
    ("state", "message", "said"),
    [
        ("failed", "No disk: free some.", "No disk: free some."),
        ("interrupted", "", "Its process ended"),
        ("cancelled", "", "Cancelled just now"),
    ],
)
def test_a_stopped_job_says_why_and_resumes(store: Store, state: str, message: str, said: str) -> None:
    running(store)
    store.jobs.finish("r1", state, message)
    app = open_page("home")
    assert said in words(app)
    sound(app.button(key="stopped-r1-resume").click().run())
    found = store.jobs.get("r1")
    assert found is not None
    assert found.state == "queued"


def test_a_stopped_job_can_be_forgotten(store: Store) -> None:
    running(store)
    store.jobs.finish("r1", "failed", "Why it failed.")
    app = open_page("home")
    sound(app.button(key="stopped-r1-forget").click().run())
    assert store.jobs.get("r1") is None
    assert "Why it failed." not in words(app)


def test_the_log_is_shown_when_asked_for(store: Store) -> None:
    running(store)
    store.jobs.log_path("r1").write_text("the last line")
    app = open_page("home")
    assert "the last line" not in words(app)
    sound(app.toggle(key="live-r1-log").set_value(True).run())
    assert "the last line" in words(app)


def test_messages_and_labels_are_not_markup(store: Store) -> None:
    job(store, label="**bold** <script>alert(1)</script> :red[x] $y$")
    app = open_page("home")
    assert "**bold** <script>alert(1)</script> :red[x] $y$" in words(app)
    assert r"\<script\>" in " ".join(str(text.value) for text in app.markdown)


@pytest.mark.usefixtures("finished_run")
def test_what_has_been_run_links_to_layers(store: Store) -> None:
    record = stored.runs(store)[0]
    app = open_page("home")
    said = words(app)
    assert record.label in said
    assert "finished" in said
    links = [link.proto for link in app.get("page_link") if link.proto.label == "Layers" and link.proto.query_string]
    assert [link.query_string for link in links] == [f"run={record.run}"]


@pytest.mark.usefixtures("store")
def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_STORE_LIMIT_GB", "plenty")
    app = open_page("home")
    (error,) = app.error
    assert "STRATA_STORE_LIMIT_GB is 'plenty'" in words(app)
    assert "Traceback" not in error.value


def test_a_store_of_another_schema_is_one_sentence_and_a_way_out(store: Store) -> None:
    (store.root / "schema.json").write_text(json.dumps({"schema": 0}))
    app = open_page("home")
    assert len(app.error) == 1
    assert "Go to the store" in words(app)
