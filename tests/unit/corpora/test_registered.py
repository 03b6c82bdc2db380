"""Registered corpora: checked before they are kept, kept whole under a name of ours, found again by their mapping."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from probing import corpora
from probing.corpora import registered as room
from probing.corpora import source
from probing.corpora.choosing import brought
from probing.corpora.corpus_file import CorpusFile
from probing.corpora.corpus_files import corpus_files
from probing.corpora.reading import Reading
from probing.errors import BadInput

SENTENCE = "1\t{0}\t_\tX\t_\t_\t0\troot\t_\t_\n\n"


def text(*forms: str) -> bytes:
    return "".join(SENTENCE.format(form) for form in forms).encode()


THREE = [("train.conllu", text("a", "b")), ("dev.conllu", text("c")), ("test.conllu", text("d"))]
TABLE = "".join(f"film {i}\t{'good' if i % 2 else 'bad'}\n" for i in range(20)).encode()


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []


def keep(uploads: Path, name: str, *files: tuple[str, bytes], reading: Reading | None = None) -> corpora.Source:
    return room.register(uploads, name, room.uploaded(files), reading)[0].source()


def test_one_file_is_kept_and_found_again(tmp_path: Path) -> None:
    kept = keep(tmp_path / "up", "My Bank.conllu", ("x.conllu", text(*"abcdefghijkl")))
    assert (kept.name, kept.spec) == ("my-bank", "data:my-bank")
    assert entries(tmp_path / "up") == ["my-bank", "my-bank/00", "my-bank/mapping.json"]
    again = corpora.find("data:my-bank", store_uploads=tmp_path / "up", roots=(tmp_path,))
    assert again.hash == kept.hash
    assert [len(sentences) for sentences in again.load().splits.values()] == [10, 1, 1]


def test_several_files_are_the_splits_and_hash_as_the_folder_does(tmp_path: Path) -> None:
    kept = keep(tmp_path / "up", "bank", *THREE)
    assert {split: s[0].text for split, s in kept.load().splits.items()} == {"train": "a", "dev": "c", "test": "d"}
    (tmp_path / "folder").mkdir()
    for name, data in THREE:
        (tmp_path / "folder" / name).write_bytes(data)
    assert corpora.find(str(tmp_path / "folder")).hash == kept.hash


def test_the_mapping_is_part_of_what_is_hashed_and_is_kept(tmp_path: Path) -> None:
    first = Reading(format="tsv", text="1", labels=("2",), header=False)
    kept = keep(tmp_path, "films", ("films.tsv", TABLE), reading=first)
    other = keep(tmp_path, "other", ("films.tsv", TABLE), reading=first.model_copy(update={"labels": ("1",)}))
    assert kept.hash != other.hash
    found = room.find_registered(tmp_path, "films")
    assert found.reading == first
    corpus = corpora.find("data:films", tmp_path).load()
    assert dict(corpus.splits["train"][0].labels).keys() == {"2"}
    assert corpus.splits["train"][0].id.startswith("films.tsv:"), "complaints keep the file's own name"


def test_files_at_a_path_stay_there_and_are_read_within_the_roots(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "films.tsv").write_bytes(b"text\tlabel\n" + TABLE)
    made, _ = room.register(tmp_path / "up", "films", brought(folder / "films.tsv"))
    assert entries(tmp_path / "up") == ["films", "films/mapping.json"]
    assert corpora.find("data:films", tmp_path / "up", (folder,)).hash == made.hash
    with pytest.raises(BadInput, match="outside the allowed folders"):
        corpora.find("data:films", tmp_path / "up", (tmp_path / "up",))
    (folder / "films.tsv").write_bytes(b"text\tlabel\nanother film\tgood\n" + TABLE)
    assert corpora.find("data:films", tmp_path / "up").hash != made.hash, "what is read anew is another corpus"
    (folder / "films.tsv").unlink()
    with pytest.raises(BadInput, match="which is not there any more"):
        corpora.find("data:films", tmp_path / "up")


def test_a_link_does_not_lead_out_of_the_roots(tmp_path: Path) -> None:
    (tmp_path / "secret.conllu").write_bytes(text(*"abcdefghijkl"))
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "train.conllu").symlink_to(tmp_path / "secret.conllu")
    with pytest.raises(BadInput, match="outside the allowed folders"):
        corpora.find(str(inside), roots=(inside,))


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
        ("snips.json", "snips"),
    ],
)
def test_of_the_browsers_name_only_letters_and_digits_are_used(tmp_path: Path, name: str, slug: str | None) -> None:
    if slug is None:
        with pytest.raises(BadInput, match="give the corpus another name"):
            keep(tmp_path / "up", name, *THREE)
        assert entries(tmp_path) == []
    else:
        assert keep(tmp_path / "up", name, *THREE).spec == f"data:{slug}"
        assert entries(tmp_path)[:2] == ["up", f"up/{slug}"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\a b.tsv", "a-b.tsv"),
        ("", "file"),
        ("...", "file"),
        ("a\nb", "a-b"),
        ("é.csv", "é.csv"),
    ],
)
def test_a_files_name_is_shown_and_never_a_path(name: str, shown: str) -> None:
    assert room.file_name(name) == shown
    assert len(room.file_name("x" * 300 + ".tsv")) == 80


def test_a_corpus_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    first = keep(tmp_path, "bank", ("x.conllu", text(*"abcdefghijkl")))
    second = keep(tmp_path, "bank", *THREE)
    assert first.hash != second.hash
    assert entries(tmp_path) == ["bank", "bank/00", "bank/01", "bank/02", "bank/mapping.json"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "No file is chosen"),
        ([("x.conllu", b"")], r"x\.conllu holds no sentence"),
        ([("x.conllu", text(*"abcdefghi"))], "9 sentences, too few to split"),
        ([("x.conllu", text("é").decode().encode("latin-1"))], r"x\.conllu, line 1: byte 0xe9"),
        ([*THREE[:1], ("dev.conllu", b"1\ta\n"), *THREE[2:]], r"dev\.conllu, line 1: the line has 2 tab-separated columns"),
        (THREE[:2], "bank has no test file"),
        ([*THREE, ("my-test.conllu", text("e"))], "bank has several test files"),
        ([("train.tsv", b"text\tlabel\n" + TABLE), ("more.tsv", b"text\tlabel\n" + TABLE)], r"more\.tsv in bank tells no split"),
        ([("a.pdf", b"%PDF")], r"The format of a\.pdf cannot be told"),
        ([(f"train_{i}.json", b"{}") for i in range(70)], "70 files are too many"),
    ],
)
def test_what_is_faulty_is_refused_and_loses_nothing(tmp_path: Path, files: list[tuple[str, bytes]], said: str) -> None:
    good = keep(tmp_path, "bank", *THREE)
    before = entries(tmp_path)
    with pytest.raises(BadInput, match=said):
        keep(tmp_path, "bank", *files)
    assert entries(tmp_path) == before
    assert corpora.find("data:bank", store_uploads=tmp_path).hash == good.hash


def test_a_size_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LARGEST", 40)
    with pytest.raises(BadInput, match=r"train\.conllu has 48 bytes, more than 40"):
        keep(tmp_path, "bank", *THREE)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, "bank", *THREE)
    before = entries(tmp_path)

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(BadInput, match="The disk is full"):
        keep(tmp_path, "bank", ("x.conllu", text(*"abcdefghijkl")))
    assert entries(tmp_path) == before


@pytest.mark.parametrize("slug", ["nothing", "", "..", "../bank", "a/b", ".hidden"])
def test_a_corpus_that_is_not_there(tmp_path: Path, slug: str) -> None:
    keep(tmp_path / "up", "bank", *THREE)
    for ask in (lambda: corpora.find(f"data:{slug}", store_uploads=tmp_path / "up"), lambda: room.forget(tmp_path / "up", slug)):
        with pytest.raises(BadInput, match="No corpus is registered as"):
            ask()


def test_a_mapping_is_not_believed(tmp_path: Path) -> None:
    keep(tmp_path, "bank", *THREE)
    path = tmp_path / "bank" / "mapping.json"
    good = json.loads(path.read_text())
    for change in ({"more": 1}, {"version": 2}, {"reading": {"format": "tsv", "run": "x"}}):
        path.write_text(json.dumps(good | change))
        with pytest.raises(BadInput, match="mapping of data:bank cannot be read"):
            corpora.find("data:bank", tmp_path)
    path.write_text(json.dumps(good | {"files": [{"name": "x", "split": "", "kept": "../../secret"}]}))
    with pytest.raises(BadInput, match="names a file that is not its own"):
        corpora.find("data:bank", tmp_path)
    path.write_text(json.dumps(good | {"reading": {"format": "pickle"}}))
    with pytest.raises(BadInput, match="Unknown format 'pickle'"):
        corpora.find("data:bank", tmp_path)


def test_forgetting_takes_the_copies_and_leaves_the_files(tmp_path: Path) -> None:
    (tmp_path / "films.tsv").write_bytes(b"text\tlabel\n" + TABLE)
    paths = [tmp_path / "films.tsv"]
    room.register(tmp_path / "up", "films", [CorpusFile.of_path(paths[0])])
    keep(tmp_path / "up", "bank", *THREE)
    assert room.names(tmp_path / "up") == ["data:bank", "data:films"]
    assert "bank" in room.card(tmp_path / "up", "data:bank").title
    room.forget(tmp_path / "up", "films")
    room.forget(tmp_path / "up", "bank")
    assert room.names(tmp_path / "up") == []
    assert paths[0].is_file()


def test_reading_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_parsed", type(source._parsed)())
    heard: list[float] = []
    rows = b"text\tlabel\n" + b"".join(b"a %d\tx\n" % i for i in range(9_000))
    made = corpus_files("long", "data:long", room.uploaded([("train.tsv", rows), ("test.tsv", b"text\tlabel\nb\ty\n")]))
    made.source(heard.append).load()
    assert len(heard) > 4
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1)
    assert all(0 <= share <= 1 for share in heard)


def test_several_files_of_a_split_are_read_in_turn(tmp_path: Path) -> None:
    def intents(name: str, count: int) -> bytes:
        return json.dumps({name: [{"data": [{"text": f"{name} {i}"}]} for i in range(count)]}).encode()

    files = [("train_A.json", intents("A", 20)), ("train_B.json", intents("B", 4)), ("validate_A.json", intents("A", 3))]
    corpus = keep(tmp_path, "turns", *files).load()
    assert {split: len(sentences) for split, sentences in corpus.splits.items()} == {"train": 22, "dev": 2, "test": 3}
    order = [dict(s.labels)["intent"] for s in sorted(corpus.splits["train"] + corpus.splits["dev"], key=lambda s: s.id)]
    assert order.count("B") == 4
    first = [s.text for s in corpus.splits["train"][:6]]
    assert {text.split()[0] for text in first[:4]} == {"A", "B"}, "so a limit does not take one intent alone"
