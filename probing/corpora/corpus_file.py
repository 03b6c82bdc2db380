"""A file of a corpus: the bytes it is known by, and the text in it."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from probing.corpora import wrapping
from probing.corpora.formats import HEAD
from probing.errors import BadInput
from probing.files import opened, read_whole, too_large
from probing.settings import Limits

CHUNK = 1 << 20  # bytes read at a time
TABLE_ROWS = 200  # of a parquet file or workbook, for a look


@dataclass(frozen=True)
class CorpusFile:
    """A file: the name that complaints use, the split it holds ("" where nothing says it), and its bytes, known by their hash.

    Its bytes are those after gzip and out of an archive, so that the same text has the same hash however it was packed.
    `path` is where they lie, and `member` which file of an archive there; a file that was uploaded has neither.
    """

    name: str
    split: str
    sha: str
    size: int
    read: Callable[[], bytes] = field(repr=False, compare=False)
    head: bytes = field(repr=False, compare=False, default=b"")  # the text's first bytes
    path: Path | None = field(compare=False, default=None)
    member: str = field(compare=False, default="")
    table: bool = False  # whether the bytes have to be made text

    @property
    def text_name(self) -> str:
        return wrapping.text_name(self.name)

    def text(self) -> bytes:
        """Its text, encoded. Raises BadInput."""
        data = self.read()
        return wrapping.as_text(data, self.name, Limits.read()) if self.table else data

    @classmethod
    def of_path(cls, path: Path, split: str = "", name: str = "", member: str = "") -> CorpusFile:
        """Raises OSError where the file cannot be read; its bytes are those hashed here whenever they are read.

        Raises BadInput for what is no file or is beyond the limits.
        """
        shown = name or (member.rsplit("/", 1)[-1] if member else path.name)
        with opened(path) as stream:
            sha, size, head = _surveyed(_inside(stream, path, member), shown, Limits.read())
        read = partial(_bytes, path, member, sha)
        head, table = _look(head, shown, read)
        return cls(shown, split, sha, size, read, head, path, member, table)

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> CorpusFile:
        """Raises BadInput for what is beyond the limits."""
        sha, size, head = _surveyed(wrapping.unzipped(io.BytesIO(data)), name, Limits.read())
        whole = data if size == len(data) and data[:2] != wrapping.GZIP else _all(wrapping.unzipped(io.BytesIO(data)), name)
        head, table = _look(head, name, lambda: whole)
        return cls(name, "", sha, size, lambda: whole, head, table=table)


def _surveyed(stream: BinaryIO, name: str, limits: Limits) -> tuple[str, int, bytes]:
    """(hash, bytes, the first of them) of one reading of a stream. Raises BadInput before anything is held that the limits forbid."""
    sha, size, head, run, line = hashlib.sha256(), 0, b"", 0, 1
    by_lines = not wrapping.text_name(name).lower().endswith(".json")  # JSON may be one line
    try:
        while chunk := stream.read(CHUNK):
            if not size:
                wrapping.refuse_others(chunk[: wrapping.LONGEST_MAGIC], name)
                by_lines = by_lines and not chunk.startswith((wrapping.PARQUET, wrapping.ZIP))
            sha.update(chunk)
            size += len(chunk)
            head += chunk[: HEAD - len(head)]
            if size > limits.file_bytes:
                raise too_large(name, limits.file_bytes, "STRATA_MAX_FILE_MB")
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            run = run + len(chunk) if end < 0 else len(chunk) - end - 1
            if by_lines and run > limits.line_bytes:
                raise too_large(f"{name}, line {line + chunk.count(10)},", limits.line_bytes, "STRATA_MAX_LINE_MB")
            line += chunk.count(b"\n")
    except (zlib.error, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BadInput(f"{name} is damaged gzip ({error}): give it whole.") from error
    return sha.hexdigest(), size, head


def _look(head: bytes, name: str, read: Callable[[], bytes]) -> tuple[bytes, bool]:
    """The first bytes of a file's text, and whether its bytes have to be made text."""
    if not wrapping.is_table(head, name):
        return head, False
    return wrapping.as_text(read(), name, Limits.read(), TABLE_ROWS)[:HEAD], True


def _inside(stream: BinaryIO, path: Path, member: str) -> BinaryIO:
    if member:
        stream = wrapping.Archive(stream, path.name, Limits.read()).open(member)
    return wrapping.unzipped(stream)


def _all(stream: BinaryIO, name: str) -> bytes:
    return read_whole(stream, Limits.read().file_bytes, name, "STRATA_MAX_FILE_MB")


def _bytes(path: Path, member: str, sha: str) -> bytes:
    """The file's bytes, which are to be those that were hashed: a corpus never goes by the hash of another."""
    try:
        with opened(path) as stream:
            data = _all(_inside(stream, path, member), path.name)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{path} can no longer be read ({reason}): check that it is still there.") from error
    if hashlib.sha256(data).hexdigest() != sha:
        raise BadInput(f"{path} changed while it was being read: ask again when it is complete.")
    return data
