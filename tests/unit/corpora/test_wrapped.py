"""Files inside files: gzip, zip, parquet and workbooks, with what is right, or the sentence that refuses them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from probing import corpora
from probing.corpora import registered
from probing.corpora.choosing import brought
from probing.errors import BadInput
from tests.unit.corpora.published import (
    TSV,
    every,
    load,
    said,
    sizes,
    table,
    written,
    zipped,
)


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
