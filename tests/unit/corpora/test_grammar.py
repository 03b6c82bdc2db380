"""The embedded corpus as it ships: what its card promises, its hash, and what is said of a damaged file."""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from probing import corpora
from probing.corpora import grammar
from probing.corpora.sentence import Sentence, Word
from probing.errors import BadInput

SPLITS = grammar.load().splits
EVERY = [sentence for sentences in SPLITS.values() for sentence in sentences]
HASH = "dacdbcfd5e4a9c2f64da20fccb3641fb1d4ccab84969ff55c1bb76de3fd5934f"  # stored runs, cells and links hold it


def test_sizes_and_identity() -> None:
    corpus = grammar.load()
    assert {name: len(sentences) for name, sentences in corpus.splits.items()} == {
        "train": 4000,
        "dev": 500,
        "test": 500,
        "test_seen": 500,
    }
    assert corpus.name == "grammar"
    assert corpus.complaints == []
    assert corpus is grammar.load(), "read once a process"
    assert "not a treebank" in corpus.description
    assert "universaldependencies.org" in corpus.description


def test_the_hash_is_the_one_that_stored_results_hold() -> None:
    assert corpora.find("grammar").hash == grammar.load().hash == HASH
    assert hashlib.sha256(gzip.decompress(grammar.FILE.read_bytes())).hexdigest() == HASH


def test_a_sentence_by_hand() -> None:
    """ "Be small!": every field is read, and no line, since a user does not open the file."""
    assert SPLITS["train"][23] == Sentence(
        "grammar-train-0024",
        (
            Word("Be", "be", "AUX", "VB", (("Mood", "Imp"), ("VerbForm", "Fin")), 2, "cop"),
            Word("small", "small", "ADJ", "JJ", (("Degree", "Pos"),), 0, "root"),
            Word("!", "!", "PUNCT", ".", (), 2, "punct"),
        ),
        line=0,
    )


def test_no_sentence_twice() -> None:
    texts = Counter(sentence.text.lower() for sentence in EVERY)
    assert texts.most_common(1)[0][1] == 1
    assert len({sentence.id for sentence in EVERY}) == len(EVERY)


def test_test_seen_holds_only_words_of_train() -> None:
    known = {word.form.lower() for s in SPLITS["train"] for word in s.words}
    assert {word.form.lower() for s in SPLITS["test_seen"] for word in s.words} <= known


def test_no_content_word_of_train_is_in_dev_or_test() -> None:
    """But for the function words that UD gives an open class (where, when, the verb "be" …)."""
    shared = {"when", "where", "why", "how", "be", "is", "are", "was", "were", "been", "being"}
    content = {
        split: {word.form.lower() for s in sentences for word in s.words if word.upos in {"NOUN", "VERB", "ADJ", "ADV", "PROPN"}}
        for split, sentences in SPLITS.items()
    }
    assert content["train"] & content["dev"] <= shared
    assert content["train"] & content["test"] <= shared
    assert content["dev"] & content["test"] <= shared


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            lambda data: data[: len(data) // 2],
            "cannot be read (Compressed file ended before the end-of-stream marker was reached)",
        ),
        (lambda _: b"version https://git-lfs.github.com/spec/v1\n", "cannot be read (Not a gzipped file"),
        (lambda data: data[:1000] + bytes(100) + data[1100:], "cannot be read ("),
        (lambda _: b"", "is not the file of this release of Strata"),
        (
            lambda data: gzip.compress(gzip.decompress(data).replace(b"NOUN", b"VERB", 1), 1),
            "is not the file of this release of Strata",
        ),
        (None, "cannot be read (No such file or directory)"),
    ],
)
def test_a_damaged_file_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[bytes], bytes] | None, words: str
) -> None:
    file = tmp_path / grammar.FILE.name
    if damage:
        file.write_bytes(damage(grammar.FILE.read_bytes()))
    monkeypatch.setattr(grammar, "FILE", file)
    with pytest.raises(BadInput) as caught:
        grammar.load.__wrapped__()
    said = str(caught.value)
    assert said.startswith(f"{file} {words}")
    assert said.endswith("again.")
    assert "\n" not in said
