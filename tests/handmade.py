"""Sentences written for the tests, annotated by hand, and a corpus of them."""

from __future__ import annotations

from collections.abc import Iterable
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


def to_conllu(sentences: Iterable[Sentence]) -> str:
    """The text of sentences; `parse_conllu` reads them back equal, but for their line numbers."""
    blocks = []
    for sentence in sentences:
        lines = [f"# sent_id = {sentence.id}", f"# text = {sentence.text}"]
        for index, word in enumerate(sentence.words, start=1):
            feats = "|".join(f"{key}={value}" for key, value in word.feats) or "_"
            head = "_" if word.head < 0 else str(word.head)
            lines.append("\t".join((str(index), word.form, word.lemma, word.upos, word.xpos, feats, head, word.deprel, "_", "_")))
        blocks.append("\n".join(lines) + "\n\n")
    return "".join(blocks)
