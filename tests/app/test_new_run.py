"""New run: the question, its cost, its job; and one sentence for what cannot be asked."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from pages._new_run.options import parse_layers
from pages.shared.controls import refuse_dots
from pages.shared.jobs import question
from probing.corpora import registered
from probing.corpora.corpus_file import CorpusFile
from probing.errors import BadInput
from probing.runs import RunSpec, plan
from probing.settings import Settings
from tests.app.opening import open_page, sound, words
from tests.planted import record

SMALL = {"max_train": "60", "max_dev": "20", "max_test": "20"}
TREE = "# sent_id = s{0}\n1\tDogs{0}\tdog\tNOUN\t_\tNumber=Plur\t2\tnsubj\t_\t_\n2\trun\trun\tVERB\t_\t_\t0\troot\t_\t_\n\n"


@pytest.fixture
def treebank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of thirty trees without xpos, under the only folder that a page may read."""
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    path = tmp_path / "small.conllu"
    path.write_text("".join(TREE.format(i) for i in range(30)), encoding="utf-8")
    return path


def only_error(app: AppTest) -> str:
    assert len(app.error) == 1, [error.value for error in app.error]
    assert not [button for button in app.button if button.key == "start"], "what cannot be run has no start button"
    return str(app.error[0].value).replace("\\", "")


def test_the_cost_is_told_before_anything_starts(store: Store) -> None:
    app = open_page("new_run", **SMALL)
    told = {metric.label: metric.value for metric in app.metric}
    assert "120 sentences," in words(app), "60 + 20 + 20, and 20 of the second test split"
    assert "2 cells:" in words(app), "the checkpoint and its random twin"
    assert set(told) == {"Time", "Disk"}
    assert app.button(key="start").label == f"Start · {told['Time']}"
    assert store.jobs.recent(5) == []


def test_two_browsers_that_ask_the_same_share_one_job(store: Store) -> None:
    first, second = open_page("new_run", **SMALL), open_page("new_run", **SMALL)
    sound(first.button(key="start").click().run())
    sound(second.button(key="start").click().run())
    (only,) = store.jobs.recent(5)
    assert first.query_params["run"] == only.run == second.query_params["run"]
    assert only.spec["max_train"] == 60
    assert "Starts in a moment" in words(first)
    assert "This run is in progress" in words(first)


def test_the_job_is_there_again_when_the_page_is_opened_anew(store: Store) -> None:
    job = store.jobs.submit("elsewhere", {"checkpoints": ["minilm-l6"], "corpus": "grammar"}, "a question of yesterday")
    store.jobs.claim("cpu")
    store.jobs.progress(job.run, "reading", 3, 10)
    said = words(open_page("new_run", run=job.run, **SMALL))
    assert "a question of yesterday" in said
    assert "reading · 3 of 10" in said


def test_an_unknown_job_in_the_address_is_said(store: Store) -> None:
    assert store.jobs.recent(1) == []
    assert "not in this store" in words(open_page("new_run", run="nothing", **SMALL))


def test_other_jobs_are_shown_as_the_queue(store: Store) -> None:
    store.jobs.submit("other", {}, "somebody else's")
    said = words(open_page("new_run", **SMALL))
    assert "1 other run in the queue" in said
    assert "somebody else's" in said


def test_what_was_answered_before_opens_instead(store: Store) -> None:
    asked = RunSpec(checkpoints=("minilm-l6",), corpus="grammar", tasks=("upos",), max_train=60, max_dev=20, max_test=20)
    planned = plan(asked, Settings.read())
    run = planned.run
    planted = record.PlantedRun(store, run)
    for cell in planned.cells:
        planted.cell(cell.checkpoint.name, cell.task, cell.probe, [], pd.DataFrame(), id=cell.id)
    planted.save("x", asked, [], [], pd.DataFrame({"split": ["test"]}))
    app = open_page("new_run", **SMALL)
    assert "This run is stored" in words(app)
    assert f"run={run}" in [link.proto.query_string for link in app.get("page_link")]
    assert not [button for button in app.button if button.key == "start"]


def test_a_spec_becomes_an_address_and_back(store: Store) -> None:
    spec = RunSpec(
        checkpoints=("minilm-l6", "random:minilm-l6@3"),
        corpus="grammar",
        tasks=("deprel", "upos"),
        probes=("mlp", "low_rank"),
        layers=(0, 3),
        seeds=2,
        max_train=60,
        max_dev=20,
        max_test=20,
        pooling="first",
        submodule="attention",
        width=64,
        rank=3,
        baselines=False,
    )
    app = open_page("new_run", **question(spec))
    sound(app.button(key="start").click().run())
    (job,) = store.jobs.recent(5)
    assert job.run == plan(spec, Settings.read()).run


