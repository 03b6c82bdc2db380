"""Try a sentence: labels of stored probes for typed text, what differs, what is asked of the models, and what is said where there are none."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cache.store import Store
from pages.shared import typed_sentence
from probing.checkpoints.described import NotHere
from probing.errors import BadInput
from tests.app.opening import open_page, sound, words
from tests.planted import finished, labelled, treebank
from tests.planted.labelled import Reader

BOTH = {"base": "minilm-l6", "with": "random:minilm-l6@7", "task": "upos"}
TYPED = "cat runs big <b>"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("labelled") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRATA_STORE", str(root))
        return root, labelled.fill(Store(root))


@pytest.fixture
def labels_run(store_root: Path, filled: tuple[Path, str]) -> str:
    shutil.copytree(filled[0], store_root)
    return filled[1]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    found = Reader()
    monkeypatch.setattr(typed_sentence.client, "ask", found)
    return found


def refusing(reader: Reader, error: BadInput) -> Callable[..., Any]:
    """A reader to which one checkpoint, the random one, is an error."""

    def read(store: Any, device: str, question: Any, *more: Any) -> Any:
        if question.name == "random:minilm-l6@7":
            raise error
        return reader(store, device, question, *more)

    return read


def table(app: AppTest) -> str:
    """The table of labels, empty where there is none."""
    return "".join(element.proto.body for element in app.get("html") if "st-read" in element.proto.body)


def row(app: AppTest, word: str) -> list[str]:
    """The labels of a word, from left to right."""
    found = re.search(rf'<th scope="row"[^>]*>{re.escape(word)}</th>(.*?)</tr>', table(app))
    assert found is not None
    return re.findall(r"<td[^>]*>([^<]+)", found[1])


def links(app: AppTest) -> dict[str, str]:
    return {element.proto.label.replace("\\", ""): element.proto.query_string for element in app.get("page_link")}


@pytest.mark.usefixtures("labels_run")
def test_before_something_is_typed_the_page_teaches_and_makes_ready(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    ready: list[Any] = []
    monkeypatch.setattr(typed_sentence, "make_ready", lambda *given: ready.append(given))
    app = open_page("sentence", **BOTH)
    assert "predict a label for each word at every layer" in words(app)
    assert "text=They+run+a+long+run." in links(app)["They run a long run."]
    assert not table(app)
    assert not reader.asked
    assert [found.checkpoint for _, _, found in ready] == ["minilm-l6"]


@pytest.mark.usefixtures("labels_run")
def test_a_link_draws_both_checkpoints_and_says_what_differs(reader: Reader) -> None:
    app = open_page("sentence", **BOTH, text=TYPED)
    assert "At layer 1 random:minilm-l6@7 reads “runs” as NOUN, minilm-l6 as VERB (1 of 8 cells differ)." in words(app)
    assert "Framed: another label than minilm-l6." in words(app)
    assert row(app, "runs")[1::2] == ["VERB", "NOUN"], "layer 1 of both"
    assert row(app, "cat")[1::2] == ["NOUN", "NOUN"]
    assert table(app).count('class="differs"') == 1
    assert "<b>" not in table(app)
    assert [(asked.name, asked.forms) for asked in reader.asked] == [
        (name, ("cat", "runs", "big", "<b>")) for name in ("minilm-l6", "random:minilm-l6@7")
    ]
    typed_sentence.vectors.clear()  # as another process would find it
    assert table(open_page("sentence", **BOTH, text=TYPED)) == table(app)
    assert len(reader.asked) == 2, "what is stored is not asked again"


@pytest.mark.usefixtures("labels_run")
def test_a_sentence_task_has_one_label_a_layer(reader: Reader) -> None:
    app = open_page("sentence", **BOTH | {"task": "sentence_length"}, text="cat tree dog")
    assert row(app, "the sentence")[1::2] == ["many", "many"]
    assert "reads the sentence as minilm-l6 does, at every layer" in words(app)
    assert row(open_page("sentence", **BOTH | {"task": "sentence_length"}, text="big"), "the sentence")[1::2] == ["few", "few"]


@pytest.mark.usefixtures("labels_run")
def test_one_checkpoint_may_fail_and_the_others_are_drawn(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        typed_sentence.client, "ask", refusing(reader, BadInput("random:minilm-l6@7 has changed since it was probed: run again."))
    )
    app = open_page("sentence", **BOTH, text="red dog falls")
    assert [error.value.replace("\\", "") for error in app.error] == [
        "random:minilm-l6@7 has changed since it was probed: run again."
    ]
    assert row(app, "falls")[1] == "VERB"
    assert "random:minilm-l6@7" not in table(app)


@pytest.mark.usefixtures("labels_run")
def test_a_checkpoint_of_which_only_results_are_here_is_one_line(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_sentence.client, "ask", refusing(reader, NotHere("random:minilm-l6@7 is not on this machine.")))
    app = open_page("sentence", **BOTH, text="red dog falls")
    assert not app.error
    assert [one.value.replace("\\", "") for one in app.info] == [
        "random:minilm-l6@7: only results are here, not the checkpoint, so nothing new is read. Checkpoints says how each was made."
    ]
    assert row(app, "falls")[1] == "VERB"


@pytest.mark.usefixtures("labels_run")
def test_words_without_a_vector_and_text_without_words(reader: Reader) -> None:
    reader.lacking = {"old"}
    assert row(open_page("sentence", **BOTH, text="old house"), "old") == ["–"] * 4
    app = open_page("sentence", **BOTH, text="a " * 201)
    assert "201 words" in app.error[0].value


@pytest.mark.usefixtures("labels_run")
def test_every_probability_is_in_a_table_and_trees_say_what_they_need(reader: Reader) -> None:
    app = open_page("sentence", **BOTH, text=TYPED, section="Numbers")
    assert len(app.dataframe[0].value) == 2 * 2 * 4 * 3
    app = open_page("sentence", **BOTH, text=TYPED, section="Trees")
    assert "no structural probe of trees on grammar is stored" in words(app)
    query = links(app)["Set up the run of trees"]
    assert "checkpoint=minilm-l6&checkpoint=random%3Aminilm-l6%407" in query
    assert "task=trees&probe=structural" in query


def test_a_checkpoint_without_the_task_has_a_link_to_its_run(store_root: Path, filled: tuple[Path, str], reader: Reader) -> None:
    shutil.copytree(filled[0], store_root)
    finished.fill(Store(store_root), depths={"second-l6": 6}, tasks=("sentence_length",))
    app = open_page("sentence", base="minilm-l6", **{"with": "second-l6"}, task="upos", text=TYPED)
    assert "second-l6: no linear probe of upos on grammar is stored." in words(app)
    assert "checkpoint=second-l6&" in links(app)["Set up the run of upos"]
    assert row(app, "runs")[1] == "VERB"


@pytest.mark.usefixtures("store_root")
def test_an_empty_store_leads_to_the_run_that_fills_it() -> None:
    app = open_page("sentence", text=TYPED)
    assert "No probes to read a sentence with yet" in words(app)
    assert "task=upos" in links(app)["Probe parts of speech"]


def test_trees_of_checkpoints_stand_side_by_side(store_root: Path, monkeypatch: pytest.MonkeyPatch, reader: Reader) -> None:
    treebank.fill(store_root, monkeypatch, ("structural",))
    monkeypatch.setattr(typed_sentence.client, "ask", wide(reader))
    app = open_page("sentence", base="minilm-l6", text="The cat does n't sleep .", layer="1")
    assert "At layer 1 of minilm-l6 the word of least depth is" in words(app)
    pictures = [element.proto.body for element in app.get("html") if "typed-0" in element.proto.body]
    assert len(pictures) == 1
    assert {"SVG", "CoNLL-U"} <= {element.proto.label for element in app.get("download_button")}
    sound(app.select_slider(key="layer").set_value(0).run())
    assert "At layer 1 of" in words(app)


def test_trees_of_a_checkpoint_that_is_not_here_are_one_line(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    treebank.fill(store_root, monkeypatch, ("structural",))

    def refuse(*_: Any) -> Any:
        raise NotHere("minilm-l6 is not on this machine.")

    monkeypatch.setattr(typed_sentence.client, "ask", refuse)
    app = open_page("sentence", base="minilm-l6", text="The cat does n't sleep .")
    assert not app.error
    assert [one.value.replace("\\", "").partition(":")[2] for one in app.info] == [
        " only results are here, not the checkpoint, so nothing new is read. Checkpoints says how each was made."
    ]


def wide(reader: Reader) -> Any:
    """As the planted treebank has them: vectors of another width."""
    import numpy as np

    from cache.keys import SCHEMA, sentence_key

    def ask(store: Store, device: str, question: Any, tell: Any) -> dict[str, Any]:
        reader.asked.append(question)
        facts = {"schema": SCHEMA, "checkpoint": question.fingerprint, "pooling": question.pooling}
        facts |= {"precision": question.precision, "submodule": question.submodule}
        count, draw = len(question.forms), np.random.default_rng(3)
        layers = [draw.normal(size=(count, treebank.WIDTH)).astype(np.float32) for _ in range(2)]
        whole = np.zeros((1, treebank.WIDTH), np.float32)
        store.collection(facts).write_shard([sentence_key(question.forms)], [count], np.ones(count, bool), layers, [whole] * 2)
        return {"loads": 1, "forward_passes": 1}

    return ask


def test_the_box_of_home_opens_the_page(labels_run: str, reader: Reader) -> None:
    app = open_page("home")
    app = sound(app.text_input(key="try").set_value("cat runs").run())
    assert app.title[0].value == "Try a sentence"
    assert row(app, "runs")[1] == "VERB"


def test_home_has_no_box_where_nothing_could_read(store_root: Path) -> None:
    finished.fill(Store(store_root), tasks=("sentence_length",))
    assert [one for one in open_page("home").text_input if one.key == "try"] == []
