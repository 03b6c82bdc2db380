"""Files as they are published: each kind by a small one made here, with what is right, or the sentence that refuses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from probing import corpora
from probing.corpora.reading import Reading
from probing.errors import BadInput
from tests.unit.corpora.published import (
    LAYOUTS,
    NAMES,
    TSV,
    every,
    load,
    said,
    sizes,
    tags,
    trees,
    written,
)

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
    assert "Add data" not in error.value.data, "a page never sends people to itself"
