"""Files as they are published: each kind by a small one made here, with what is right, or the sentence that refuses it."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from probing import corpora
from probing.corpora import registered
from probing.corpora.bundle import bundle
from probing.corpora.choosing import brought
from probing.corpora.formats import FORMATS
from probing.corpora.reading import Reading, separator, split_names
from probing.corpora.sentence import Corpus
from probing.errors import BadInput

FILMS = [(f"A fine film, number {i} .", "good" if i % 2 else "bad", i / 4) for i in range(60)]
TSV = "text\tlabel\tscore\n" + "".join(f"{text}\t{label}\t{score}\n" for text, label, score in FILMS)
TREE = "# sent_id = {0}\n1\tDogs\tdog\tNOUN\t_\t_\t2\tnsubj\t_\t_\n2\trun{0}\trun\tVERB\t_\t_\t0\troot\t_\t_\n\n"
NAMES = [(("Ada", "B-PER"), (f"Love{i}", "I-PER"), ("sees", "O"), ("Riga", "B-LOC"), (".", "O")) for i in range(30)]


def trees(start: int, count: int) -> str:
    return "".join(TREE.format(i) for i in range(start, start + count))


def written(folder: Path, files: dict[str, str | bytes]) -> Path:
    """The files in a folder; the file itself where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return folder / next(iter(files)) if len(files) == 1 else folder


def load(path: Path, **reading: Any) -> Corpus:
    if not reading:
        return corpora.find(str(path)).load()
    pieces = brought(path)
    return bundle("x", "x", pieces, Reading.parse(reading)).source().load()


def sizes(corpus: Corpus) -> list[int]:
    return [len(sentences) for sentences in corpus.splits.values()]


def every(corpus: Corpus) -> list[Any]:
    """All sentences in the order of their file."""
    return sorted((s for some in corpus.splits.values() for s in some), key=lambda sentence: sentence.line)


def said(corpus: Corpus) -> list[str]:
    return [str(complaint) for complaint in corpus.complaints]


# No id of what was read rightly moves


OLD = {
    "a.tsv": "cf5cc09f757b5e4eaadbed5a0fd068f2",
    "a.csv": "bf6e49f6e435326418ba15f8aef128cf",
    "a.jsonl": "2b5a948402782b97f35b5cbb23c381a5",
    "latin.tsv": "9073a3c780f008a19bf5cc670aa3d8d2",
    "signs.tsv": "3e3cb34cbaa4b1255bd4e9ed610b6680",
    "ints.tsv": "b657a87e837700c9c68a1b5fd99e208e",
    "a.iob": "f57bd344d14bf3e9a7872eb23f0e3231",
    "b.iob": "c8083aa68f87e615f514c51b6e3d0cad",
    "cola.tsv": "3483efd9f8bd516733cc12bbb334ae17",
    "e.jsonl": "6fe9173c067af2421c21fd90db9b1cec",
    "bank": "9b91cba2e4c4a8180a92b1d3fd5d6d2a",
    "snips": "4cd7dbb68e9c86aba6bcdac87c6b6bea",
}


def test_ids_of_what_was_read_rightly_are_as_they_were(tmp_path: Path) -> None:
    rows = [(f"A fine film number {i} .", "good" if i % 2 else "bad") for i in range(20)]
    word = "1\t{0}\t_\tX\t_\t_\t0\troot\t_\t_\n\n"
    arcs = [{"text": f"dogs run{i}", "targets": [{"span1": [1, 2], "span2": [0, 1], "label": "nsubj"}]} for i in range(20)]
    written(
        tmp_path,
        {
            "a.tsv": "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in rows),
            "a.csv": "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows),
            "a.jsonl": "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows),
            "latin.tsv": ("text\tlabel\n" + "".join(f"café {text}\t{label}\n" for text, label in rows)).encode("latin-1"),
            "signs.tsv": "text\tlabel\n" + "".join(f"{text}\t{'+-'[i % 2]}\n" for i, (text, _) in enumerate(rows)),
            "ints.tsv": "text\tlabel\n" + "".join(f"{text}\t{i % 3 - 1}\n" for i, (text, _) in enumerate(rows)),
            "a.iob": "".join(f"# id {i}\nAda{i} NNP I-NP I-PER\nwrites VBZ I-VP O\n\n" for i in range(20)),
            "b.iob": "".join(f"Ada{i} B-PER\nwrites O\n\n" for i in range(20)),
            "cola.tsv": "".join(f"gj04\t{i % 2}\t\tThey drank {i}.\n" for i in range(20)),
            "e.jsonl": "".join(json.dumps(arc) + "\n" for arc in arcs),
            **{f"bank/x-{split}.conllu": word.format(split) for split in ("train", "dev", "test")},
            **{f"snips/train_{n}.json": json.dumps({n: [{"data": [{"text": f"{n} {i}"}]} for i in range(12)]}) for n in "AB"},
        },
    )
    assert {name: corpora.find(str(tmp_path / name)).hash for name in OLD} == OLD
    plain = Reading(format="tsv", text="a", labels=("b",))
    assert plain.canonical() == (
        '{"format":"tsv","text":"a","second":null,"labels":["b"],"numbers":[],"split":null,"header":true}'
    )
    assert '"sep":";"' in plain.model_copy(update={"sep": ";"}).canonical()