def test_a_treebank_by_its_path_and_what_it_cannot_be_asked(store: Store, treebank: Path) -> None:
    assert store.root.is_dir()
    app = open_page("new_run", corpus=str(treebank), task="upos", preset="full")
    assert not app.error
    assert "30 sentences," in words(app)
    reasons = app.dataframe[0].value.set_index("task")["why not"]
    assert "xpos" in reasons["xpos"]


def test_own_data_can_be_asked(store: Store, treebank: Path) -> None:
    made, _ = registered.register(store.uploads, "Brought", [CorpusFile.of_path(treebank)])
    app = open_page("new_run", corpus=made.spec, task="upos")
    sound(app.button(key="start").click().run())
    assert store.jobs.recent(1)[0].spec["corpus"] == "data:brought"


@pytest.mark.usefixtures("store", "treebank")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"checkpoint": "no-such-thing"}, "is no checkpoint"),
        ({"checkpoint": "/etc"}, "outside the allowed folders"),
        ({"checkpoint": "../../etc"}, "contains '..'"),
        ({"checkpoint": "random:minilm-l6@x"}, "names no random checkpoint"),
        ({"checkpoint": ""}, "No checkpoint is chosen"),
        ({"corpus": "/etc/hostname"}, "outside the allowed folders"),
        ({"corpus": "a/../b"}, "contains '..'"),
        ({"corpus": "data:gone"}, "No corpus is registered as"),
        ({"task": ""}, "No task is chosen"),
        ({"probe": ""}, "No probe family is chosen"),
        ({"layers": "one"}, "Layers are 'one'"),
        ({"layers": "99"}, "layer 99 cannot be probed"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(address: dict[str, str], said: str) -> None:
    assert said in only_error(open_page("new_run", **(SMALL | address)))


@pytest.mark.usefixtures("store")
def test_a_hub_id_while_offline_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_OFFLINE", "1")
    assert "offline" in only_error(open_page("new_run", checkpoint="nobody/nothing-at-all"))
    assert "offline" in only_error(open_page("new_run", corpus="hub:nobody/nothing-at-all"))


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no sentence"),
        ("1\tcaf\xe9\t_\n".encode("latin-1"), "not UTF-8"),
        (b"1\ta\ta\tX\t_\t_\t2\tdep\t_\t_\n2\tb\tb\tX\t_\t_\t1\tdep\t_\t_\n\n", "line 1"),
    ],
)
def test_a_broken_treebank_is_one_sentence(treebank: Path, content: bytes, said: str) -> None:
    treebank.write_bytes(content)
    assert said in only_error(open_page("new_run", corpus=str(treebank)))


@pytest.mark.usefixtures("store")
def test_tasks_are_cards_that_are_searched_and_ticked() -> None:
    app = open_page("new_run")
    assert app.checkbox(key="task-upos").value is True, "the first task of a quick run"
    assert "Which part of speech is the word?" in words(app)
    sound(app.checkbox(key="task-deprel").check().run())
    assert app.query_params["task"] == ["upos", "deprel"]
    sound(app.text_input(key="tasks").set_value("CLAUSE").run())
    assert "task-upos" not in {box.key for box in app.checkbox}
    assert "task-past_present" not in {box.key for box in app.checkbox}, "its question names the verb"
    assert "Did the two clauses change places?" in words(app)
    assert "Part of speech, Relation to the head" in words(app), "what is chosen stays chosen"


@pytest.mark.usefixtures("store")
def test_a_task_that_the_corpus_lacks_is_said() -> None:
    app = open_page("new_run", task=["no-such", "upos"])
    assert "This corpus has no task no-such: choose another below." in words(app)
    assert app.checkbox(key="task-upos").value is True
    assert app.button(key="start")


def test_layers_are_all_or_numbers() -> None:
    assert parse_layers("all") == "all"
    assert parse_layers(" ") == "all"
    assert parse_layers("0, 3,6") == (0, 3, 6)
    with pytest.raises(BadInput):
        parse_layers("3-6")


def test_a_path_that_climbs_is_refused_whatever_it_reaches() -> None:
    assert refuse_dots("/a/b..c/d") == "/a/b..c/d"
    for path in ("..", "/a/../b", "a/..", "random:../x@0"):
        with pytest.raises(BadInput):
            refuse_dots(path)
