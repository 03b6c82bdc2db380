"""Sentences written for the tests, annotated by hand, and a corpus of them."""

from __future__ import annotations

from pathlib import Path

from probing.corpora.conllu import parse_conllu
from probing.corpora.sentence import Corpus, Sentence


def read(language: str) -> dict[str, Sentence]:
    """By id: en1 …, pl1 …, cs1."""
    file = f"{language}.conllu"
    sentences, complaints = parse_conllu((Path(__file__).parent / "treebanks" / file).read_bytes(), file)
    assert not complaints
    return {sentence.id: sentence for sentence in sentences}


ENGLISH, POLISH, CZECH = read("english"), read("polish"), read("czech")
ALL = ENGLISH | POLISH | CZECH


def corpus(splits: dict[str, list[Sentence]]) -> Corpus:
    return Corpus("made", "h", splits)
