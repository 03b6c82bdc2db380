"""Tables as they are published: columns that programs write, splits and labels as benchmarks give them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing.corpora.formats import FORMATS
from probing.corpora.formats.layout import guess
from probing.corpora.reading import Reading, separator, split_names
from probing.errors import BadInput
from tests.unit.corpora.published import (
    FILMS,
    LABELLED,
    LAYOUTS,
    TSV,
    every,
    load,
    said,
    sizes,
    written,
)

TABLES: dict[str, str] = {
    "pandas.csv": LABELLED.to_csv(),
    "pandas.tsv": LABELLED.to_csv(sep="\t"),
    "semicolon.csv": LABELLED.to_csv(sep=";", decimal=",", index=False),
    "pipe.csv": LABELLED.to_csv(sep="|", index=False),
    "tab.csv": LABELLED.to_csv(sep="\t", index=False),
    "comma.tsv": LABELLED.to_csv(index=False),
    "excel.csv": "sep=;\n" + LABELLED.to_csv(sep=";", index=False),
    "empty-columns.csv": "text,label,score,,\n" + "".join(f'"{t}",{la},{s},,\n' for t, la, s in FILMS) + ",,,,\n",
    "r.csv": '"text","label","score"\n' + "".join(f'"{i}","{t}","{la}",{s}\n' for i, (t, la, s) in enumerate(FILMS)),
    "array.json": LABELLED.to_json(orient="records"),
    "indented.json": LABELLED.to_json(orient="records", indent=2),
    "lines.json": LABELLED.to_json(orient="records", lines=True),
    "headed.txt": TSV,
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_as_programs_write_them(tmp_path: Path, name: str) -> None:
    corpus = load(written(tmp_path, {name: TABLES[name]}))
    found = every(corpus)
    assert said(corpus) == []
    assert len(found) == 60
    texts = {" ".join(s.forms): dict(s.labels) for s in found}
    for number, (_, label, score) in enumerate(FILMS):
        told = texts[f"A fine film , number {number} ."]
        assert told["label"] == label
        assert float(told["score"]) == score
        assert set(told) == {"label", "score"}


def test_senteval_says_its_splits_and_needs_no_header(tmp_path: Path) -> None:
    rows = [f"{'tr' if i < 40 else 'va' if i < 50 else 'te'}\t{label}\t{text}\n" for i, (text, label, _) in enumerate(FILMS)]
    corpus = load(written(tmp_path, {"length.txt.tsv": "".join(rows)}))
    assert sizes(corpus) == [40, 10, 10]
    assert corpus.splits["train"][0].labels == (("2", "bad"),)
    corpus = load(written(tmp_path, {"sst.tsv": "".join(f"{text}\t{i % 2}\n" for i, (text, _, _) in enumerate(FILMS))}))
    assert sum(sizes(corpus)) == 60, "the first line is a row like the others"


def test_glue_keeps_its_tests_labels_back(tmp_path: Path) -> None:
    cola = {
        "train.tsv": "".join(f"gj04\t{i % 2}\t{'*' * (1 - i % 2)}\tThey drank {i} .\n" for i in range(40)),
        "dev.tsv": "".join(f"gj04\t{i % 2}\t\tThey ate {i} .\n" for i in range(10)),
        "test.tsv": "index\tsentence\n" + "".join(f"{i}\tThey slept {i} .\n" for i in range(10)),
    }
    corpus = load(written(tmp_path / "cola", cola))
    assert sizes(corpus) == [36, 4, 10]
    assert said(corpus) == ["test.tsv: the file has no labels, so it was passed over."]
    pair = "sentence1\tsentence2\tgold_label\n" + "".join(f"a {i}\tb {i}\t{'xy'[i % 2]}\n" for i in range(20))
    mnli = {"train.tsv": pair, "dev_matched.tsv": pair.replace("a ", "c "), "dev_mismatched.tsv": pair.replace("a ", "d ")}
    mnli |= {f"test_{kind}.tsv": "sentence1\tsentence2\ne\tf\n" for kind in ("matched", "mismatched")}
    corpus = load(written(tmp_path / "mnli", mnli))
    assert list(corpus.splits) == ["train", "dev", "test", "test_dev_mismatched"]
    short = "text\tlabel\n" + "".join(f"film {i}\t{i % 2}\n" for i in range(20))
    hidden = "text\tlabel\n" + "".join(f"new {i}\t-1\n" for i in range(9))
    corpus = load(written(tmp_path / "hidden", {"train.tsv": short, "dev.tsv": "text\tlabel\na\tgood\n", "test.tsv": hidden}))
    assert sizes(corpus)[2] == 1
    assert "the labels of test are all -1" in said(corpus)[0]


def test_labels_that_mean_none_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [{"sentence1": f"a {i}", "sentence2": "b", "gold_label": "-" if i % 3 == 0 else "entailment"} for i in range(60)]
    corpus = load(written(tmp_path, {"snli.jsonl": "".join(json.dumps(row) + "\n" for row in rows)}))
    assert sum(sizes(corpus)) == 40
    assert said(corpus) == [
        "snli.jsonl, line 1: gold_label is '-', which means none here. It and 19 more without a label were left out."
    ]
    signs = "text\tlabel\n" + "".join(f"a {i}\t{'+-'[i % 2]}\n" for i in range(20))
    assert sum(sizes(load(written(tmp_path, {"signs.tsv": signs})))) == 20, "minus is a label beside plus"
    path = written(tmp_path, {"q.tsv": "text\tlabel\n" + "".join(f"a {i}\t{'?xy'[i % 3]}\n" for i in range(30))})
    assert sum(sizes(load(path))) == 30
    assert sum(sizes(load(path, format="tsv", text="text", labels=("label",), none=("?",)))) == 20
    words = [{"tokens": ["Ada", "Love", f"w{i}"], "ner_tags": [1, -100, 0]} for i in range(20)]
    corpus = load(written(tmp_path, {"tags.jsonl": "".join(json.dumps(row) + "\n" for row in words)}))
    assert [word.tags for word in every(corpus)[0].words] == [(("ner_tags", "1"),), (), (("ner_tags", "0"),)]


def test_what_was_taken_for_a_class_has_another_id_now(tmp_path: Path) -> None:
    rows = [{"text": f"a {i}", "label": "-" if i % 3 == 0 else "yes"} for i in range(30)]
    jsonl = FORMATS.get("jsonl")
    for label, otherwise in (("-", True), ("no", False)):
        data = "".join(json.dumps(row | {"label": row["label"].replace("-", label)}) + "\n" for row in rows).encode()
        assert jsonl.mended(data, "a", jsonl.suggest(data, "a.jsonl")) == otherwise
    iob = FORMATS.get("iob")
    for name in LAYOUTS:
        data = LAYOUTS[name].encode()
        assert iob.mended(data, "a", iob.suggest(data, "a.iob")) == (name in {"comments", "heading", "numbers"}), name
    assert jsonl.mended("é".encode("latin-1") + b" \xc3\xa9\n\xc3\xa9", "a", Reading(format="jsonl"))


def test_files_may_name_their_splits_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path, {"f-tr.tsv": TSV, "f-va.tsv": TSV.replace("fine", "new"), "f-te.tsv": TSV.replace("fine", "old")})
    own = (("tr", "train"), ("va", "dev"), ("te", "test"))
    assert sizes(load(path, format="tsv", text="text", labels=("label",), split_names=own)) == [60, 60, 60]
    assert split_names(["tr=train,va=dev", "te=test"]) == own
    for wrong in ("tr", "tr=trn", "=train"):
        with pytest.raises(BadInput, match="names no split"):
            split_names([wrong])
    assert [separator(name) for name in ("tab", "\\t", ";", "pipe", "")] == ["\t", "\t", ";", "|", ""]
    with pytest.raises(BadInput, match="no separator"):
        separator("::")


def test_a_column_of_two_values_is_suggested_as_a_label_and_words_as_the_text() -> None:
    columns = {
        "id": [str(i) for i in range(9)],
        "review": [f"a film of number {i}" for i in range(9)],
        "verdict": ["good", "bad", "good"] * 3,
        "stars": [str(i / 2) for i in range(9)],
        "gaps": ["yes", "", "no"] * 3,
    }
    assert guess(columns) == ("review", ("verdict",))
    assert guess(columns | {"other": columns["review"]})[0] is None
    assert guess({}) == (None, ())
