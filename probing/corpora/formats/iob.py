"""The format `iob`: a word a line with its tags in columns, a blank line between sentences (CoNLL-2003 and its kin)."""

from __future__ import annotations

import re
import sys

from probing.corpora.bio import TAG
from probing.corpora.decoding import decoded
from probing.corpora.faults import FaultError, left_out
from probing.corpora.formats.format import FORMATS, LOOK, Format, Parsed, Tell, numbered, opening, refuse_empty
from probing.corpora.reading import Reading
from probing.corpora.rows import check_columns
from probing.corpora.sentence import Complaint, Sentence, Word
from probing.corpora.words import bare
from probing.registry import Card

CONLL_2003 = ("word", "pos", "chunk", "ner")
COMMENT = re.compile(r"#\s")
ENOUGH = 0.9  # of the lines looked at: so many have a span's tag


def named(count: int) -> list[str]:
    """What the columns are called: CoNLL-2003's four by name, others by number."""
    return list(CONLL_2003) if count == len(CONLL_2003) else [str(number) for number in range(1, count + 1)]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("\t")] if "\t" in line.strip() else line.split()


def parse(data: bytes, file: str, reading: Reading, tell: Tell) -> Parsed:
    """Lines -DOCSTART- are passed over, and comments before a sentence; a line with other columns takes its sentence with it."""
    complaints: list[Complaint] = []
    faults: list[Complaint] = []
    sentences: list[Sentence] = []
    columns: list[str] = []
    words: list[Word] = []
    start, fault = 0, ""

    def end() -> None:
        nonlocal words, start, fault
        if fault:
            faults.append(Complaint(file, start, fault))
        elif words:
            sentences.append(Sentence(f"{file}:{start}", tuple(words), start))
        words, start, fault = [], 0, ""

    for number, line in numbered(decoded(data, file, complaints), tell):
        found = cells(line)
        if not line.strip() or found[0] == "-DOCSTART-":
            end()
            continue
        if not start and COMMENT.match(line) and len(found) != len(columns):
            continue
        if not columns:
            columns = named(len(found))
            check_columns(_whole(reading, columns), columns, file)
        if not fault:
            try:
                words.append(_word(found, columns, _whole(reading, columns)))
            except FaultError as error:
                fault, start = str(error), number
        start = start or number
    end()
    found_complaints = [*complaints, *left_out(faults, len(sentences))]
    refuse_empty(sentences, file, "a word a line with its tag in the last column")
    return Parsed(sentences, found_complaints)


def _whole(reading: Reading, columns: list[str]) -> Reading:
    """The reading with what it leaves open: the first column is the word, the last its tag."""
    return reading.model_copy(update={"text": reading.text or columns[0], "labels": reading.labels or (columns[-1],)})


def _word(found: list[str], columns: list[str], reading: Reading) -> Word:
    if len(found) != len(columns):
        raise FaultError(f"the line has {len(found)} columns where the first has {len(columns)}.")
    row = dict(zip(columns, found, strict=True))
    form = row[reading.text or ""]
    empty = next((column for column in reading.labels if not row[column]), None)
    if not form or empty:
        raise FaultError(f"the column {empty or reading.text!r} is empty.")
    return bare(form, tuple((sys.intern(column), sys.intern(row[column])) for column in reading.labels))


def recognise(head: bytes, file: str) -> bool:
    """By lines of several columns of which the last is O, B-… or I-…"""
    if file.lower().endswith((".iob", ".iob2", ".bio")):
        return True
    rows = [cells(line) for line in opening(head) if line.strip() and not COMMENT.match(line)]
    tagged = sum(len(row) > 1 and bool(TAG.fullmatch(row[-1])) for row in rows)
    return len(rows) > 1 and tagged >= ENOUGH * len(rows)


def look(head: bytes, file: str, header: bool) -> dict[str, list[str]]:
    """The columns of the first lines with a word."""
    del file, header
    rows = [cells(line) for line in opening(head) if line.strip() and not COMMENT.match(line) and cells(line)[0] != "-DOCSTART-"]
    columns = named(len(rows[0])) if rows else []
    return {column: [row[place] for row in rows[:LOOK] if place < len(row)] for place, column in enumerate(columns)}


def suggest(head: bytes, file: str, header: bool) -> Reading:
    columns = list(look(head, file, header))
    return Reading(format="iob", text=columns[0] if columns else None, labels=tuple(columns[-1:]), header=False)


FORMATS.register(
    Format(
        Card(
            name="iob",
            title="Tags in columns (IOB)",
            measures="A word a line, its tags in the columns after it: entities, chunks, slots, or any tag of words.",
            assumes="Tabs or spaces between columns, a blank line between sentences. The last column is the tag unless others are chosen. Four "
            "columns are called word, pos, chunk and ner, as in CoNLL-2003; others go by their number. IOB1 and BIO are both read.",
            misleads="A file without blank lines is one long sentence, of which a model reads the beginning only.",
            source="Tjong Kim Sang & De Meulder 2003 (aclanthology.org/W03-0419)",
        ),
        1,
        (".iob", ".iob2", ".bio", ".conll", ".txt", ".tsv"),
        "Ada B-PER\nwrites O",
        parse,
        recognise,
        suggest,
        look,
    )
)
