"""Corpora that a user registered: `data:NAME`, a folder of the store's uploads with a mapping.json, and the files or their paths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cache.errors import StoreError
from cache.files import remove, size, temporary, writing
from cache.keys import file_sha256
from probing import permissions
from probing.corpora.choosing import sent
from probing.corpora.corpus_file import CorpusFile
from probing.corpora.corpus_files import CorpusFiles, corpus_files
from probing.corpora.reading import Reading
from probing.corpora.sentence import Corpus
from probing.corpora.source import Source
from probing.errors import BadInput, advised, first_few
from probing.installation import PROGRAM
from probing.registry import Card
from probing.settings import inside_roots

LARGEST = 200_000_000  # bytes of a file that is copied into the store
MOST = 64  # files
PREFIX = "data:"
MAPPING = "mapping.json"
_ENDING = re.compile(r"\.(conllu?|txt|tsv|tab|csv|jsonl?|ndjson|iob2?|bio|parquet|pq|xls[xm]|zip)(\.gz)?$")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COPY = re.compile(r"[0-9]{2}")


class StoredFile(BaseModel):
    """A file of the corpus: a copy in its folder under a name of ours, or where it lies."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str  # what complaints call it
    split: str
    kept: str | None = None
    path: str | None = None
    member: str | None = None  # of the archive at the path
    sha256: str | None = None  # of the copy when it was made; None in mappings that were written before there was one


class ClosedSource(Source):
    """A source that is asked each time whether it may be read: what this process remembers was read for others."""

    def load(self) -> Corpus:
        return self.read()


class Registered(BaseModel):
    """What mapping.json holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    reading: Reading
    files: tuple[StoredFile, ...]


def slug_of(name: str) -> str:
    """The name a corpus goes by: of what was typed, or of a file, only Latin letters and digits are used. Raises BadInput."""
    stem = _ENDING.sub("", name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].lower())
    slug = re.sub(r"[^a-z0-9]+", "-", stem)[:60].strip("-")
    if not slug:
        raise BadInput(f"The name {name[:60]!r} has no letters from a to z and no digits: give the corpus another name.")
    return slug


def file_name(name: str) -> str:
    """A file's name as complaints show it: the last part of what a browser sent, at most 80 plain characters, its ending kept."""
    safe = re.sub(r"[^\w.-]+", "-", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".-")
    return safe[-80:] or "file"


def uploaded(files: Sequence[tuple[str, bytes]]) -> list[CorpusFile]:
    """Pieces of what a browser sent (name, bytes). Raises BadInput for too much of it."""
    if not files:
        raise BadInput("No file is chosen: add one file, or one for each of train, dev and test.")
    large = next(((name, data) for name, data in files if len(data) > LARGEST), None)
    if large:
        raise BadInput(f"{file_name(large[0])} has {len(large[1]):,} bytes, more than {LARGEST:,}: give its path instead.")
    return [piece for name, data in files for piece in sent(file_name(name), data)]


def register(
    uploads: Path, name: str, pieces: Sequence[CorpusFile], reading: Reading | None = None
) -> tuple[CorpusFiles, Corpus]:
    """Keep a corpus under a name; one of the same name is replaced. Files that lie at a path stay there, what was uploaded is copied.

    Raises BadInput before anything is written where the files cannot be read as a corpus, where the name is another user's or they are more than
    one user may have, and where the disk takes no more.
    """
    slug = slug_of(name)
    if len(pieces) > MOST:
        raise BadInput(f"{len(pieces)} files are too many: give at most {MOST}.")
    permissions.guard(uploads.parent, "make")
    if (uploads / slug).exists():
        permissions.guard(uploads.parent, "edit", thing(slug))
    made = corpus_files(slug, f"{PREFIX}{slug}", pieces, reading)
    corpus = made.source().load()
    folder, fresh = uploads / slug, temporary(uploads, slug)
    permissions.refuse_more(uploads.parent, sum(len(piece.read()) for piece in made.pieces if piece.path is None) - size(folder))
    permissions.claim(uploads.parent, thing(slug), folder.exists())  # before it is there, or others could read it in between
    try:
        with writing("the corpus", fresh):
            fresh.mkdir(parents=True)
            files = []
            for number, piece in enumerate(made.pieces):
                if piece.path is None:
                    (fresh / f"{number:02}").write_bytes(piece.read())
                    files.append(StoredFile(name=piece.name, split=piece.split, kept=f"{number:02}", sha256=piece.sha))
                else:
                    path = str(piece.path.resolve())
                    files.append(StoredFile(name=piece.name, split=piece.split, path=path, member=piece.member or None))
            mapping = Registered(reading=made.reading, files=tuple(files))
            (fresh / MAPPING).write_text(mapping.model_dump_json(indent=1), encoding="utf-8")
            remove(folder)
            fresh.rename(folder)
    except StoreError as error:
        raise BadInput(str(error)) from error
    return made, corpus


