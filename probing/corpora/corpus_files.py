"""The files of a corpus and how they are read: a hash before they are parsed, then sentences by split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, zip_longest
from pathlib import Path

from cache.keys import digest
from probing.corpora import splits
from probing.corpora.choosing import brought
from probing.corpora.corpus_file import CorpusFile
from probing.corpora.faults import Unlabelled
from probing.corpora.formats import FORMATS, Format, Parsed, Tell, recognised
from probing.corpora.reading import Reading
from probing.corpora.rows import HIDDEN
from probing.corpora.sentence import SPLITS, Complaint, Corpus, Sentence
from probing.corpora.source import Source
from probing.errors import BadInput, first_few

__all__ = ["CorpusFile", "CorpusFiles", "brought", "corpus_files", "from_path", "laid_out"]

_mended: dict[tuple[str, str], bool] = {}  # by bytes and reading: whether they are read otherwise than before
MOST_CACHED = 4_096


@dataclass(frozen=True)
class CorpusFiles:
    """Files and their reading. `spec` finds it again."""

    name: str
    spec: str
    pieces: tuple[CorpusFile, ...]
    reading: Reading

    @cached_property
    def hash(self) -> str:
        """Names the content: bytes, splits and order of the files, the reading, and the version of what reads them.

        What an earlier release read wrongly has another hash since, and nothing else has.
        """
        versions = (FORMATS.get(self.reading.format).version, splits.VERSION)
        files = [part for piece in self.pieces for part in (piece.split, piece.sha)]
        mended = ["mended"] if any(self._read_otherwise(piece) for piece in self.pieces) else []
        return digest("corpus", self.reading.canonical(), *map(str, versions), *files, *mended)

    def _read_otherwise(self, piece: CorpusFile) -> bool:
        key = (piece.sha, self.reading.canonical())
        if key not in _mended:
            while len(_mended) >= MOST_CACHED:
                _mended.pop(next(iter(_mended)))
            _mended[key] = not piece.table and FORMATS.get(self.reading.format).mended(piece.read(), piece.name, self.reading)
        return _mended[key]

    def source(self, tell: Tell = lambda _: None) -> Source:
        """What loads it; `tell` hears what share of the bytes is read, where they are not read already."""
        return Source(self.name, self.spec, self.hash, lambda: self.corpus(tell))

    def corpus(self, tell: Tell) -> Corpus:
        """Parse the files. Several files of a split are read in turn, a sentence from each, where the format says so, else one after another.

        A file without labels is passed over where it is not train. Raises BadInput with file and line.
        """
        read, complaints = FORMATS.get(self.reading.format), list[Complaint]()
        found: dict[str, list[list[Sentence]]] = {}
        total, before = sum(piece.size for piece in self.pieces) or 1, 0
        for piece in self.pieces:
            parsed = self._parsed(read, piece, _part(tell, before / total, piece.size / total), complaints)
            for split, sentences in _by_split(parsed.sentences, parsed.splits, piece.split).items():
                found.setdefault(split, []).append(sentences)
            before += piece.size
            tell(before / total)
        if read.several:
            parts = {split: [row for turn in zip_longest(*some) for row in turn if row] for split, some in found.items()}
        else:
            parts = {split: list(chain.from_iterable(some)) for split, some in found.items()}
        files = first_few([piece.name for piece in self.pieces], 4)
        visible = _without_hidden(parts, self.reading, self.name, complaints)
        divided, cut = splits.divided(visible, self.pieces[0].name if len(self.pieces) == 1 else self.name)
        return Corpus(self.name, self.hash, divided, f"Read from {files}. {cut}".strip(), "", complaints)

    def _parsed(self, read: Format, piece: CorpusFile, tell: Tell, complaints: list[Complaint]) -> Parsed:
        try:
            parsed = read.parse(piece.text(), piece.name, self.reading, tell)
        except Unlabelled:
            if piece.split in {"", "train"}:
                raise
            complaints.append(Complaint(piece.name, 0, "the file has no labels, so it was passed over."))
            return Parsed([])
        complaints.extend(parsed.complaints)
        return parsed


def from_path(path: Path, roots: tuple[Path, ...] | None = None) -> Source:
    """A folder whose files are named after their splits, or one file, of a format that says itself what is what. Raises BadInput."""
    return corpus_files(path.name if path.is_dir() else path.stem, str(path), brought(path, roots)).source()


def corpus_files(name: str, spec: str, pieces: Sequence[CorpusFile], reading: Reading | None = None) -> CorpusFiles:
    """The files as a corpus, each of a split's by its name where nothing else says it; the reading is recognised where none is given.

    Raises BadInput where the format cannot be told or a format that needs three files does not have them.
    """
    if reading is None:
        first = first_of(pieces)
        reading = recognised([(piece.text_name, piece.head) for piece in pieces]).suggest(first.head, first.text_name)
    return CorpusFiles(name, spec, tuple(laid_out(FORMATS.get(reading.format), pieces, name, reading.split_names)), reading)


def first_of(pieces: Sequence[CorpusFile]) -> CorpusFile:
    """The file that tells how all are read: train's, where a name says so."""
    return next((piece for piece in pieces if "train" in (piece.split, *splits.said_by(piece.name))), pieces[0])