# Treebanks


def test_a_release_has_text_and_licences_beside_it(tmp_path: Path) -> None:
    files = {f"en-ud-{split}.conllu": trees(start, 10) for start, split in ((0, "train"), (20, "dev"), (40, "test"))}
    beside = {f"en-ud-{split}.txt": "The dog sees.\n" for split in ("train", "dev", "test")}
    path = written(tmp_path / "bank", files | beside | {"LICENSE.txt": "x", "README.md": "x", "stats.xml": "x"})
    assert sizes(load(path)) == [10, 10, 10]


def test_parts_of_train_are_one_split_in_their_order(tmp_path: Path) -> None:
    parts = {f"ru-ud-train-{letter}.conllu": trees(start, 3) for start, letter in ((0, "a"), (3, "b"), (6, "c"))}
    path = written(tmp_path / "bank", parts | {"ru-ud-dev.conllu": trees(20, 2), "ru-ud-test.conllu": trees(30, 2)})
    assert [sentence.id for sentence in load(path).splits["train"]] == [str(i) for i in range(9)]
    parts = {f"train-{i}-of-11.tsv": f"text\tlabel\nfilm {i}\tx\n" for i in range(12)}
    corpus = load(written(tmp_path / "shards", parts | {"test.tsv": TSV}))
    assert [s.text for s in [*corpus.splits["train"], *corpus.splits["dev"]] if s.text == "film 10"] == ["film 10"]
    order = [int(s.forms[1]) for s in corpus.splits["train"]]
    assert order == sorted(order)
    with pytest.raises(BadInput, match=r"several train files \(train\.tsv, train_old\.tsv\)"):
        load(written(tmp_path / "two", {"train.tsv": TSV, "train_old.tsv": TSV, "test.tsv": TSV}))


def test_test_alone_is_cut_and_a_missing_dev_is_a_tenth_of_train(tmp_path: Path) -> None:
    path = written(tmp_path / "pud", {"en_pud-ud-test.conllu": trees(0, 40), "LICENSE.txt": "x", "stats.xml": "x"})
    assert sizes(load(path)) == [32, 4, 4]
    path = written(tmp_path / "small", {"kmr-ud-train.conllu": trees(0, 20), "kmr-ud-test.conllu": trees(50, 30)})
    assert sizes(load(path)) == [18, 2, 30]


def test_withheld_text_is_refused_with_the_reason(tmp_path: Path) -> None:
    hidden = "".join("# text = _\n1\t_\t_\tDET\t_\t_\t2\tdet\t_\t_\n2\t_\t_\tNOUN\t_\t_\t0\troot\t_\t_\n\n" for _ in range(20))
    with pytest.raises(
        BadInput, match=r"published without its text \(40 of 40 words are '_'\), so a model has nothing to read: put"
    ):
        load(written(tmp_path, {"x.conllu": hidden}))


# Bytes


def test_a_byte_that_is_not_utf_8_costs_its_line(tmp_path: Path) -> None:
    rows = [f"Le café numéro {i} est très bon .\t{'oui' if i % 2 else 'non'}\n".encode() for i in range(60)]
    rows[49] = "Le café numéro 49 .\tnon\n".encode("latin-1")
    corpus = load(written(tmp_path, {"a.tsv": b"text\tlabel\n" + b"".join(rows)}))
    assert sum(sizes(corpus)) == 59
    assert all(sentence.forms[1] == "café" for sentence in every(corpus))
    assert said(corpus) == ["a.tsv, line 51: byte 0xe9 is not UTF-8. The sentence was left out."]


