"""What text comes wrapped in: gzip, parquet, Excel's workbooks; and archives (zip), which hold files of their own.

A wrapping is told by its first bytes, whatever the file is called. Everything is read within limits and in pieces, so that a small file
that unpacks to a large one is refused before memory is taken for it.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from probing.errors import BadInput
from probing.files import read_whole, too_large
from probing.settings import Limits

GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
LONGEST_MAGIC = 300  # bytes; a tar archive says so at 257
OTHERS = (  # what cannot be opened here: where its mark stands, the mark, what it is, what to do
    (0, b"BZh", "a bzip2 archive", "unpack it"),
    (0, b"\xfd7zXZ\x00", "an xz archive", "unpack it"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
    (0, b"\x28\xb5\x2f\xfd", "a zstandard archive", "unpack it"),
    (0, b"Rar!", "a rar archive", "unpack it"),
    (257, b"ustar", "a tar archive", "unpack it and give the folder"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of old Excel", "save it as .xlsx or CSV"),
    (0, b"ARROW1", "an Arrow file", "save it as parquet"),
    (0, b"SQLite format 3", "a database", "save its table as CSV"),
)
MOST_MEMBERS = 10_000  # files of an archive
LARGEST_LIST = 10_000_000  # bytes of an archive's list of files
MOST_COLUMNS = 512  # of a sheet
BATCH = 256  # rows of parquet that are held at a time


@contextlib.contextmanager
def _undamaged(complaint: str, advice: str) -> Iterator[None]:
    """BadInput for what the libraries raise as they read a damaged file: some twenty kinds of error."""
    try:
        yield
    except Exception as error:
        if isinstance(error, BadInput) or type(error) is MemoryError:  # Arrow's own tells of a size that a damaged file claims
            raise
        raise BadInput(f"{complaint} ({' '.join(str(error).split())[:120]}): {advice}.") from error


def text_name(name: str) -> str:
    """What the text in a file would be called: its ending tells the format."""
    stem = name[:-3] if name.lower().endswith(".gz") else name
    stem = re.sub(r"\.(parquet|pq)$", ".jsonl", stem, flags=re.IGNORECASE)
    return re.sub(r"\.xls[xm]$", ".csv", stem, flags=re.IGNORECASE)


def unzipped(stream: BinaryIO) -> BinaryIO:
    """The stream, or what is in it where it is gzip; it stands at its beginning either way."""
    first = stream.read(2)
    stream.seek(0)
    return gzip.GzipFile(fileobj=stream) if first == GZIP else stream  # type: ignore[return-value]


def refuse_others(head: bytes, name: str) -> None:
    """Raises BadInput for a kind of file that is not read here, in words that say what to do."""
    for place, mark, kind, mend in OTHERS:
        if head[place : place + len(mark)] == mark:
            raise BadInput(f"{name} is {kind}, which is not read here: {mend}.")


def too_many_rows(name: str, most: int) -> BadInput:
    return BadInput(f"{name} has more than {most:,} rows: give fewer, or start Strata with a larger STRATA_MAX_ROWS.")


def is_table(head: bytes, name: str) -> bool:
    """Whether the bytes are a parquet file or a workbook, which become text when they are read."""
    return head.startswith(PARQUET) or (head.startswith(ZIP) and name.lower().removesuffix(".gz").endswith((".xlsx", ".xlsm")))


def is_archive(head: bytes, name: str) -> bool:
    return head.startswith(ZIP) and not is_table(head, name)


def as_text(data: bytes, name: str, limits: Limits, rows: int | None = None) -> bytes:
    """A parquet file as JSON lines, the first sheet of a workbook as CSV; the first `rows` rows where they are given. Raises BadInput."""
    made = _parquet_lines(data, name, limits) if data.startswith(PARQUET) else _sheet_lines(data, name, limits)
    found: list[bytes] = []
    size = 0
    for number, line in enumerate(made):
        if rows is not None and number >= rows:
            break
        if number >= limits.rows:
            raise too_many_rows(name, limits.rows)
        size += len(line)
        if size > limits.file_bytes:
            raise too_large(f"The text of {name}", limits.file_bytes, "STRATA_MAX_FILE_MB")
        found.append(line)
    return b"".join(found)


class Archive:
    """A zip file's members: names, and the bytes of each. Raises BadInput where it is damaged, locked or too large."""

    def __init__(self, stream: BinaryIO, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self._refuse_long_list(stream)
        try:
            self._file = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
            raise BadInput(f"{name} is a damaged zip archive ({error}): give it whole.") from error

    def _refuse_long_list(self, stream: BinaryIO) -> None:
        """What stands at an archive's end says how long its list of files is: before the list is read."""
        end = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, end - 66_000))
        tail = stream.read()
        place = tail.rfind(b"PK\x05\x06")
        if place >= 0 and len(tail) >= place + 20:
            members, length = struct.unpack_from("<HL", tail, place + 10)
            if members > MOST_MEMBERS or length > LARGEST_LIST:
                raise BadInput(f"{self.name} holds more than {MOST_MEMBERS:,} files: give an archive of one corpus.")
        stream.seek(0)

    def names(self) -> list[str]:
        """Its files, hidden ones and those that macOS adds left out."""
        found = [info.filename for info in self._file.infolist() if not info.is_dir()]
        return sorted(name for name in found if not name.startswith("__MACOSX/") and not name.rsplit("/", 1)[-1].startswith("."))

    def refuse_large(self, members: Sequence[str], most: int) -> None:
        """Raises BadInput where members are too many, or too large together."""
        if len(members) > most:
            raise BadInput(f"{self.name} holds {len(members):,} files of a corpus, more than {most}: give fewer.")
        if sum(self._file.getinfo(member).file_size for member in members) > self.limits.file_bytes:
            raise too_large(self.name, self.limits.file_bytes, "STRATA_MAX_FILE_MB")

    def open(self, member: str) -> BinaryIO:
        """A member's bytes as a stream, gzip inside opened. Raises BadInput."""
        with _undamaged(f"{member} in {self.name} cannot be unpacked", "unpack it first"):
            if self._file.getinfo(member).file_size > self.limits.file_bytes:  # no more than that is ever unpacked
                raise too_large(f"{member} in {self.name}", self.limits.file_bytes, "STRATA_MAX_FILE_MB")
            with self._file.open(member) as stream:
                data = read_whole(stream, self.limits.file_bytes, f"{member} in {self.name}", "STRATA_MAX_FILE_MB")  # type: ignore[arg-type]
        return io.BytesIO(data)