def laid_out(read: Format, pieces: Sequence[CorpusFile], where: str, own: Sequence[tuple[str, str]] = ()) -> list[CorpusFile]:
    """The files with their splits; `own` are names of splits. A single file needs none.

    Raises BadInput where a name tells of none or several, or a split has files that are not parts of one.
    """
    if len(pieces) == 1:
        return list(pieces)
    found: list[CorpusFile] = []
    for piece in pieces:
        said = [piece.split] if piece.split else (splits.said_by(piece.name, own) if own else read.splits_of(piece.text_name))
        if len(said) > 1:
            raise BadInput(f"{piece.name} in {where} is both {said[0]} and {said[1]} by its name: give each split a file.")
        if said:
            found.append(replace(piece, split=said[0]))
    has = {piece.split: piece for piece in found}
    missing = next((split for split in (("train", "test") if read.whole else ("train",)) if split not in has), None)
    if missing:
        here = ", ".join(piece.name for piece in pieces[:6])
        raise BadInput(f"{where} has no {missing} file (it has {here}): name one so that '{missing}' is a part of its name.")
    by_split = [[piece for piece in found if piece.split == split] for split in has]
    several = (some for some in by_split if len(some) > 1 and not splits.parts_of_one([piece.name for piece in some]))
    double = next(several, None)
    if double and not read.several:
        names = f"{double[0].name}, {double[1].name}"
        raise BadInput(f"{where} has several {double[0].split} files ({names}): leave one of them there.")
    if len(found) < len(pieces) and not read.whole:
        assigned = {piece.name for piece in found}
        other = next(piece for piece in pieces if piece.name not in assigned)
        raise BadInput(f"{other.name} in {where} tells no split by its name: put train, dev or test in it, or leave it out.")
    order = [*SPLITS, *sorted(set(has) - set(SPLITS))]
    return sorted(
        found, key=lambda piece: (order.index(piece.split), [] if read.several else splits.in_order(piece.name), piece.name)
    )


def _part(tell: Tell, start: float, share: float) -> Tell:
    return lambda done: tell(start + done * share)


def _by_split(sentences: list[Sentence], said: list[str] | None, split: str) -> dict[str, list[Sentence]]:
    if said is None or split:
        return {split: sentences}
    found: dict[str, list[Sentence]] = {}
    for sentence, own in zip(sentences, said, strict=True):
        found.setdefault(own, []).append(sentence)
    return found


def _without_hidden(
    found: dict[str, list[Sentence]], reading: Reading, name: str, complaints: list[Complaint]
) -> dict[str, list[Sentence]]:
    """The splits but those whose labels are all -1 while train has no such label: their labels are kept back."""
    shown = {label for sentence in found.get("train", []) for label in sentence.labels}
    visible = {}
    for split, sentences in found.items():
        hidden = split not in {"", "train"} and sentences and all(_is_hidden(sentence, reading) for sentence in sentences)
        if hidden and not any(label == HIDDEN for _, label in shown):
            complaints.append(
                Complaint(name, 0, f"the labels of {split} are all {HIDDEN}, which is none, so {split} was passed over.")
            )
        else:
            visible[split] = sentences
    return visible


def _is_hidden(sentence: Sentence, reading: Reading) -> bool:
    own = [label for column, label in sentence.labels if column in reading.labels]
    return bool(own) and all(label == HIDDEN for label in own)