@pytest.mark.parametrize(("codec", "name"), [("cp1252", "Windows-1252"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16-LE")])
def test_a_whole_file_in_another_encoding_is_read_as_that(tmp_path: Path, codec: str, name: str) -> None:
    text = "text,label\n" + "".join(f"“Fünf” € {i},{'xy'[i % 2]}\n" for i in range(20))
    corpus = load(written(tmp_path, {"a.csv": text.encode(codec)}))
    assert every(corpus)[0].forms == ("“", "Fünf", "”", "€", "0")
    assert len(said(corpus)) == 1
    assert name in said(corpus)[0]


def test_signs_that_were_written_as_two_halves_are_one(tmp_path: Path) -> None:
    rows = ["café\tx".encode(), b"pizza \xed\xa0\xbc\xed\xbd\x95\tx", *(b"film %d\ty" % i for i in range(20))]
    corpus = load(written(tmp_path, {"a.tsv": b"text\tlabel\n" + b"\n".join(rows)}))
    assert [sentence.forms for sentence in every(corpus)[:2]] == [("café",), ("pizza", "🍕")]
    assert said(corpus) == ["a.tsv, line 3: signs are written as two halves, such as of an emoji, and were read as one (1)."]


def test_half_an_emoji_in_json_is_read_as_an_unknown_sign(tmp_path: Path) -> None:
    rows = [{"text": f"A film {i} \ud83d", "label": "x"} for i in range(20)] + [{"text": "whole 🍕 \\ud83d", "label": "y"}]
    corpus = load(written(tmp_path, {"a.jsonl": "".join(json.dumps(row) + "\n" for row in rows)}))
    assert sum(sizes(corpus)) == 21
    assert {s.forms[-1] for s in every(corpus)[:20]} == {"�"}
    assert every(corpus)[20].text == "whole 🍕 \\ ud83d"
    assert said(corpus) == ["a.jsonl, line 1: 20 halves of signs, such as of an emoji that was cut in two, were read as �."]


def test_an_encoding_may_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, {"a.tsv": ("text\tlabel\n" + "".join(f"при {i}\tx\n" for i in range(20))).encode("koi8-r")})
    corpus = load(path, format="tsv", text="text", labels=("label",), encoding="koi8_r")
    assert every(corpus)[0].forms == ("при", "0")
    with pytest.raises(BadInput, match="the bytes are not ASCII: name the file's encoding with --encoding") as error:
        load(path, format="tsv", text="text", labels=("label",), encoding="ascii")
    assert "choose the file's encoding" in error.value.data
    for wrong in ("rot13", "base64", "idna", "unicode_escape", "nothing", "\x00"):
        with pytest.raises(BadInput, match="no encoding of text"):
            Reading.parse({"format": "tsv", "encoding": wrong})


# Tags in columns


def iob(rows: Callable[[tuple[tuple[str, str], ...], int], list[str]]) -> str:
    return "".join("\n".join(rows(sentence, number)) + "\n\n" for number, sentence in enumerate(NAMES))


def tags(sentence: Any) -> list[str]:
    return [value for word in sentence.words for _, value in word.tags]


LAYOUTS = {
    "comments": iob(lambda s, n: [f"# sent_id = s{n}", *(f"{form} NN B-NP {tag}" for form, tag in s)]),
    "more comments": iob(lambda s, n: [f"# sent_id = {n}", f"# text = a b {n}", *(f"{form}\t{tag}" for form, tag in s)]),
    "heading": "word\ttag\n" + iob(lambda s, _: [f"{form}\t{tag}" for form, tag in s]),
    "numbers": iob(
        lambda s, n: [f"# text = x {n}", *(f"{i}\t{form}\t{tag}\t-\tann{n % 2}" for i, (form, tag) in enumerate(s, 1))]
    ),
    "documents": "-DOCSTART- -X- O\n\n" + iob(lambda s, _: [f"{form} NN {tag}" for form, tag in s]),
    "underscores": iob(lambda s, _: [f"{form} {tag.replace('-', '_')}" for form, tag in s]),
    "bare types": iob(lambda s, _: [*(f"{form} {tag[2:] or 'O'}" for form, tag in s), "and O", "so O"]),
    "BILOU": iob(lambda s, _: [f"{f} {t}" for (f, _), t in zip(s, ("B-PER", "L-PER", "O", "U-LOC", "O"), strict=True)]),
    "BMES": iob(lambda s, _: [f"{f} {t}" for (f, _), t in zip(s, ("B-PER", "E-PER", "O", "S-LOC", "O"), strict=True)]),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_tags_in_columns_become_bio_and_words_are_words(tmp_path: Path, name: str) -> None:
    corpus = load(written(tmp_path, {"a.conll": LAYOUTS[name]}))
    found = every(corpus)
    assert len(found) == 30
    for sentence, (expected, number) in zip(found, zip(NAMES, range(30), strict=True), strict=True):
        assert sentence.forms[:5] == tuple(form for form, _ in expected), number
        assert tags(sentence)[:5] == [tag for _, tag in expected]
    assert len(said(corpus)) == (name == "heading")


def test_a_hash_is_a_word_where_it_has_a_tag_and_plain_tags_stay(tmp_path: Path) -> None:
    corpus = load(written(tmp_path, {"a.iob": "".join(f"# O\n{i} B-NUM\nand I-NUM\n\n" for i in range(20))}))
    assert {s.forms[0] for s in every(corpus)} == {"#"}
    corpus = load(written(tmp_path, {"b.iob": "".join(f"run{i} VB\nO O\nit PRP\n\n" for i in range(20))}))
    assert tags(every(corpus)[0]) == ["VB", "O", "PRP"], "part-of-speech tags may have an O of their own"


# Tables


LABELLED = pd.DataFrame(FILMS, columns=["text", "label", "score"])
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


# Wrapped


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(
                zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED
            )  # a date of its own would change the name of a test
    return buffer.getvalue()


def table(kind: str) -> bytes:
    buffer = io.BytesIO()
    getattr(LABELLED, f"to_{kind}")(buffer, index=False)
    return buffer.getvalue()


def test_what_is_packed_is_what_is_in_it(tmp_path: Path) -> None:
    plain = corpora.find(str(written(tmp_path, {"films.tsv": TSV})))
    packed = {"films.tsv.gz": gzip.compress(TSV.encode()), "films.zip": zipped({"x/films.tsv": TSV, "x/README.txt": "x"})}
    for name, data in packed.items():
        found = corpora.find(str(written(tmp_path, {name: data})))
        assert found.hash == plain.hash, name
        assert found.load().splits == plain.load().splits
        made, _ = registered.register(tmp_path / "up", "own", registered.uploaded([(name, data)]))
        assert made.hash == plain.hash
        assert registered.find_registered(tmp_path / "up", "own").hash == plain.hash
    path = written(tmp_path, {"splits.zip": zipped({f"d/{split}.tsv": TSV for split in ("train", "dev", "test")})})
    made, corpus = registered.register(tmp_path / "up", "splits", brought(path))
    assert sizes(corpus) == [60, 60, 60]
    assert registered.find_registered(tmp_path / "up", "splits").hash == made.hash, "members are found in the archive again"


@pytest.mark.parametrize(("kind", "ending"), [("parquet", "parquet"), ("excel", "xlsx")])
def test_parquet_and_workbooks_are_tables(tmp_path: Path, kind: str, ending: str) -> None:
    data = table(kind)
    found = corpora.find(str(written(tmp_path, {f"films.{ending}": data})))
    texts = {s.text: dict(s.labels) for s in every(found.load())}
    assert len(texts) == 60
    assert texts["A fine film , number 3 ."] == {"label": "good", "score": "0.75"}
    registered.register(tmp_path / "up", "own", registered.uploaded([(f"films.{ending}", data)]))
    assert registered.find_registered(tmp_path / "up", "own").hash == found.hash
    with pytest.raises(BadInput, match=r"damaged|no train file|cannot be told"):
        load(written(tmp_path, {f"half.{ending}": data[: len(data) // 2]}))


def test_labels_of_parquet_have_the_names_that_a_hub_keeps_beside_them(tmp_path: Path) -> None:
    import datasets

    made = datasets.Dataset.from_list([{"text": f"a {i}", "label": i % 3 - 1} for i in range(30)])
    made = made.cast_column("label", datasets.ClassLabel(names=["no", "yes"]))
    made.to_parquet(str(tmp_path / "a.parquet"))
    corpus = load(tmp_path / "a.parquet")
    assert {dict(s.labels)["label"] for s in every(corpus)} == {"no", "yes"}
    assert said(corpus) == ["a.parquet, line 1: label is empty. It and 9 more without a label were left out."]


def test_a_workbook_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    path = written(tmp_path, {"films.xlsx": table("excel")})
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(BadInput, match="openpyxl, which reads those, is not installed: install it, or save the sheet as CSV"):
        load(path)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        (
            "a.tar.gz",
            gzip.compress(b"x" * 257 + b"ustar" + b"\0" * 300, mtime=0),
            "is a tar archive, which is not read here: unpack it",
        ),
        ("a.tsv.bz2", b"BZh91AY&SY", "is a bzip2 archive"),
        (
            "a.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "is a workbook of old Excel, which is not read here: save it as .xlsx or CSV",
        ),
        ("a.tsv.gz", gzip.compress(TSV.encode(), mtime=0)[:-20], "is damaged gzip"),
        ("a.zip", zipped({"a.tsv": TSV})[:-30], "is a damaged zip archive"),
        ("a.zip", zipped({"a.bin": "x"}), "has no train file"),
        ("a.zip", zipped({f"{i}-train.tsv": "x" for i in range(70)}), "holds 70 files of a corpus, more than 64"),
        ("a.parquet", b"PAR1" * 10, "is a damaged parquet file"),
        ("a.xlsx", zipped({"a": "b"}), "is a damaged workbook"),
    ],
)
def test_what_cannot_be_unpacked_is_one_sentence(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        load(written(tmp_path, {name: data}))


# Limits


def test_only_files_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.tsv")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the path of a socket is short
        listener.bind("socket.tsv")
        for name, kind in (("pipe.tsv", "pipe"), ("socket.tsv", "socket"), ("/dev/zero", "device")):
            with pytest.raises(BadInput, match=f"is a {kind}, and only a file can be read"):
                corpora.find(str(tmp_path / name))


@pytest.mark.parametrize(
    ("setting", "value", "name", "data"),
    [
        ("STRATA_MAX_FILE_MB", "1", "a.tsv", b"text\tlabel\n" + b"a b\tx\n" * 200_000),
        ("STRATA_MAX_FILE_MB", "1", "a.tsv.gz", gzip.compress(b"text\tlabel\n" + b"a b\tx\n" * 200_000, mtime=0)),
        ("STRATA_MAX_FILE_MB", "1", "a.zip", zipped({"a.tsv": "a b\tx\n" * 200_000})),
        ("STRATA_MAX_LINE_MB", "1", "a.tsv", b"text\tlabel\n" + b"a" * 1_200_000),
        ("STRATA_MAX_LINE_MB", "1", "a.tsv.gz", gzip.compress(b"\0" * 5_000_000, mtime=0)),
        ("STRATA_MAX_ROWS", "50", "a.tsv", TSV.encode()),
        ("STRATA_MAX_ROWS", "50", "a.parquet", table("parquet")),
        ("STRATA_MAX_ROWS", "50", "a.xlsx", table("excel")),
    ],
)
def test_what_is_beyond_a_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, name: str, data: bytes
) -> None:
    monkeypatch.setenv(setting, value)
    path = written(tmp_path, {name: data})
    with pytest.raises(BadInput, match=f"larger {setting}"):
        load(path)
    monkeypatch.setenv("STRATA_MAX_ROWS", "many")
    with pytest.raises(BadInput, match="STRATA_MAX_ROWS is 'many': give a size in rows above 0"):
        load(path)


def test_a_sparse_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    import tracemalloc

    with (tmp_path / "a.tsv").open("wb") as file:
        file.truncate(3_000_000_000)
    tracemalloc.start()
    with pytest.raises(BadInput, match="more than"):
        corpora.find(str(tmp_path / "a.tsv"))
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_links_in_a_folder_do_not_lead_out(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    written(inside, {"test.tsv": TSV, "dev.tsv": TSV})
    (written(tmp_path, {"secret.tsv": TSV})).rename(tmp_path / "secret")
    (inside / "train.tsv").symlink_to(tmp_path / "secret")
    with pytest.raises(BadInput, match="outside the allowed folders"):
        corpora.find(str(inside), roots=(inside,))


# Advice


@pytest.mark.parametrize(
    ("name", "data", "command", "data_page"),
    [
        ("a.tsv", "a\tb\nx\ty\n", "--text COLUMN", "choose its column below"),
        ("a.pdf", "%PDF", "--format", "choose one of the formats"),
        ("a.csv", "text,text\n1,2\n", "--no-header", "say above that the first line"),
    ],
)
def test_advice_is_for_the_place_where_it_is_given(tmp_path: Path, name: str, data: str, command: str, data_page: str) -> None:
    with pytest.raises(BadInput) as error:
        load(written(tmp_path, {name: data}))
    assert command in str(error.value)
    assert data_page in error.value.data
    assert "--" not in error.value.data + error.value.page
    assert "Data page" not in error.value.data, "a page never sends people to itself"
