"""Small files as they are published, and what tests ask of the corpus that is read from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from probing import corpora
from probing.corpora.choosing import brought
from probing.corpora.corpus_files import corpus_files
from probing.corpora.reading import Reading
from probing.corpora.sentence import Corpus

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
    return corpus_files("x", "x", pieces, Reading.parse(reading)).source().load()


def sizes(corpus: Corpus) -> list[int]:
    return [len(sentences) for sentences in corpus.splits.values()]


def every(corpus: Corpus) -> list[Any]:
    """All sentences in the order of their file."""
    return sorted((s for some in corpus.splits.values() for s in some), key=lambda sentence: sentence.line)


def said(corpus: Corpus) -> list[str]:
    return [str(complaint) for complaint in corpus.complaints]


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
LABELLED = pd.DataFrame(FILMS, columns=["text", "label", "score"])


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
