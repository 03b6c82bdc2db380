"""Corpora: sizes, labels, trees, sentences, duplicates and complaints of what is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.app.opening import open_page, words

GOOD = "# sent_id = {0}\n1\tDogs\tdog\tNOUN\tNNS\tNumber=Plur\t2\tnsubj\t_\t_\n2\t{1}\trun\tVERB\tVBP\t_\t0\troot\t_\t_\n\n"
CYCLE = "1\ta\ta\tX\tX\t_\t2\tdep\t_\t_\n2\tb\tb\tX\tX\t_\t1\tdep\t_\t_\n\n"


def trees(count: int, word: str = "run") -> str:
    return "".join(GOOD.format(f"s{number}", f"{word}{number}") for number in range(count))


@pytest.fixture
def folder(store_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A treebank of three files: dev repeats a sentence of train, train has a cycle and a word that is markup."""
    assert not store_root.exists()
    monkeypatch.setenv("STRATA_ROOTS", str(tmp_path))
    path = tmp_path / "tiny"
    path.mkdir()
    markup = GOOD.format("markup", "<script>alert(1)</script>")
    (path / "tiny-train.conllu").write_text(markup + trees(20) + CYCLE)
    (path / "tiny-dev.conllu").write_text(trees(1) + trees(4, "sleep"))
    (path / "tiny-test.conllu").write_text(trees(5, "eat"))
    return path


@pytest.mark.usefixtures("store_root")
def test_the_embedded_corpus_is_shown_first() -> None:
    app = open_page("corpora")
    told = {metric.label: metric.value for metric in app.metric}
    assert told["Sentences"] == "5,500"
    assert told["Complaints"] == "0"
    sizes = app.dataframe[0].value.set_index("split")["sentences"].to_dict()
    assert sizes == {"train": 4000, "dev": 500, "test": 500, "test_seen": 500}
    said = words(app)
    assert "not a treebank" in said
    assert "No duplicates across splits" in said
    assert "universaldependencies.org" in said


def test_sizes_and_leaks_of_a_folder(folder: Path) -> None:
    app = open_page("corpora", corpus=str(folder))
    sizes = app.dataframe[0].value.set_index("split")["sentences"].to_dict()
    assert sizes == {"train": 21, "dev": 5, "test": 5}
    assert "1 in both train and dev" in app.warning[0].value


def test_duplicates_are_listed_with_their_lines(folder: Path) -> None:
    (row,) = open_page("corpora", corpus=str(folder), view="Duplicates").dataframe[0].value.to_dict("records")
    assert row["sentence"] == "Dogs run0"
    assert row["splits"] == "train, dev"
    assert "No duplicates across splits" in words(open_page("corpora", view="Duplicates"))


def test_labels_are_counted_by_split(folder: Path) -> None:
    app = open_page("corpora", corpus=str(folder), view="Labels", labels="deprel")
    counts = app.dataframe[0].value.set_index("label")
    assert counts.loc["nsubj"].to_dict() == {"train": 21, "dev": 5, "test": 5}
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [trace["name"] for trace in chart["data"]] == ["train", "dev", "test"]
    assert [trace["marker"]["symbol"] for trace in chart["data"]] == ["circle", "diamond", "square"]


def test_trees_have_their_histograms(folder: Path) -> None:
    app = open_page("corpora", corpus=str(folder), view="Trees")
    assert len(app.get("plotly_chart")) == 2
    assert "0.0% of train" in words(app)


def test_every_complaint_has_its_file_and_line(folder: Path) -> None:
    app = open_page("corpora", corpus=str(folder), view="Complaints")
    (row,) = app.dataframe[0].value.to_dict("records")
    assert row["file"] == "tiny-train.conllu"
    assert row["line"] >= 21 * 4
    assert "left out" in row["complaint"]


def test_sentences_are_escaped_searched_and_paged(folder: Path) -> None:
    app = open_page("corpora", corpus=str(folder), view="Sentences")
    body = app.get("html")[0].proto.body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "<script>" not in body
    assert "21 sentences of 21 in train, page 1 of 3" in words(app)
    app = open_page("corpora", corpus=str(folder), view="Sentences", find="run7", show="deprel", page="3")
    body = app.get("html")[0].proto.body
    assert "1 sentence of 21 in train, page 1 of 1" in words(app), "a page beyond the last is the last"
    assert "<mark>run7</mark>" in body
    assert "nsubj ← run7" in body
    app = open_page("corpora", corpus=str(folder), view="Sentences", find="Number=Plur", split="dev")
    assert "5 sentences of 5 in dev" in words(app)
    assert "No match" in words(open_page("corpora", corpus=str(folder), view="Sentences", find="zzz"))


@pytest.mark.parametrize(
    ("corpus", "said"),
    [
        ("/etc/hostname", "outside the allowed folders"),
        ("x/../grammar", "contains '..'"),
        ("data:none", "No corpus is registered as"),
        ("hub:", "Write a hub data set as"),
    ],
)
def test_a_corpus_that_cannot_be_read_is_one_sentence(folder: Path, corpus: str, said: str) -> None:
    assert folder.is_dir()
    app = open_page("corpora", corpus=corpus)
    (error,) = app.error
    assert said in error.value.replace("\\", "")
    assert "universaldependencies.org" in words(app), "the way out is still there"
