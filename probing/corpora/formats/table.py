"""The formats `tsv`, `csv` and `jsonl`: a text a row with its labels in columns; a second text makes a pair.

CSV is read with its quotes (RFC 4180), so a quoted text may hold commas and line ends. In TSV a quote is a character like any other, as in
GLUE's files: quotes there are part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from probing.corpora import splits
from probing.corpora.decoding import BAD, check_bytes, decoded, read_otherwise
from probing.corpora.faults import FaultError, NoLabelError, left_out, unlabelled
from probing.corpora.formats.format import (
    EVERY,
    FORMATS,
    LOOK,
    Format,
    Parsed,
    Tell,
    is_array,
    json_rows,
    json_text,
    opening,
    refuse_empty,
)
from probing.corpora.formats.layout import DEFAULT, called, named_rows, raw_rows, separator_of, suggested
from probing.corpora.formats.layout import LABELS as LABEL_NAMES
from probing.corpora.formats.layout import TEXTS as TEXT_NAMES
from probing.corpora.reading import FOUND, Hints, Reading
from probing.corpora.rows import HIDDEN, NO_TAG, check_columns, dashes, sentence_of, split_of, without_dashes
from probing.corpora.sentence import Complaint, Sentence
from probing.corpora.words import VERSION as WORDS_VERSION
from probing.corpora.wrapping import too_many_rows
from probing.errors import BadInput
from probing.settings import Limits

TELLING = 200  # lines of JSON that tell the columns
ODD_LABEL = re.compile(
    rb"(?:^|[\t,;|\[: ])\"?-(?:1|100)?\"?(?=$|[\t,;|\], }\r\n])", re.MULTILINE
)  # - or -100, or -1 of a hidden test
GLUE = {  # MNLI's second dev and test are of other genres
    "dev_matched": ["dev"],
    "dev_mismatched": ["test_dev_mismatched"],
    "test_mismatched": ["test_mismatched"],
}

Cells = tuple[int, dict[str, Any] | FaultError]  # a row's line, and its cells by column or what is wrong with it


def parse(data: bytes, file: str, reading: Reading, tell: Tell) -> Parsed:
    """By `reading.format`, which is one of csv, tsv and jsonl. A row without a label is left out and counted, and is no fault."""
    complaints: list[Complaint] = []
    faults: list[Complaint] = []
    nothing: list[Complaint] = []
    rows: list[tuple[Sentence, str]] = []
    for line, row in _rows(data, file, reading, tell, complaints):
        try:
            if isinstance(row, FaultError):
                raise row
            rows.append((sentence_of(row, reading, f"{file}:{line}", line), split_of(row, reading)))
        except NoLabelError as fault:
            nothing.append(Complaint(file, line, str(fault)))
        except FaultError as fault:
            faults.append(Complaint(file, line, str(fault)))
    labelled = without_dashes(rows, reading, file, nothing)
    found = [*complaints, *left_out(faults, len(labelled) + len(nothing)), *unlabelled(nothing, len(labelled))]
    sentences = [sentence for sentence, _ in labelled]
    refuse_empty(sentences, file, "rows with a text and a label")
    return Parsed(sentences, found, [split for _, split in labelled] if reading.split else None)


def _rows(data: bytes, file: str, reading: Reading, tell: Tell, complaints: list[Complaint]) -> Iterator[Cells]:
    """Rows by column, each with its line. Raises BadInput for columns that are not there, and for too many rows."""
    most, checked = Limits.read().rows, False
    for count, (line, row) in enumerate(_cells(data, file, reading, tell, complaints)):
        if count >= most:
            raise too_many_rows(file, most)
        if not checked and isinstance(row, dict):
            check_columns(reading, list(row), file)
            checked = True
        yield line, row


def _cells(data: bytes, file: str, reading: Reading, tell: Tell, complaints: list[Complaint]) -> Iterator[Cells]:
    if reading.format == "jsonl":
        yield from _json_cells(json_text(data, file, complaints, reading.encoding), tell)
        return
    text = decoded(data, file, complaints, reading.encoding)
    usual = DEFAULT[reading.format]
    sep, lines, damaged = reading.sep or usual, text.count("\n") + 1, BAD.search(text) is not None
    for line, row in named_rows(raw_rows(text, sep, reading.format == "csv"), reading.header, file):
        if line % EVERY == 0:
            tell(min(1.0, line / lines))
        if damaged and isinstance(row, dict):
            try:
                check_bytes("".join(row.values()))
            except FaultError as fault:
                yield line, fault
                continue
        yield line, row


def _json_cells(text: str, tell: Tell) -> Iterator[Cells]:
    """The columns are those that any of the first rows has; a row that lacks one says nothing of it."""
    some = text if is_array(text) else "\n".join(text.split("\n", TELLING)[:TELLING])
    first = islice(json_rows(some, lambda _: None), TELLING)
    columns = {column: None for _, row in first if isinstance(row, dict) for column in row}
    for line, row in json_rows(text, tell):
        yield line, columns | row if isinstance(row, dict) else row


def recognise(kind: str, head: bytes, file: str) -> bool:
    """By the name's ending; of JSON also by the first row, which is an object, and of other text by columns with usual names."""
    low = file.lower()
    if kind == "jsonl":
        return low.endswith((".jsonl", ".json", ".ndjson")) and isinstance(next(iter(_heads(kind, head, FOUND)[1]), None), dict)
    if low.endswith(f".{kind}"):
        return True
    if kind != "tsv" or not low.endswith((".txt", ".tab")):
        return False
    columns = opening(head)[0].split("\t")
    return bool(called(columns, TEXT_NAMES) and called(columns, LABEL_NAMES))


