"""The formats `tsv`, `csv` and `jsonl`: a text a row with its labels in columns; a second text makes a pair.

CSV is read with its quotes (RFC 4180), so a quoted text may hold commas and line ends. In TSV a quote is a character like any other, as in
GLUE's files: quotes there are part of the text.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from probing.corpora.decoding import decoded
from probing.corpora.faults import FaultError, left_out
from probing.corpora.formats.format import (
    EVERY,
    FORMATS,
    LOOK,
    Format,
    Parsed,
    Tell,
    json_object,
    numbered,
    opening,
    refuse_empty,
)
from probing.corpora.reading import Reading
from probing.corpora.rows import check_columns, sentence_of, split_of
from probing.corpora.sentence import Complaint, Sentence
from probing.corpora.words import VERSION as WORDS_VERSION
from probing.errors import BadInput
from probing.registry import Card

LARGEST_CELL = 10_000_000  # characters
TELLING = 200  # lines of JSON that tell the columns
# What columns are usually called, most telling first; a name is compared in lower case.
TEXTS = ("text", "sentence", "sentence1", "premise", "question1", "question", "utterance", "tokens", "words")
SECONDS = ("sentence2", "hypothesis", "question2", "text2", "second")
LABELS = ("label", "labels", "gold_label", "intent", "class", "category", "ner_tags", "pos_tags", "tags")
NUMBERS = ("score", "similarity", "number")
SPLITS = ("split",)

Cells = tuple[int, dict[str, Any] | FaultError]  # a row's line, and its cells by column or what is wrong with it


def parse(data: bytes, file: str, reading: Reading, tell: Tell) -> Parsed:
    """By `reading.format`, which is one of ROWS."""
    complaints: list[Complaint] = []
    faults: list[Complaint] = []
    sentences: list[Sentence] = []
    said: list[str] = []
    text = decoded(data, file, complaints)
    checked = False
    for line, row in ROWS[reading.format](text, file, reading.header, tell):
        try:
            if isinstance(row, FaultError):
                raise row
            if not checked:
                check_columns(reading, list(row), file)
                checked = True
            sentence, split = sentence_of(row, reading, f"{file}:{line}", line), split_of(row, reading)
        except FaultError as fault:
            faults.append(Complaint(file, line, str(fault)))
        else:
            sentences.append(sentence)
            said.append(split)
    found = [*complaints, *left_out(faults, len(sentences))]
    refuse_empty(sentences, file, "rows with a text and a label")
    return Parsed(sentences, found, said if reading.split else None)


def _json_rows(text: str, file: str, header: bool, tell: Tell) -> Iterator[Cells]:
    """The columns are those that any of the first rows has; a row that lacks one says nothing of it."""
    del file, header
    columns: dict[str, None] = {}
    for line in text.split("\n", TELLING)[:TELLING]:
        with contextlib.suppress(FaultError):
            columns |= dict.fromkeys(json_object(line))
    for number, line in numbered(text, tell):
        if line.strip():
            try:
                yield number, columns | json_object(line)
            except FaultError as fault:
                yield number, fault


def _tab_rows(text: str, file: str, header: bool, tell: Tell) -> Iterator[Cells]:
    columns: list[str] = []
    for number, line in numbered(text, tell):
        if not line.strip():
            continue
        cells = line.split("\t")
        if not columns:
            columns = _columns(cells, header, file)
            if header:
                continue
        yield number, _cells(cells, columns)


def _csv_rows(text: str, file: str, header: bool, tell: Tell) -> Iterator[Cells]:
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines, columns = text.count("\n") + 1, list[str]()
    while True:
        begin = reader.line_num + 1
        if begin % EVERY == 0:
            tell(begin / lines)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begin, FaultError(f"the row cannot be read ({error}).")
            continue
        if not cells:
            continue
        if not columns:
            columns = _columns(cells, header, file)
            if header:
                continue
        yield begin, _cells(cells, columns)


def _columns(cells: list[str], header: bool, file: str) -> list[str]:
    """The names of the columns. Raises BadInput where the header has one twice or one without a name."""
    if not header:
        return [str(number) for number in range(1, len(cells) + 1)]
    names = [cell.strip() for cell in cells]
    wrong = next((name for name in names if not name or names.count(name) > 1), None)
    if wrong is not None:
        said = f"{wrong[:60]!r} twice" if wrong else "one without a name"
        raise BadInput(f"{file}, line 1: the header has {said}: name each column once, or read it with --no-header.")
    return names


def _cells(cells: list[str], columns: list[str]) -> dict[str, Any] | FaultError:
    if len(cells) != len(columns):
        return FaultError(f"the row has {len(cells)} columns where the first has {len(columns)}.")
    return dict(zip(columns, cells, strict=True))


ROWS: dict[str, Callable[[str, str, bool, Tell], Iterator[Cells]]] = {"tsv": _tab_rows, "csv": _csv_rows, "jsonl": _json_rows}


def recognise(kind: str, head: bytes, file: str) -> bool:
    """By the name's ending; of JSON lines also by the first line, which is an object."""
    if not file.lower().endswith(f".{kind}"):
        return False
    try:
        return kind != "jsonl" or bool(next((json_object(line) for line in opening(head) if line.strip()), None))
    except FaultError:
        return False


