"""Which files of a folder or an archive form a corpus: those of one format, named after their splits."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from probing.corpora import splits, wrapping
from probing.corpora.corpus_file import CorpusFile
from probing.corpora.formats import FORMATS
from probing.errors import BadInput
from probing.files import opened
from probing.settings import Limits, inside_roots

BESIDE = {
    *("readme", "license", "licence", "copying", "changelog", "changes", "contributing", "contributors", "authors", "citation"),
    "stats",
}
TREEBANK = {".conllu", ".conll"}  # one kind under two endings
MOST = 64  # files of an archive's corpus
RUNNING_TEXT = ".txt"  # stands beside a treebank's files with the same names, so it is looked at last


def brought(path: Path, roots: tuple[Path, ...] | None = None) -> list[CorpusFile]:
    """The files of a corpus at a path: a file, the members of a zip archive, or files of a folder.

    Raises BadInput where there are none, where a link leads out of the roots, and beyond the limits; OSError where one cannot be read.
    """
    if path.is_dir():
        names = [file.name for file in sorted(path.iterdir()) if not file.name.startswith(".") and file.is_file()]
        return [CorpusFile.of_path(inside_roots(str(path / name), roots)) for name in chosen(names, str(path))]
    if not path.exists():
        raise BadInput(f"No corpus at {path}: give a known name, a folder with train, dev and test files, or one file.")
    with opened(path) as stream:
        head = stream.read(len(wrapping.ZIP))
        stream.seek(0)
        if not wrapping.is_archive(head, path.name):
            return [CorpusFile.of_path(path)]
        archive = wrapping.Archive(stream, path.name, Limits.read())
        members = chosen(archive.names(), path.name)
        archive.refuse_large(members, MOST)
    return [CorpusFile.of_path(path, member=member) for member in members]


def sent(name: str, data: bytes) -> list[CorpusFile]:
    """The files of a corpus in what a browser sent: itself, or the members of a zip archive. Raises BadInput."""
    if not wrapping.is_archive(data, name):
        return [CorpusFile.of_bytes(name, data)]
    archive = wrapping.Archive(io.BytesIO(data), name, Limits.read())
    members = chosen(archive.names(), name)
    archive.refuse_large(members, MOST)
    return [CorpusFile.of_bytes(member.rsplit("/", 1)[-1], archive.open(member).read()) for member in members]


def chosen(names: Sequence[str], where: str) -> list[str]:
    """Of files those that share an ending which a format has and of which one is train's by its name; else several, else a single one.

    Raises BadInput where there are none.
    """
    kinds: dict[str, list[str]] = {ending: [] for read in FORMATS for ending in read.endings if ending not in TREEBANK}
    order = [min(TREEBANK), *kinds]
    kinds[order[0]] = []
    for name in names:
        stem, dot, ending = wrapping.text_name(name.rsplit("/", 1)[-1]).lower().rpartition(".")
        kind = order[0] if f".{ending}" in TREEBANK else f"{dot}{ending}"
        if kind in kinds and not (stem in BESIDE and kind == RUNNING_TEXT):
            kinds[kind].append(name)
    groups = [kinds[ending] for ending in sorted(order, key=lambda ending: ending == RUNNING_TEXT) if kinds[ending]]
    found = next((group for group in groups if any("train" in splits.said_by(name.rsplit("/", 1)[-1]) for name in group)), None)
    found = found or next((group for group in groups if len(group) > 1), None)
    if found is None and groups and (len(groups) == 1 or groups[0] is kinds[order[0]]):
        found = groups[0]  # a treebank with a test file alone, or a folder with one file of data
    if not found:
        here = ", ".join(name.rsplit("/", 1)[-1] for name in names[:6]) or "no file"
        raise BadInput(f"{where} has no train file (it has {here}): name one so that 'train' is a part of its name.")
    return sorted(found)