def _heads(kind: str, head: bytes, hints: Hints, most: int = LOOK) -> tuple[str, list[dict[str, Any]]]:
    """The sign between columns and the first rows by column; rows that cannot be read are left out."""
    lines = opening(head, encoding=hints.encoding)
    if kind == "jsonl":
        found = (row for _, row in _json_cells("\n".join(lines), lambda _: None))
        return "", list(islice((row for row in found if isinstance(row, dict)), most))
    sep = separator_of(kind, lines, hints)
    rows = named_rows(raw_rows("\n".join(lines), sep, kind == "csv" or sep != DEFAULT[kind]), hints.header, "The file")
    return sep, list(islice((row for _, row in rows if isinstance(row, dict)), most))


def look(kind: str, head: bytes, file: str, hints: Hints = FOUND, most: int = LOOK) -> dict[str, list[str]]:
    """The columns and their first values, `most` of each. Raises BadInput for a header at fault."""
    del file
    _, found = _heads(kind, head, hints, most)
    columns = dict.fromkeys(column for row in found for column in row)
    return {column: ["" if row.get(column) is None else str(row[column]) for row in found] for column in columns}


def suggest(kind: str, head: bytes, file: str, hints: Hints = FOUND) -> Reading:
    """The columns whose names say what they hold; None or () for what neither a name nor the content says."""
    if kind == "jsonl":
        return suggested(kind, list(look(kind, head, file, hints)), [], Hints(True, "", hints.encoding), "")
    lines = opening(head, encoding=hints.encoding)
    sep = separator_of(kind, lines, hints)
    made = "csv" if sep != DEFAULT[kind] else kind  # other signs than a tab come with quotes
    raw = [cells for _, cells in raw_rows("\n".join(lines), sep, made == "csv") if isinstance(cells, list)]
    try:
        columns = list(look(kind, head, file, hints))
    except BadInput:  # two cells of a first row that is no header may be the same
        found = suggested(made, [], raw, hints, sep)
        if found.header:
            raise
        return found
    return suggested(made, columns, raw, hints, sep)


def splits_of(file: str) -> list[str]:
    return GLUE.get(file.lower().rpartition(".")[0]) or splits.said_by(file)


def mended(data: bytes, file: str, reading: Reading) -> bool:
    """Whether labels that mean none were taken for a class by an earlier release, or the text was another."""
    if not reading.encoding and read_otherwise(data):
        return True
    if reading.none or not ODD_LABEL.search(data):
        return False
    sentences = []
    try:
        for line, row in _rows(data, file, reading, lambda _: None, []):
            if isinstance(row, FaultError):
                continue
            if any(NO_TAG in map(str, value) for column in reading.labels if isinstance(value := row.get(column), list)):
                return True
            try:
                sentences.append(sentence_of(row, reading, "", line))
            except FaultError:
                continue
    except BadInput:
        return False  # it is refused now, and was then
    labels = {label for sentence in sentences for column, label in sentence.labels if column in reading.labels}
    return bool(dashes(sentences, reading)) or labels == {HIDDEN}


def _register(kind: str, title: str, endings: tuple[str, ...], misleads: str, source: str, example: str) -> None:
    FORMATS.register(
        Format(
            name=kind,
            title=f"Labelled texts ({title})",
            measures="A text a row with labels or numbers in columns, and a second text where rows are pairs.",
            assumes="Columns called text or sentence and label (or premise, hypothesis, score …) are found by their names; others are chosen. "
            "Text is parted into words by white space, and punctuation comes off their edges. UTF-8; else Windows-1252 or Latin-1, "
            "with a complaint.",
            misleads=misleads,
            source=source,
            version=1 + 1000 * WORDS_VERSION,
            endings=endings,
            example=example,
            parse=parse,
            recognise=partial(recognise, kind),
            suggest=partial(suggest, kind),
            look=partial(look, kind),
            splits_of=splits_of,
            by_ending=True,
            mended=mended,
        ),
        place=1,
    )


_register(
    "tsv",
    "TSV",
    (".tsv", ".tab"),
    "Quotes are part of the text. A file in the order of its labels is cut by sentence, but limits take its first rows.",
    "Wang et al. 2018 (arXiv 1804.07461), for the usual columns",
    "text\tlabel\nA fine film.\tgood",
)
_register(
    "csv",
    "CSV",
    (".csv",),
    "A quote that is never closed swallows what follows. A file in the order of its labels is cut by sentence, but limits take its first rows.",
    "RFC 4180",
    'premise,hypothesis,label\n"A man sings, loudly.",Somebody sings.,entailment',
)
_register(
    "jsonl",
    "JSON lines",
    (".jsonl", ".ndjson", ".json"),
    "Where a row holds a list of words with a list of tags, the words are taken as they are; a text beside them is parted by the rule above.",
    "jsonlines.org",
    '{"text": "A fine film.", "label": "good", "score": 4.5}\n{"words": ["Ada", "writes"], "tags": ["B-PER", "O"]}',
)