def look(kind: str, head: bytes, file: str, header: bool) -> dict[str, list[str]]:
    """The columns and their first values. Raises BadInput for a header at fault."""
    rows = (row for _, row in ROWS[kind]("\n".join(opening(head)), file, header, lambda _: None))
    found = list(islice((row for row in rows if not isinstance(row, FaultError)), LOOK))
    return {column: [str(row[column]) for row in found] for column in (found[0] if found else ())}


def suggest(kind: str, head: bytes, file: str, header: bool) -> Reading:
    """The columns whose names say what they hold; None or () for what no name says."""
    columns = list(look(kind, head, file, header))

    def called(names: tuple[str, ...]) -> list[str]:
        return [column for name in names for column in columns if column.lower() == name]

    text, second, split = (next(iter(called(names)), None) for names in (TEXTS, SECONDS, SPLITS))
    labels, numbers = (tuple(called(names)) for names in (LABELS, NUMBERS))
    return Reading(format=kind, text=text, second=second, labels=labels, numbers=numbers, split=split, header=header)


def _register(kind: str, title: str, misleads: str, source: str, example: str) -> None:
    FORMATS.register(
        Format(
            Card(
                name=kind,
                title=f"Labelled texts ({title})",
                measures="A text a row with labels or numbers in columns, and a second text where rows are pairs.",
                assumes="Columns called text or sentence and label (or premise, hypothesis, score …) are found by their names; others are chosen. "
                "Text is parted into words by white space, and punctuation comes off their edges. UTF-8, else Latin-1, with a complaint.",
                misleads=misleads,
                source=source,
            ),
            1 + 1000 * WORDS_VERSION,
            (f".{kind}",),
            example,
            parse,
            partial(recognise, kind),
            partial(suggest, kind),
            partial(look, kind),
            by_ending=True,
        )
    )


_register(
    "tsv",
    "TSV",
    "Quotes are part of the text. A file in the order of its labels is cut by sentence, but limits take its first rows.",
    "Wang et al. 2018 (arXiv 1804.07461), for the usual columns",
    "text\tlabel\nA fine film.\tgood",
)
_register(
    "csv",
    "CSV",
    "A quote that is never closed swallows what follows. A file in the order of its labels is cut by sentence, but limits take its first rows.",
    "RFC 4180",
    'premise,hypothesis,label\n"A man sings, loudly.",Somebody sings.,entailment',
)
_register(
    "jsonl",
    "JSON lines",
    "Where a row holds a list of words with a list of tags, the words are taken as they are; a text beside them is parted by the rule above.",
    "jsonlines.org",
    '{"text": "A fine film.", "label": "good", "score": 4.5}\n{"words": ["Ada", "writes"], "tags": ["B-PER", "O"]}',
)