def names(uploads: Path) -> list[str]:
    """The specs of all registered corpora that who is signed in may read, sorted."""
    found = [path.parent.name for path in sorted(uploads.glob(f"[!.]*/{MAPPING}")) if _SLUG.fullmatch(path.parent.name)]
    return [f"{PREFIX}{slug}" for slug in found if permissions.may(uploads.parent, "read", thing(slug))]


def thing(spec: str) -> str:
    """What a registered corpus is called in the list of owners."""
    return f"upload/{spec.removeprefix(PREFIX)}"


def find_registered(uploads: Path, slug: str, roots: tuple[Path, ...] | None = None) -> CorpusFiles:
    """The corpus of that name. Raises BadInput where there is none, it is another user's, its mapping is damaged, or a file is gone or outside
    the roots."""
    permissions.guard(uploads.parent, "read", thing(slug))
    return _found(uploads, slug, roots)


def closed(uploads: Path, slug: str, roots: tuple[Path, ...] | None = None) -> Source:
    """The corpus of that name as results know it: its hash, and no sentences to who may not read it. Raises BadInput as `find_registered` does."""
    whole = _found(uploads, slug, roots).source()
    return ClosedSource(whole.name, whole.spec, whole.hash, lambda: find_registered(uploads, slug, roots).source().load())


def _found(uploads: Path, slug: str, roots: tuple[Path, ...] | None) -> CorpusFiles:
    mapping, folder = _mapping(uploads, slug), uploads / slug
    pieces = []
    for file in mapping.files:
        if file.path is not None:
            path = inside_roots(file.path, roots)
        elif file.kept is not None and _COPY.fullmatch(file.kept):
            path = folder / file.kept
        else:
            raise BadInput(f"The mapping of {PREFIX}{slug} names a file that is not its own: register the corpus again.")
        if not path.is_file():
            raise BadInput(f"{PREFIX}{slug} was read from {path}, which is not there any more: register the corpus again.")
        pieces.append(CorpusFile.of_path(path, file.split, file.name, file.member or ""))
    return CorpusFiles(slug, f"{PREFIX}{slug}", tuple(pieces), mapping.reading)


def damaged(uploads: Path, spec: str) -> tuple[list[Path], bool]:
    """The copies of a registered corpus that are not as they were made, and whether the hashes of all copies were recorded.

    Raises BadInput where its mapping cannot be read.
    """
    slug = spec.removeprefix(PREFIX)
    copies = [file for file in _mapping(uploads, slug).files if file.kept is not None and _COPY.fullmatch(file.kept)]
    recorded = {uploads / slug / str(file.kept): file.sha256 for file in copies if file.sha256 is not None}
    bad = [path for path, sha in recorded.items() if not path.is_file() or file_sha256(path) != sha]
    return bad, len(recorded) == len(copies)


def forget(uploads: Path, slug: str) -> None:
    """Remove a registered corpus and the copies of its files; files that lie elsewhere stay. Raises BadInput where there is none, and where it is
    another user's."""
    if not _SLUG.fullmatch(slug) or not (uploads / slug / MAPPING).is_file():
        raise _unknown(slug)
    permissions.guard(uploads.parent, "delete", thing(slug))
    remove(uploads / slug)
    permissions.gone(uploads.parent, thing(slug))


def card(uploads: Path, spec: str) -> Card:
    """What a list tells of a registered corpus. Raises BadInput as `find_registered` does."""
    mapping = _mapping(uploads, spec.removeprefix(PREFIX))
    reading = mapping.reading
    columns = [*reading.labels, *reading.numbers]
    return Card(
        name=spec,
        title=spec.removeprefix(PREFIX),
        measures=f"Own data of the format {reading.format}" + (f": {', '.join(columns)}." if columns else "."),
        assumes="Its files are as they were when it was registered, or are read anew.",
        misleads="What the page Corpora and data says of duplicates and complaints.",
        source=first_few([file.path or file.name for file in mapping.files], 4),
    )


def _mapping(uploads: Path, slug: str) -> Registered:
    path = uploads / slug / MAPPING
    if not _SLUG.fullmatch(slug) or not path.is_file():
        raise _unknown(slug)
    try:
        return Registered.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadInput(f"The mapping of {PREFIX}{slug} cannot be read: register the corpus again.") from error


def _unknown(slug: str) -> BadInput:
    return advised(
        f"No corpus is registered as {slug[:80]!r}",
        f"register it with {PROGRAM} corpora add NAME PATH",
        "add its files under Add data on the page Corpora and data",
        "bring its files below",
    )
