"""Finding a corpus: what may be named, how files become splits, and a hash that names the content."""

from __future__ import annotations

import errno
import shutil
import threading
from pathlib import Path

import pytest

from probing import corpora
from probing.corpora import corpus_file, source
from probing.corpora.grammar import GRAMMAR_SHA256
from probing.errors import BadInput

SENTENCE = "# sent_id = {0}\n1\t{0}\t_\tX\t_\t_\t0\troot\t_\t_\n\n"


def text(*names: str) -> str:
    return "".join(SENTENCE.format(name) for name in names)


def treebank(folder: Path, names: tuple[str, ...] = ("xx-ud-train.conllu", "xx-ud-dev.conllu", "xx-ud-test.conllu")) -> Path:
    folder.mkdir(parents=True)
    for name, forms in zip(names, (("a", "b"), ("c",), ("d",)), strict=True):
        (folder / name).write_text(text(*forms))
    return folder


def forms(corpus: corpora.Source) -> dict[str, list[str]]:
    return {split: [s.text for s in sentences] for split, sentences in corpus.load().splits.items()}


def test_the_embedded_corpus() -> None:
    found = corpora.find(" grammar ")
    assert (found.name, found.spec, found.hash) == ("grammar", "grammar", GRAMMAR_SHA256)
    assert len(found.load().splits["train"]) == 4000
    assert [card.name for card in corpora.CORPORA.cards()] == ["grammar"]


@pytest.mark.parametrize(
    "names",
    [
        ("xx-ud-train.conllu", "xx-ud-dev.conllu", "xx-ud-test.conllu"),
        ("train.conll", "valid.conll", "test.conll"),
        ("A_TRAIN.CONLLU", "A_Validation.CoNLLU", "A_test2.CONLLU"),
    ],
)
def test_a_folder_of_three_files(tmp_path: Path, names: tuple[str, str, str]) -> None:
    found = corpora.find(str(treebank(tmp_path / "bank", names)))
    assert found.name == "bank"
    assert found.spec == str(tmp_path.resolve() / "bank")
    assert forms(found) == {"train": ["a", "b"], "dev": ["c"], "test": ["d"]}
    assert found.load().hash == found.hash


def test_test_is_a_word_of_the_name_and_latest_is_not(tmp_path: Path) -> None:
    folder = treebank(tmp_path / "bank")
    for name in ("latest.conllu", "contested-devices.conllu", "._xx-ud-test.conllu", "test.txt"):
        (folder / name).write_text(text("wrong"))
    (folder / "test").mkdir()
    assert forms(corpora.find(str(folder)))["test"] == ["d"]
    (folder / "xx-ud-test.conllu").unlink()
    with pytest.raises(BadInput, match=r"no test file \(it has contested-devices\.conllu, latest\.conllu, xx-ud-dev"):
        corpora.find(str(folder))


def test_splits_that_cannot_be_told_are_refused(tmp_path: Path) -> None:
    folder = treebank(tmp_path / "two")
    (folder / "en_test.conllu").write_text(text("e"))
    with pytest.raises(BadInput, match=r"several test files \(en_test\.conllu, xx-ud-test\.conllu\)"):
        corpora.find(str(folder))
    folder = treebank(tmp_path / "both", ("train.conllu", "dev-test.conllu", "other.conllu"))
    with pytest.raises(BadInput, match=r"dev-test\.conllu in .* is both dev and test by its name"):
        corpora.find(str(folder))
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"no train file \(it has no file\)"):
        corpora.find(str(tmp_path / "empty"))


def test_the_same_bytes_have_the_same_hash_wherever_they_lie(tmp_path: Path) -> None:
    first = treebank(tmp_path / "here")
    second = treebank(tmp_path / "far" / "away", ("train.conllu", "dev.conllu", "test.conllu"))
    one, two = corpora.find(str(first)), corpora.find(str(second))
    assert one.hash == two.hash
    assert (one.load().name, two.load().name) == ("here", "away")
    (second / "dev.conllu").write_text(text("changed"))
    assert corpora.find(str(second)).hash != one.hash
    shutil.copy(first / "xx-ud-dev.conllu", second / "test.conllu")
    shutil.copy(first / "xx-ud-test.conllu", second / "dev.conllu")
    assert corpora.find(str(second)).hash != one.hash, "dev and test exchanged are another corpus"


def test_one_file_is_split_in_tenths_and_keeps_its_order(tmp_path: Path) -> None:
    names = [f"w{i:03}" for i in range(57)]
    (tmp_path / "a.conllu").write_text(text(*names))
    (tmp_path / "b.conllu").write_text(text(*names))
    found = corpora.find(str(tmp_path / "a.conllu"))
    splits = forms(found)
    assert {split: len(words) for split, words in splits.items()} == {"train": 47, "dev": 5, "test": 5}
    assert sorted(word for words in splits.values() for word in words) == names
    assert all(words == sorted(words) for words in splits.values())
    assert splits["test"] != names[-5:], "the cut is drawn, since a file's end may be of another kind"
    assert "80/10/10" in found.load().description
    assert "seed 0" in found.load().description
    other = corpora.find(str(tmp_path / "b.conllu"))
    assert (other.hash, forms(other)) == (found.hash, splits)


