"""The files of a corpus and how they are read: a hash before they are parsed, then sentences by split."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

from cache.keys import digest, file_sha256
from probing.corpora import splits
from probing.corpora.formats import FORMATS, HEAD, Format, Tell, recognised
from probing.corpora.reading import Reading
from probing.corpora.sentence import SPLITS, Complaint, Corpus, Sentence
from probing.corpora.source import Source
from probing.errors import BadInput
from probing.settings import inside_roots


@dataclass(frozen=True)
class Piece:
    """A file: the name that complaints use, the split it holds ("" where nothing says it), and its bytes, known by their hash."""

    name: str
    split: str
    sha: str
    size: int
    read: Callable[[], bytes] = field(repr=False, compare=False)
    head: bytes = field(repr=False, compare=False, default=b"")

    @classmethod
    def of_path(cls, path: Path, split: str = "", name: str = "") -> Piece:
        """Raises OSError where the file cannot be read; its bytes are those hashed here whenever they are read."""
        sha = file_sha256(path)
        with path.open("rb") as stream:
            head = stream.read(HEAD)
        return cls(name or path.name, split, sha, path.stat().st_size, lambda: _bytes(path, sha), head)

    @classmethod
    def of_bytes(cls, name: str, data: bytes, split: str = "") -> Piece:
        return cls(name, split, hashlib.sha256(data).hexdigest(), len(data), lambda: data, data[:HEAD])


@dataclass(frozen=True)
class Bundle:
    """Files and their reading. `spec` finds it again."""

    name: str
    spec: str
    pieces: tuple[Piece, ...]
    reading: Reading

    @property
    def hash(self) -> str:
        """Names the content: bytes, splits and order of the files, the reading, and the version of what reads them."""
        versions = (FORMATS.get(self.reading.format).version, splits.VERSION)
        files = (part for piece in self.pieces for part in (piece.split, piece.sha))
        return digest("corpus", self.reading.model_dump_json(), *map(str, versions), *files)

    def source(self, tell: Tell = lambda _: None) -> Source:
        """What loads it; `tell` hears what share of the bytes is read, where they are not read already."""
        return Source(self.name, self.spec, self.hash, lambda: self.corpus(tell))

    def corpus(self, tell: Tell) -> Corpus:
        """Parse the files. Several files of a split are read in turn, a sentence from each.

        Raises BadInput with file and line.
        """
        read, complaints = FORMATS.get(self.reading.format), list[Complaint]()
        found: dict[str, list[list[Sentence]]] = {}
        total, before = sum(piece.size for piece in self.pieces) or 1, 0
        for piece in self.pieces:
            parsed = read.parse(piece.read(), piece.name, self.reading, _part(tell, before / total, piece.size / total))
            complaints.extend(parsed.complaints)
            for split, sentences in _by_split(parsed.sentences, parsed.splits, piece.split).items():
                found.setdefault(split, []).append(sentences)
            before += piece.size
            tell(before / total)
        whole = {split: _in_turn(parts) for split, parts in found.items()}
        files = ", ".join(piece.name for piece in self.pieces[:4]) + (" …" if len(self.pieces) > 4 else "")
        divided, cut = splits.divided(whole, self.pieces[0].name if len(self.pieces) == 1 else self.name)
        return Corpus(self.name, self.hash, divided, f"Read from {files}. {cut}".strip(), "", complaints)


def from_path(path: Path, roots: tuple[Path, ...] | None = None) -> Source:
    """A folder whose files are named after their splits, or one file, of a format that says itself what is what. Raises BadInput."""
    files = [Piece.of_path(file) for file in files_of(path, roots)]
    return bundle(path.name if path.is_dir() else path.stem, str(path), files).source()


def bundle(name: str, spec: str, pieces: Sequence[Piece], reading: Reading | None = None) -> Bundle:
    """The files as a corpus, each of a split's by its name where nothing else says it; the reading is recognised where none is given.

    Raises BadInput where the format cannot be told or a format that needs three files does not have them.
    """
    first = next((piece for piece in pieces if piece.split == "train"), pieces[0])
    if reading is None:
        reading = recognised([(piece.name, piece.head) for piece in pieces]).suggest(first.head, first.name, True)
    return Bundle(name, spec, tuple(laid_out(FORMATS.get(reading.format), pieces, name)), reading)


def laid_out(read: Format, pieces: Sequence[Piece], where: str) -> list[Piece]:
    """The files with their splits. A single file needs none. Raises BadInput where a name tells of none or several, or a split is twice."""
    if len(pieces) == 1:
        return list(pieces)
    found: list[Piece] = []
    for piece in pieces:
        said = [piece.split] if piece.split else read.splits_of(piece.name)
        if len(said) > 1:
            raise BadInput(f"{piece.name} in {where} is both {said[0]} and {said[1]} by its name: give each split a file.")
        if said:
            found.append(replace(piece, split=said[0]))
    has = {piece.split: piece for piece in found}
    missing = next((split for split in (SPLITS if read.whole else ("train",)) if split not in has), None)
    if missing:
        here = ", ".join(piece.name for piece in pieces[:6])
        raise BadInput(f"{where} has no {missing} file (it has {here}): name one so that '{missing}' is a part of its name.")
    twins = [[piece for piece in found if piece.split == split] for split in has]
    double = next((twin for twin in twins if len(twin) > 1), None)
    if double and not read.several:
        names = f"{double[0].name}, {double[1].name}"
        raise BadInput(f"{where} has several {double[0].split} files ({names}): leave one of them there.")
    if len(found) < len(pieces) and not read.whole:
        other = next(piece for piece in pieces if not (piece.split or read.splits_of(piece.name)))
        raise BadInput(f"{other.name} in {where} tells no split by its name: put train, dev or test in it, or leave it out.")
    order = [*SPLITS, *sorted(set(has) - set(SPLITS))]
    return sorted(found, key=lambda piece: (order.index(piece.split), piece.name))


def files_of(path: Path, roots: tuple[Path, ...] | None = None) -> list[Path]:
    """A file, or those of a folder that share an ending which a format has and of which one is train's by its name.

    Raises BadInput where there are none, and where a link leads out of the roots.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadInput(f"No corpus at {path}: give a known name, a folder with train, dev and test files, or one file.")
    files = sorted(file for file in path.iterdir() if not file.name.startswith(".") and file.is_file())
    endings = dict.fromkeys(ending for read in FORMATS for ending in read.endings)
    groups = [[file for file in files if file.suffix.lower() == ending] for ending in endings]
    groups[:2] = [sorted(groups[0] + groups[1])]  # .conllu and .conll name the same format
    chosen = next((group for group in groups if any("train" in splits.said_by(file.name) for file in group)), None)
    if chosen is None:
        chosen = next((group for group in groups if len(group) > 1), None)
    if chosen is None:
        here = ", ".join(file.name for file in files[:6]) or "no file"
        raise BadInput(f"{path} has no train file (it has {here}): name one so that 'train' is a part of its name.")
    return [inside_roots(str(file), roots) and file for file in chosen]


def _part(tell: Tell, start: float, share: float) -> Tell:
    return lambda done: tell(start + done * share)


def _by_split(sentences: list[Sentence], said: list[str] | None, split: str) -> dict[str, list[Sentence]]:
    if said is None or split:
        return {split: sentences}
    found: dict[str, list[Sentence]] = {}
    for sentence, own in zip(sentences, said, strict=True):
        found.setdefault(own, []).append(sentence)
    return found


def _in_turn(parts: Sequence[list[Sentence]]) -> list[Sentence]:
    if len(parts) == 1:
        return parts[0]
    return [sentence for row in zip_longest(*parts) for sentence in row if sentence is not None]


def _bytes(path: Path, sha: str) -> bytes:
    """The file's bytes, which are to be those that were hashed: a corpus never goes by the hash of another."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} can no longer be read ({error.strerror}): check that it is still there.") from error
    if hashlib.sha256(data).hexdigest() != sha:
        raise BadInput(f"{path} changed while it was being read: ask again when it is complete.")
    return data
