"""A sentence typed on the Trees page: asked of the reader where its vectors are not stored, and drawn at every layer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cache.errors import StoreError
from cache.keys import SCHEMA, sentence_key
from cache.store import Store
from pages.shared import typed_sentence
from probing.errors import BadInput
from probing.execution.client import Question
from tests.app.opening import open_page, sound, words
from tests.planted import treebank

TYPED = "The <b>cat</b> doesn't sleep."
FORMS = ("The", "<b>cat</b>", "does", "n't", "sleep", ".")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("own") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRATA_STORE", str(root))
        return root, treebank.fill(root, patch)


@pytest.fixture
def trees_run(store_root: Path, filled: tuple[Path, str]) -> str:
    shutil.copytree(filled[0], store_root)
    return filled[1]


class Planted:
    """A reader that knows a vector for every word but those in `lacking`."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.lacking: set[str] = set()

    def __call__(self, store: Store, device: str, question: Question, tell: Any, patience: float = 0) -> dict[str, Any]:
        self.asked.append(question)
        tell("loading the model")
        facts = {"schema": SCHEMA, "checkpoint": question.fingerprint, "pooling": question.pooling}
        facts |= {"precision": question.precision, "submodule": question.submodule}
        count, draw = len(question.forms), np.random.default_rng(len(question.forms))
        layers = [draw.normal(size=(count, treebank.WIDTH)).astype(np.float32) for _ in range(2)]
        whole = np.zeros((1, treebank.WIDTH), np.float32)
        there = np.array([form not in self.lacking for form in question.forms])
        store.collection(facts).write_shard([sentence_key(question.forms)], [count], there, layers, [whole, whole])
        return {"loads": 1, "forward_passes": 1}


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Planted:
    found = Planted()
    monkeypatch.setattr(typed_sentence.client, "ask", found)
    return found


def panel(app: AppTest) -> str:
    """The panel of all layers, empty where there is none."""
    return "".join(element.proto.body for element in app.get("html") if "own-0" in element.proto.body)


def errors(app: AppTest) -> str:
    return " ".join(error.value for error in app.error).replace("\\", "")


def test_nothing_is_asked_before_something_is_typed(trees_run: str, planted: Planted) -> None:
    app = open_page("trees", run=trees_run, section="Your own sentence")
    assert "Type a sentence" in words(app)
    assert not panel(app)
    assert not planted.asked


def test_a_link_draws_every_layer_and_what_is_stored_is_not_asked_again(trees_run: str, planted: Planted) -> None:
    app = open_page("trees", run=trees_run, own=TYPED)
    assert panel(app).count("<img") == 2
    assert "Layer 0" in panel(app)
    assert "arcs as at layer 0 · least depth:" in panel(app)
    assert "<b>cat" not in panel(app)
    assert "6 words: " + " · ".join(FORMS) in words(app)
    assert "There is no gold tree" in words(app)
    (asked,) = planted.asked
    assert (asked.forms, asked.specs, asked.name) == (FORMS, ("minilm-l6",), "minilm-l6")
    labels = [element.proto.label for element in app.get("download_button")]
    assert labels.count("SVG") == labels.count("CoNLL-U") == 1
    sound(app.run())
    typed_sentence.vectors.clear()  # as another process would find it
    assert panel(open_page("trees", run=trees_run, own=TYPED)) == panel(app)
    assert len(planted.asked) == 1


def test_another_checkpoint_reads_it_too_under_its_own_names(trees_run: str, planted: Planted) -> None:
    app = open_page("trees", run=trees_run, own=TYPED)
    before = panel(app)
    app = sound(app.selectbox(key="own_by").set_value("random:minilm-l6@0").run())
    assert panel(app) != before
    assert planted.asked[1].specs == ("random:minilm-l6@0", "minilm-l6")
    assert planted.asked[1].fingerprint != planted.asked[0].fingerprint


@pytest.mark.parametrize(
    ("text", "said"),
    [("Go", "fewer than two"), ("a " * 201, "201 words"), (". , !", "fewer than two")],
)
def test_what_gives_no_tree_is_a_sentence(trees_run: str, planted: Planted, text: str, said: str) -> None:
    app = open_page("trees", run=trees_run, own=text)
    assert said in errors(app)
    assert not panel(app)
    assert "arcs found (UUAS)" in words(app), "the rest of the page goes on"


def test_words_without_a_vector_are_struck_out_and_too_few_are_a_sentence(trees_run: str, planted: Planted) -> None:
    planted.lacking = {"sleep"}
    assert "1 word without a vector (struck out)" in words(open_page("trees", run=trees_run, own=TYPED))
    planted.lacking = {"two", "words"}
    assert "has vectors for fewer than two" in errors(open_page("trees", run=trees_run, own="two words here"))


@pytest.mark.parametrize("error", [BadInput("minilm-l6 has changed: run again."), StoreError("The disk is full: free space.")])
def test_what_the_reader_says_is_shown(trees_run: str, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(typed_sentence.client, "ask", refuse)
    assert str(error) in errors(open_page("trees", run=trees_run, own="A sentence that nobody typed before."))


def test_a_run_without_structural_probes_says_what_is_missing(store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = treebank.fill(store_root, monkeypatch, ("topological",))
    assert "needs a structural probe" in words(open_page("trees", run=run, own=TYPED))
