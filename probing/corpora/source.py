"""Where a corpus comes from, known by a hash of its bytes before it is parsed."""

from __future__ import annotations

import hashlib
import random
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cache.keys import digest, file_sha256
from probing.corpora.conllu import VERSION, parse_conllu
from probing.corpora.sentence import SPLITS, Complaint, Corpus, Sentence
from probing.errors import BadInput

KEPT = 2  # parsed corpora a process keeps: a page and the run it starts ask for the same one
_parsed: OrderedDict[str, Corpus] = OrderedDict()
_lock = threading.Lock()  # pages run in threads
WORDS = {"train": ("train", "training"), "dev": ("dev", "devel", "valid", "validation", "validate"), "test": ("test",)}
SPLIT_SEED = 0  # of the 80/10/10 cut of a single file
SMALLEST = 10  # sentences of a single file: each split needs one


@dataclass(frozen=True)
class Source:
    """A corpus that can be loaded. `spec` finds it again; the same bytes have the same `hash` wherever they lie."""

    name: str
    spec: str
    hash: str
    read: Callable[[], Corpus] = field(repr=False, compare=False)

    def load(self) -> Corpus:
        """Parse it, or take it from this process's memory. Raises BadInput with file and line."""
        with _lock:
            found = _parsed.get(self.hash)
        found = found or self.read()
        with _lock:
            _parsed[self.hash] = found
            _parsed.move_to_end(self.hash)
            while len(_parsed) > KEPT:
                _parsed.popitem(last=False)
        return Corpus(self.name, self.hash, found.splits, found.description, found.licence, found.complaints)


def from_path(path: Path, spec: str | None = None, name: str | None = None) -> Source:
    """A folder with train, dev and test files, or one file. Raises BadInput naming what is missing."""
    if path.is_dir():
        files = split_files(path)
        return _of_files(name or path.name, spec or str(path), files)
    if path.is_file():
        label = name or path.stem
        sha = file_sha256(path)
        hashed = digest("conllu-file", str(VERSION), str(SPLIT_SEED), sha)
        return Source(label, spec or str(path), hashed, lambda: _one_file(label, hashed, path, sha))
    raise BadInput(f"No corpus at {path}: give a known name, a folder with train, dev and test .conllu files, or one file.")


def split_files(folder: Path) -> dict[str, Path]:
    """The .conllu file of each split, found by the words in its name: `test` is one, `latest` is not.

    Raises BadInput for a split without a file or with several, and for a file that two splits claim.
    """
    files = sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in {".conllu", ".conll"} and not file.name.startswith(".") and file.is_file()
    )
    found: dict[str, Path] = {}
    for split, words in WORDS.items():
        matches = [file for file in files if set(re.split(r"[^a-z]+", file.stem.lower())) & set(words)]
        if not matches:
            here = ", ".join(file.name for file in files[:6]) or "no .conllu file"
            raise BadInput(f"{folder} has no {split} file (it has {here}): name one so that '{split}' is a part of its name.")
        if len(matches) > 1:
            raise BadInput(f"{folder} has several {split} files ({matches[0].name}, {matches[1].name}): leave one of them there.")
        twin = next((other for other, file in found.items() if file == matches[0]), None)
        if twin:
            raise BadInput(f"{matches[0].name} in {folder} is both {twin} and {split} by its name: give each split a file.")
        found[split] = matches[0]
    return found


def _of_files(name: str, spec: str, files: dict[str, Path]) -> Source:
    shas = {split: file_sha256(files[split]) for split in SPLITS}
    hashed = digest("conllu", str(VERSION), *(part for split in SPLITS for part in (split, shas[split])))

    def read() -> Corpus:
        splits: dict[str, list[Sentence]] = {}
        complaints: list[Complaint] = []
        for split in SPLITS:
            splits[split], said = parse_conllu(_bytes(files[split], shas[split]), files[split].name)
            complaints.extend(said)
        return Corpus(name, hashed, splits, f"Read from {', '.join(files[s].name for s in SPLITS)}.", "", complaints)

    return Source(name, spec, hashed, read)


def _bytes(path: Path, sha: str) -> bytes:
    """The file's bytes, which are to be those that were hashed: a corpus never goes by the hash of another."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} can no longer be read ({error.strerror}): check that it is still there.") from error
    if hashlib.sha256(data).hexdigest() != sha:
        raise BadInput(f"{path} changed while it was being read: ask again when it is complete.")
    return data


def refuse_few(sentences: list[Sentence], file: str) -> None:
    """Raises BadInput where a single file has too few sentences to be split in three."""
    if len(sentences) < SMALLEST:
        raise BadInput(f"{file} has {len(sentences)} sentences, too few to split: give at least {SMALLEST}, or three files.")


def _one_file(name: str, hashed: str, path: Path, sha: str) -> Corpus:
    sentences, complaints = parse_conllu(_bytes(path, sha), path.name)
    refuse_few(sentences, path.name)
    order = list(range(len(sentences)))
    random.Random(SPLIT_SEED).shuffle(order)
    tenth = len(order) // 10
    chosen = {"test": order[:tenth], "dev": order[tenth : 2 * tenth], "train": order[2 * tenth :]}
    splits = {split: [sentences[i] for i in sorted(chosen[split])] for split in SPLITS}
    return Corpus(name, hashed, splits, f"{path.name}, split 80/10/10 by sentence (seed {SPLIT_SEED}).", "", complaints)
