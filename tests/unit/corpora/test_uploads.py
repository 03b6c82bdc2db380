"""Uploads: checked before they are kept, kept whole under a name of ours, found again."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from probing import corpora
from probing.corpora import uploads as room
from probing.errors import BadInput

SENTENCE = "1\t{0}\t_\tX\t_\t_\t0\troot\t_\t_\n\n"


def text(*forms: str) -> bytes:
    return "".join(SENTENCE.format(form) for form in forms).encode()


THREE = {"train": text("a", "b"), "dev": text("c"), "test": text("d")}


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


def test_one_file_is_kept_and_found_again(tmp_path: Path) -> None:
    kept = corpora.save_upload(tmp_path / "up", "My Bank.conllu", text(*"abcdefghijkl"))
    assert (kept.name, kept.spec) == ("my-bank", "upload:my-bank")
    assert entries(tmp_path / "up") == ["my-bank", "my-bank/data.conllu"]
    again = corpora.find("upload:my-bank", store_uploads=tmp_path / "up", roots=())
    assert again.hash == kept.hash
    assert [len(sentences) for sentences in again.load().splits.values()] == [10, 1, 1]


def test_three_files_are_the_splits_and_hash_as_the_folder_does(tmp_path: Path) -> None:
    kept = corpora.save_upload(tmp_path / "up", "bank", THREE)
    assert {split: s[0].text for split, s in kept.load().splits.items()} == {"train": "a", "dev": "c", "test": "d"}
    (tmp_path / "folder").mkdir()
    for split, data in THREE.items():
        (tmp_path / "folder" / f"{split}.conllu").write_bytes(data)
    assert corpora.find(str(tmp_path / "folder")).hash == kept.hash


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("../../../etc/passwd.conllu", "passwd"),
        ("C:\\Users\\someone\\Bank_1.CONLLU", "bank-1"),
        ("..", None),
        (".conllu", None),
        ("语料库", None),
        ("a" * 300, "a" * 60),
        ("x\x00y.txt", "x-y"),
    ],
)
def test_of_the_browsers_name_only_letters_and_digits_are_used(tmp_path: Path, name: str, slug: str | None) -> None:
    if slug is None:
        with pytest.raises(BadInput, match="give the corpus another name"):
            corpora.save_upload(tmp_path / "up", name, THREE)
        assert entries(tmp_path) == []
    else:
        assert corpora.save_upload(tmp_path / "up", name, THREE).spec == f"upload:{slug}"
        assert entries(tmp_path)[:2] == ["up", f"up/{slug}"]


def test_an_upload_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    first = corpora.save_upload(tmp_path, "bank", text(*"abcdefghijkl"))
    second = corpora.save_upload(tmp_path, "bank", THREE)
    assert first.hash != second.hash
    assert entries(tmp_path) == ["bank", "bank/dev.conllu", "bank/test.conllu", "bank/train.conllu"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "bank/data.conllu holds no sentence"),
        (text(*"abcdefghi"), "9 sentences, too few to split"),
        (text("é").decode().encode("latin-1"), "bank/data.conllu, line 1: byte 0xe9"),
        ({**THREE, "dev": b"1\ta\n"}, "bank/dev.conllu, line 1: the line has 2 tab-separated columns"),
        ({"train": THREE["train"], "test": THREE["test"]}, "one file for each of train, dev and test"),
        ({**THREE, "../x": THREE["dev"]}, "one file for each of train, dev and test"),
    ],
)
def test_what_is_faulty_is_refused_and_loses_nothing(tmp_path: Path, data: bytes | dict[str, bytes], said: str) -> None:
    good = corpora.save_upload(tmp_path, "bank", THREE)
    before = entries(tmp_path)
    with pytest.raises(BadInput, match=said):
        corpora.save_upload(tmp_path, "bank", data)
    assert entries(tmp_path) == before
    assert corpora.find("upload:bank", store_uploads=tmp_path).hash == good.hash


def test_a_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LARGEST", 40)
    with pytest.raises(BadInput, match="The train file has 48 bytes, more than 40"):
        corpora.save_upload(tmp_path, "bank", THREE)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpora.save_upload(tmp_path, "bank", THREE)
    before = entries(tmp_path)

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BadInput, match="The disk is full"):
        corpora.save_upload(tmp_path, "bank", text(*"abcdefghijkl"))
    assert entries(tmp_path) == before


@pytest.mark.parametrize("slug", ["nothing", "", "..", "../bank", "a/b", ".hidden"])
def test_an_upload_that_is_not_there(tmp_path: Path, slug: str) -> None:
    corpora.save_upload(tmp_path / "up", "bank", THREE)
    with pytest.raises(BadInput, match="No upload is called"):
        corpora.find(f"upload:{slug}", store_uploads=tmp_path / "up")