def _parquet_lines(data: bytes, name: str, limits: Limits) -> Iterator[bytes]:
    import pyarrow.parquet as pq

    with _undamaged(f"{name} is a damaged parquet file", "give it whole"):
        file = pq.ParquetFile(io.BytesIO(data))
        whole = sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))
        if whole > limits.file_bytes:
            raise too_large(name, limits.file_bytes, "STRATA_MAX_FILE_MB")
        if file.metadata.num_rows > limits.rows:
            raise too_many_rows(name, limits.rows)
        named = _class_names(file.schema_arrow.metadata or {})
        for batch in file.iter_batches(batch_size=BATCH):
            for row in batch.to_pylist():
                for column, names in named.items():
                    row[column] = class_name(row.get(column), names)
                yield json.dumps(row, ensure_ascii=True, default=str).encode() + b"\n"


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """The names of labels that are kept as numbers, where the library `datasets` wrote them beside the columns."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
        inner = {column: feature.get("feature", feature) for column, feature in features.items()}
        return {column: [str(name) for name in one["names"]] for column, one in inner.items() if one.get("_type") == "ClassLabel"}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def class_name(value: Any, names: list[str]) -> Any:
    """The name of a label that is kept as a number, or of a list of them; None for -1, -100 and whatever is no number of a name."""
    if isinstance(value, list):
        return [class_name(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else None


def _sheet_lines(data: bytes, name: str, limits: Limits) -> Iterator[bytes]:
    """Rows of the first sheet, a line each, so that a complaint's line is the sheet's row."""
    import csv

    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise BadInput(
            f"{name} is a workbook, and openpyxl, which reads those, is not installed: install it, or save the sheet as CSV."
        ) from error
    with _undamaged(f"{name} is a damaged workbook", "save it again, or as CSV"):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(info.file_size for info in parts.infolist()) > limits.file_bytes:
                raise too_large(name, limits.file_bytes, "STRATA_MAX_FILE_MB")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        buffer = io.StringIO()
        for row in book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True):
            cells = ["" if cell is None else " ".join(str(cell).split()) for cell in row]
            buffer.seek(0)
            buffer.truncate()
            csv.writer(buffer, lineterminator="\n").writerow(cells)
            yield buffer.getvalue().encode("utf-8", "replace")
