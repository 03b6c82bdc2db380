"""Hub data sets: rows become the sentences that the same treebank's file gives; offline and odd ids are one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pytest

from probing import corpora
from probing.corpora import hub
from probing.corpora.conllu import parse_conllu
from probing.corpora.sentence import Corpus
from probing.errors import BadInput

TAGS = ["NOUN", "PUNCT", "VERB", "_", "PART"]
CONLLU = (
    "# sent_id = s1\n"
    "1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "1\tDo\tdo\tVERB\tVB\tMood=Imp|VerbForm=Fin\t0\troot\t_\t_\n"
    "2\tn't\tnot\tPART\tRB\t_\t1\tadvmod\t_\t_\n"
    "2.1\tgo\tgo\tVERB\tVB\t_\t_\t_\t1:conj\t_\n"
    "3\t!\t!\tPUNCT\t.\t_\t1\tpunct\t_\t_\n\n"
)
ROW = {  # the same, as the common conversions hold it: ranges and empty nodes are tokens, what is missing is None or "None"
    "idx": "s1",
    "tokens": ["Don't", "Do", "n't", "go", "!"],
    "lemmas": ["_", "do", "not", "go", "!"],
    "upos": [3, 2, 4, 2, 1],
    "xpos": [None, "VB", "RB", "VB", "."],
    "feats": ["None", "{'Mood': 'Imp', 'VerbForm': 'Fin'}", "None", "None", "None"],
    "head": ["None", "0", "1", "None", "1"],
    "deprel": ["_", "root", "advmod", "None", "punct"],
}


def rows(*given: dict[str, Any]) -> datasets.Dataset:
    made = datasets.Dataset.from_list(list(given))
    if "upos" in made.column_names:
        return made.cast_column("upos", datasets.Sequence(datasets.ClassLabel(names=TAGS)))
    return made


def convert(*train: dict[str, Any]) -> Corpus:
    return hub.convert("someone/bank", "hash", {"train": rows(*train), "validation": rows(ROW), "test": rows(ROW)})


def test_rows_are_the_sentences_of_the_file() -> None:
    corpus = convert(ROW)
    assert list(corpus.splits) == ["train", "dev", "test"]
    (expected,), _ = parse_conllu(CONLLU.encode(), "x")
    (found,) = corpus.splits["train"]
    assert (found.id, found.words) == (expected.id, expected.words)
    assert (corpus.name, corpus.hash, corpus.complaints) == ("bank", "hash", [])


def test_features_as_text_and_heads_as_numbers() -> None:
    (found,) = convert({"tokens": ["a", "b"], "feats": ["Case=Nom|Number=Sing", "_"], "head": [2, 0]}).splits["train"]
    assert found.words[0].feats == (("Case", "Nom"), ("Number", "Sing"))
    assert found.words[0].head == 2
    assert (found.words[0].upos, found.words[0].deprel) == ("_", "_")
    assert found.id == "someone/bank/train:1"


def test_tokens_alone_are_words_without_annotation() -> None:
    (found,) = convert({"tokens": ["None", "_", "<script>"]}).splits["train"]
    assert found.forms == ("None", "_", "<script>")
    assert [word.head for word in found.words] == [-1, -1, -1]


@pytest.mark.parametrize("feats", ["{", "{1, 2}", "{'a': []}", "(" * 3000, "{" * 3000, "nothing", "=x"])
def test_features_that_cannot_be_read_are_none(feats: str) -> None:
    (found,) = convert({"tokens": ["a"], "feats": [feats], "head": ["0"]}).splits["train"]
    assert found.words[0].feats == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"head": ["None", "0", "1", "None", "9"]}, "the head 9 of word 3 is out of range"),
        ({"head": ["None", "0", "1", "None", "0"]}, "words 1 and 3 are both roots"),
        ({"head": ["None", "0", "3", "None", "2"]}, "its own ancestor"),
        ({"head": ["None", "0", "-5", "None", "1"]}, "the head '-5' of word 2 is no number"),
        ({"head": ["None", "0", "²", "None", "1"]}, "is no number"),
        ({"head": ["0"]}, "'head' has another length"),
        ({"tokens": ["Don't", " ", "n't", "go", "!"]}, "word 1 has an empty form"),
        ({"tokens": ["Don't", None, "n't", "go", "!"]}, "word 1 has an empty form"),
        ({"tokens": []}, "no list of tokens"),
        ({"tokens": None}, "no list of tokens"),
    ],
)
def test_a_broken_row_is_left_out_and_said(change: dict[str, Any], said: str) -> None:
    broken = {**ROW, **change}
    corpus = convert(*[ROW] * 6, broken, *[ROW] * 6)
    assert len(corpus.splits["train"]) == 12
    (complaint,) = corpus.complaints
    assert (complaint.file, complaint.line) == ("someone/bank/train", 7)
    assert said in complaint.message
    with pytest.raises(BadInput, match=r"^someone/bank/train, row 2: .* 1 of 3 sentences are broken"):
        convert(ROW, broken, ROW)


def test_a_missing_split_or_column_is_named() -> None:
    with pytest.raises(BadInput, match="has no dev split with sentences: it has train, test"):
        hub.convert("someone/bank", "hash", {"train": rows(ROW), "test": rows(ROW)})
    with pytest.raises(BadInput, match=r"has no column 'tokens' \(it has text\)"):
        convert({"text": "Don't!"})
    with pytest.raises(BadInput, match="no list of tokens"):
        convert({"tokens": "Don't!"})


def test_offline_says_so_and_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_OFFLINE", "1")
    with pytest.raises(BadInput, match=r"someone/bank is on a hub and this machine is set to be offline.*local treebank"):
        corpora.find("hub:someone/bank:en")


@pytest.mark.parametrize("name", ["", ":en", "json", "/etc", "./folder", "../x/y", "a/..", "a/b/c", "https://x/y", "~/x"])
def test_ids_that_are_paths_or_no_ids_never_reach_the_library(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: pytest.fail("the library was asked"))
    with pytest.raises(BadInput, match="Write a hub data set as hub:OWNER/NAME"):
        hub.find_hub(f"hub:{name}", offline=False)


def test_a_folder_of_the_same_name_is_not_read_round_the_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: pytest.fail("the library was asked"))
    (tmp_path / "someone" / "bank").mkdir(parents=True)
    with pytest.raises(BadInput, match="also a file or folder here"):
        hub.find_hub("hub:someone/bank", offline=False)


def test_a_data_set_is_asked_for_once_and_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(name: str, config: str | None) -> dict[str, datasets.Dataset]:
        asked.append((name, config))
        return {"train": rows(ROW, ROW), "validation": rows(ROW), "test": rows(ROW)}

    hub._loaded.cache_clear()
    monkeypatch.setattr(datasets, "load_dataset", load)
    first, again = (hub.find_hub("hub:someone/bank:en", offline=False) for _ in range(2))
    assert asked == [("someone/bank", "en")]
    assert (first.name, first.spec) == ("bank", "hub:someone/bank:en")
    assert first.hash == again.hash
    assert [len(sentences) for sentences in first.load().splits.values()] == [2, 1, 1]
    hub._loaded.cache_clear()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("Dataset scripts are no longer supported, but found bank.py"), "code of its own, which Strata never runs"),
        (
            ValueError("BuilderConfig 'x' not found.\nAvailable: ['en']."),
            r"cannot be loaded \(BuilderConfig 'x' not found. Available",
        ),
    ],
)
def test_what_the_library_refuses_is_one_sentence(error: Exception, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, config: str | None) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(BadInput, match=said) as found:
        hub.find_hub("hub:someone/else", offline=False)
    assert "\n" not in str(found.value)


def texts(**splits: list[dict[str, Any]]) -> dict[str, datasets.Dataset]:
    made = {name: datasets.Dataset.from_list(rows) for name, rows in splits.items()}
    return {name: some.cast_column("label", datasets.ClassLabel(names=["bad", "good"])) for name, some in made.items()}


def film(number: int, label: int = 1) -> dict[str, Any]:
    return {"sentence": f"Film {number}!", "label": label, "stars": number / 2}


def test_columns_of_texts_are_named_and_labels_have_their_names() -> None:
    reading, named = hub.requested("text=sentence&label=label&number=stars")
    loaded = texts(train=[film(i, i % 2) for i in range(20)], validation=[film(30)])
    corpus = hub.convert("someone/films", "hash", loaded, reading, named)
    assert {split: len(sentences) for split, sentences in corpus.splits.items()} == {"train": 18, "dev": 2, "test": 1}
    assert corpus.description == "The hub data set someone/films. Dev was kept as test. Dev is a tenth of train (seed 0)."
    (found,) = corpus.splits["test"]
    assert (found.forms, found.labels) == (("Film", "30", "!"), (("label", "good"), ("stars", "15.0")))


def test_hidden_labels_are_none_and_splits_may_be_named() -> None:
    loaded = texts(
        train=[film(i) for i in range(20)], validation=[film(i) for i in range(40, 44)], test=[film(i, -1) for i in range(9)]
    )
    reading, named = hub.requested("text=sentence&label=label")
    corpus = hub.convert("someone/films", "hash", loaded, reading, named)
    assert {split: len(sentences) for split, sentences in corpus.splits.items()} == {"train": 18, "dev": 2, "test": 4}
    assert [str(complaint) for complaint in corpus.complaints] == [
        "someone/films/test: the split has no labels, so it was passed over."
    ]
    with pytest.raises(BadInput, match=r"someone/films/train, row 1: label is empty. None of 2 sentences has a label"):
        hub.convert("someone/films", "hash", texts(train=[film(1, -1), film(2, -1)], test=[film(3)]), reading, named)
    reading, named = hub.requested("text=sentence&label=label&train=train&test=validation")
    corpus = hub.convert("someone/films", "hash", loaded, reading, named)
    assert {split: len(sentences) for split, sentences in corpus.splits.items()} == {"train": 18, "dev": 2, "test": 4}


def test_lists_of_tags_are_tags_of_words() -> None:
    rows = datasets.Dataset.from_list([{"tokens": ["Ada", "writes"], "ner": [1, 0]}] * 2)
    rows = rows.cast_column("ner", datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"])))
    reading, named = hub.requested("text=tokens&label=ner")
    corpus = hub.convert("someone/names", "hash", {"train": rows, "validation": rows, "test": rows}, reading, named)
    assert [word.tags for word in corpus.splits["train"][0].words] == [(("ner", "B-PER"),), (("ner", "O"),)]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("colour=red", "'colour' is no question to a hub data set"),
        ("text=", "'text' is no question"),
        ("text", "'text' is no question"),
        ("text=gone&label=label", "has no column 'gone'"),
        ("text=sentence", "does not say which column holds a label or a number"),
        ("text=sentence&label=label&test=hidden", "has no split 'hidden': it has train, test"),
    ],
)
def test_questions_that_make_no_sense(question: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        hub.convert("someone/films", "hash", texts(train=[film(1)], test=[film(2)]), *hub.requested(question))


def test_the_columns_are_part_of_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    hub._loaded.cache_clear()
    loaded = texts(train=[film(i) for i in range(20)], test=[film(30)])
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: loaded)
    specs = [f"hub:someone/films?text=sentence&label={label}" for label in ("label", "stars")]
    found = [hub.find_hub(spec, offline=False) for spec in specs]
    assert found[0].hash != found[1].hash
    assert [source.spec for source in found] == specs
    assert len(found[0].load().splits["train"]) == 18
    hub._loaded.cache_clear()
