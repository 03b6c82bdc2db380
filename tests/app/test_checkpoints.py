"""Checkpoints: what one is made of, and one sentence for what cannot be probed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cache.store import Store
from probing.checkpoints import CHECKPOINTS, resolve
from probing.checkpoints.trust import self_check
from probing.errors import BadInput
from probing.execution import client
from probing.records import names, stored
from tests import tiny_checkpoints as tiny
from tests.app.opening import open_page, words
from tests.planted import finished


@pytest.mark.usefixtures("store_root")
def test_the_known_ones_say_whether_they_are_here() -> None:
    said = words(open_page("checkpoints"))
    for checkpoint in CHECKPOINTS:
        assert checkpoint.card.name in said
        assert (f"python -m probing setup {checkpoint.name}" in said.splitlines()) != checkpoint.installed


def test_a_checkpoint_is_shown_in_parts(store_root: Path) -> None:
    app = open_page("checkpoints", checkpoint="minilm-l6")
    told = {metric.label: metric.value for metric in app.metric}
    assert told["Layers"] == "6"
    assert told["Hidden size"] == "384"
    assert told["Vocabulary"] == "30,522"
    facts = resolve("minilm-l6", store_root).facts
    parts = app.dataframe[0].value.set_index("part")["parameters"]
    assert parts.to_dict() == facts.parts
    assert parts.sum() == facts.parameters
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert chart["data"][0]["orientation"] == "h"
    lines = app.table[0].value.astype(str).to_string().replace("\\", "")
    assert "apache-2.0" in lines
    assert "lower-cases its input" in lines


@pytest.mark.usefixtures("store_root")
def test_random_weights_are_a_checkpoint_like_another() -> None:
    app = open_page("checkpoints", checkpoint="random:minilm-l6@7")
    assert not app.error
    assert "random:minilm-l6@7" in words(app)
    assert "random weights" in app.table[0].value.astype(str).to_string()


@pytest.mark.usefixtures("store_root")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonsense", "is no checkpoint"),
        ("/etc", "outside the allowed folders"),
        ("x/../y", "contains '..'"),
        ("random:minilm-l6", "names no random checkpoint"),
        ("nobody/nothing", "offline"),
        ("n" * 300, "is no checkpoint"),
        ("/" + "n" * 300, "outside the allowed folders"),
    ],
)
def test_what_cannot_be_probed_is_one_sentence(name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    monkeypatch.setenv("STRATA_OFFLINE", "1")
    app = open_page("checkpoints", checkpoint=name)
    (error,) = app.error
    assert said in error.value.replace("\\", "")


@pytest.mark.usefixtures("store_root")
def test_a_folder_without_a_tokenizer_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    folder = tmp_path / "bare"
    folder.mkdir()
    app = open_page("checkpoints", checkpoint=str(folder))
    assert "no config.json" in app.error[0].value.replace("\\", "")
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "pytorch_model.bin").write_bytes(b"x")
    app = open_page("checkpoints", checkpoint=str(folder))
    assert "only pickled weights" in app.error[0].value.replace("\\", "")


def test_a_damaged_record_is_one_sentence_and_hides_no_other_product(store_root: Path) -> None:
    texts = {
        "sound": '{"parent": "minilm-l6", "rows": [{"split": "test", "metric": "mcc", "value": 0.5, "setting": "{}"}]}',
        "broken": "{",
        "deep": "[" * 5000,
    }
    for name, text in texts.items():
        folder = store_root / "lab" / name
        folder.mkdir(parents=True)
        (folder / "strata.json").write_text(text)
    app = open_page("checkpoints", checkpoint="minilm-l6")
    said = [error.value.replace("\\", "") for error in app.error]
    assert len(said) == 2
    assert any("lab/broken/strata.json cannot be read as JSON" in one for one in said)
    assert any("lab/deep/strata.json is nested more than" in one for one in said)
    table = app.dataframe[0].value.set_index("product")
    assert set(table.index) == {"lab:sound"}
    assert table.loc["lab:sound", "test"] == "mcc 0.500"
    assert {metric.label: metric.value for metric in app.metric}["Layers"] == "6"


def test_a_card_with_a_bad_date_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store_root: Path) -> None:
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    model = tiny.bert(tmp_path / "model")
    (model / "README.md").write_text("---\nlicense: mit\ndate: 2024-13-45\n---\n", encoding="utf-8")
    app = open_page("checkpoints", checkpoint=str(model))
    assert not app.error
    assert "mit" in app.table[0].value.astype(str).to_string()


def test_the_self_check_is_made_on_request_and_then_shown(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[client.Question] = []

    def answer(store: Store, _device: str, question: client.Question, tell: client.Tell) -> None:
        tell("checking the model")
        asked.append(question)
        self_check(resolve(question.specs[0], store.root), store.root)

    monkeypatch.setattr(client, "ask", answer)
    app = open_page("checkpoints", checkpoint="minilm-l6")
    assert "Layer 0 is what enters" not in words(app)
    app.button(key="check").click().run()
    assert not app.exception
    assert (asked[0].forms, asked[0].aim) == ((), "check")
    assert "Layer 0 is what enters the first block" in words(app)
    again = words(open_page("checkpoints", checkpoint="minilm-l6"))
    assert "adds up to 1 over the sentence" in again
    assert len(asked) == 1


@pytest.mark.usefixtures("store_root")
def test_what_the_reader_refuses_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BadInput("minilm-l6 cannot be loaded by transformers (KeyError): check config.json against the weights.")

    monkeypatch.setattr(client, "ask", refuse)
    app = open_page("checkpoints", checkpoint="minilm-l6")
    app.button(key="check").click().run()
    assert not app.exception
    assert "check config.json against the weights" in app.error[0].value.replace("\\", "")


def test_a_nickname_is_given_and_shown_on_every_page(store_root: Path) -> None:
    store = Store(store_root)
    finished.fill(store)
    app = open_page("checkpoints", checkpoint="minilm-l6")
    app.text_input(key="nickname-minilm-l6").set_value("the small one")
    app.text_input(key="role-minilm-l6").set_value("full")
    next(button for button in app.button if button.label == "Save").click().run()
    assert not app.exception
    assert not app.error
    assert names.read(store) == {"minilm-l6": names.Given(nickname="the small one", role="full")}
    layers = open_page("layers", base="minilm-l6", task="upos")
    assert layers.query_params["base"] in ("minilm-l6", ["minilm-l6"])  # an address has the checkpoint's own name
    assert "the small one: accuracy" in words(layers)
    drawn = json.loads(layers.get("plotly_chart")[0].proto.spec)["data"]
    line = next(trace for trace in drawn if trace.get("name") == "the small one")
    assert line["hovertemplate"].startswith("minilm-l6<br>")
    other = open_page("overview", base="minilm-l6", task="upos")
    own = json.loads(other.get("plotly_chart")[0].proto.spec)["data"]
    assert next(trace for trace in own if trace.get("name") == "the small one")["line"]["color"] == line["line"]["color"]
    pinned = open_page("layers", run=layers_run(store), base="minilm-l6", task="upos")
    assert "the small one: accuracy" in words(pinned)


def layers_run(store: Store) -> str:
    return stored.runs(store)[0].run


def test_a_damaged_file_of_nicknames_is_one_sentence(store_root: Path) -> None:
    (Store(store_root).root / "names.json").write_text("{")
    app = open_page("checkpoints", checkpoint="minilm-l6")
    (error,) = app.error
    assert "names.json is damaged" in error.value.replace("\\", "")
    assert {metric.label: metric.value for metric in app.metric}["Layers"] == "6"