def test_a_file_of_nine_sentences_is_too_few(tmp_path: Path) -> None:
    (tmp_path / "a.conllu").write_text(text(*"abcdefghi"))
    with pytest.raises(BadInput, match=r"a\.conllu has 9 sentences, too few to split"):
        corpora.find(str(tmp_path / "a.conllu")).load()
    (tmp_path / "a.conllu").write_text(text(*"abcdefghij"))
    assert [len(words) for words in forms(corpora.find(str(tmp_path / "a.conllu"))).values()] == [8, 1, 1]


def test_complaints_name_the_file_of_their_split(tmp_path: Path) -> None:
    folder = treebank(tmp_path / "bank")
    (folder / "xx-ud-dev.conllu").write_bytes(text("c").replace("\n", "\r\n").encode())
    (complaint,) = corpora.find(str(folder)).load().complaints
    assert complaint.file == "xx-ud-dev.conllu"


def test_files_are_parsed_once_and_two_corpora_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_parsed", type(source._parsed)())
    found = []
    for name in "abc":
        folder = treebank(tmp_path / name)
        (folder / "xx-ud-train.conllu").write_text(text(name, name))
        found.append(corpora.find(str(folder)))
    first = found[0].load()
    assert found[0].load().splits is first.splits
    found[1].load()
    assert found[0].load().splits is first.splits, "two fit"
    found[2].load()
    assert list(source._parsed) == [found[0].hash, found[2].hash], "the one used longest ago went"


def test_threads_may_load_at_once(tmp_path: Path) -> None:
    found = []
    for name in "abcd":
        folder = treebank(tmp_path / name)
        (folder / "xx-ud-train.conllu").write_text(text(name, name))
        found.append(corpora.find(str(folder)))
    wrong: list[object] = []

    def load(number: int) -> None:
        for turn in range(40):
            chosen = (number + turn) % len(found)
            try:
                if forms(found[chosen])["train"][0] != "abcd"[chosen]:
                    wrong.append(chosen)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=load, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_file_that_changes_or_goes_is_not_read_under_the_old_hash(tmp_path: Path) -> None:
    folder = treebank(tmp_path / "bank")
    (folder / "xx-ud-train.conllu").write_text(text("only", "here"))
    found = corpora.find(str(folder))
    (folder / "xx-ud-train.conllu").write_text(text("meanwhile", "changed"))
    with pytest.raises(BadInput, match="changed while it was being read"):
        found.load()
    (folder / "xx-ud-train.conllu").unlink()
    with pytest.raises(BadInput, match="can no longer be read"):
        found.load()


def test_only_files_under_the_roots_are_read(tmp_path: Path) -> None:
    inside = treebank(tmp_path / "root" / "bank")
    outside = treebank(tmp_path / "other")
    roots = (tmp_path.resolve() / "root",)
    assert corpora.find(str(inside), roots=roots).name == "bank"
    (tmp_path / "root" / "link").symlink_to(outside)
    for spec in (str(outside), str(inside / ".." / ".." / "other"), str(tmp_path / "root" / "link"), "/etc"):
        with pytest.raises(BadInput, match="outside the allowed folders"):
            corpora.find(spec, roots=roots)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "No corpus is named"),
        ("  ", "No corpus is named"),
        ("no/such/folder", "No corpus at"),
        ("gramar", "give a known name, a folder"),
        ("~nobody-of-that-name/bank", "cannot be read"),
        ("x" * 5000, "cannot be read"),
        ("a\x00b", "NUL"),
        ("data:thing", "needs a store"),
    ],
)
def test_what_is_not_there_is_one_sentence(spec: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as error:
        corpora.find(spec)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = treebank(tmp_path / "bank")

    def refused(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(corpus_file, "opened", refused)
    with pytest.raises(BadInput, match="Permission denied"):
        corpora.find(str(folder))


def test_a_real_treebank_by_its_folder(real_data: Path) -> None:
    found = corpora.find(str(real_data / "ud_english_ewt"))
    corpus = found.load()
    assert {split: len(sentences) for split, sentences in corpus.splits.items()} == {"train": 12_544, "dev": 2_001, "test": 2_077}
    assert corpus.complaints == []
    cut = corpus.first({"train": 3000, "dev": 700, "test": 700})
    assert [len(sentences) for sentences in cut.splits.values()] == [3000, 700, 700]
