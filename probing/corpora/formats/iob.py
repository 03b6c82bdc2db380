"""The format `iob`: a word a line with its tags in columns, a blank line between sentences (CoNLL-2003 and its kin).

What a line is, is judged by what stands in its columns: a comment has no tag where words have one, and neither has a heading. Which column
has the words and which the tags is judged so too: numbers that count the words are no words, and an annotator's name is no tag.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Literal

from probing.corpora import bio
from probing.corpora.decoding import check_bytes, decoded, read_otherwise
from probing.corpora.faults import FaultError, left_out
from probing.corpora.formats.format import FORMATS, LOOK, Format, Parsed, Tell, numbered, opening, refuse_empty
from probing.corpora.reading import FOUND, Hints, Reading
from probing.corpora.rows import check_columns
from probing.corpora.sentence import Complaint, Sentence, Word
from probing.corpora.words import bare, visible

CONLL_2003 = ("word", "pos", "chunk", "ner")
COMMENT = re.compile(r"#\s")
KEY = re.compile(r"#\s*[\w.:-]+\s*=")  # of comments as CoNLL-U has them
RANGE = re.compile(r"[0-9]{1,9}[-.][0-9]{1,9}")  # the number of a range of words, or of an empty one
ENOUGH = 0.9  # of the lines looked at: so many have a span's tag
HEAD_LINES = 400  # lines that tell what the columns are
HEADS = {"word", "words", "token", "tokens", "form", "text"}
BREAK = "-DOCSTART-"

Kind = Literal["end", "beside", "heading", "word"]  # of a line


def named(count: int) -> list[str]:
    """What the columns are called: CoNLL-2003's four by name, others by number."""
    return list(CONLL_2003) if count == len(CONLL_2003) else [str(number) for number in range(1, count + 1)]


def cells(line: str, sep: str = "") -> list[str]:
    return [cell.strip() for cell in line.split(sep or "\t")] if sep or "\t" in line.strip() else line.split()


class Columns:
    """What the first lines with words tell of a file's columns: which count the words, which are tags."""

    def __init__(self, lines: Sequence[str], sep: str = "") -> None:
        rows = [cells(line, sep) for line in lines if line.strip() and not COMMENT.match(line) and not KEY.match(line)]
        self.rows = [row for row in rows if row[0] != BREAK]
        self.width = Counter(map(len, self.rows)).most_common(1)[0][0] if self.rows else 0
        self.whole = [row for row in self.rows if len(row) == self.width]
        first = [row[0] for row in self.whole]
        self.counted = (
            self.width > 2
            and sum(one.isdigit() or bool(RANGE.fullmatch(one)) for one in first) >= ENOUGH * len(first)
            and all(int(b) in {1, int(a) + 1} for a, b in pairwise([one for one in first if re.fullmatch("[0-9]{1,9}", one)]))
        )
        self.names = named(self.width)
        self.word = int(self.counted)  # the place of the words' column

    def values(self, place: int) -> list[str]:
        return [row[place] for row in self.whole]

    def marked(self, place: int) -> bool:
        """Whether the column has tags with marks; the first row may be a heading."""
        found = self.values(place)[1:] if len(self.whole) > 1 else self.values(place)
        return bool(found) and sum(bool(bio.MARKED.fullmatch(one)) for one in found) >= ENOUGH * len(found)

    def tags(self) -> int:
        """The place of the tags: the last column with marked tags, else with bare types, else the last."""
        places = range(self.word + 1, self.width)
        marked = [place for place in places if self.marked(place) and set(self.values(place)[1:]) - {"O"}]
        types = [place for place in places if bio.is_bare(self.values(place))]
        return next((found[-1] for found in (marked, types) if found), self.width - 1)

    def scheme(self, place: int) -> Literal["", "bio", "io"]:
        """What has to be done for a column's tags to be BIO."""
        if self.marked(place):
            tags = [one for one in self.values(place) if bio.MARKED.fullmatch(one)]
            return "bio" if bio.other_than_bio(tags) else ""
        return "io" if bio.is_bare(self.values(place)) else ""


def kinds(text: str, reading: Reading, tell: Tell, before: bool = False) -> Iterator[tuple[int, str, list[str], Kind]]:
    """Each line with its number, its cells, and what it is; `before`: as an earlier release took it, by its shape alone."""
    columns = Columns(text.split("\n", HEAD_LINES)[:HEAD_LINES], reading.sep)
    label = columns.names.index(reading.labels[-1]) if reading.labels and reading.labels[-1] in columns.names else -1
    tagged = columns.width > 0 and columns.marked(label)
    counted = columns.counted and reading.text != columns.names[0]
    inside, width = False, 0

    def is_word(found: list[str]) -> bool:
        """Whether the cells are those of a word, as far as can be told."""
        if len(found) != (width or columns.width):
            return False
        return not tagged or (-len(found) <= label < len(found) and bool(bio.MARKED.fullmatch(found[label])))

    def kind_of(line: str, found: list[str]) -> Kind:
        if not found or not line.strip() or found[0] == BREAK:
            return "end"
        if before:
            return "beside" if not inside and COMMENT.match(line) and len(found) != width else "word"
        if KEY.match(line) and (not inside or not is_word(found)):
            return "beside"
        if COMMENT.match(line) and not inside and not (is_word(found) and (tagged or width)):
            return "beside"
        if not width and _is_heading(found, columns, label, tagged):
            return "heading"
        return "beside" if counted and RANGE.fullmatch(found[0]) else "word"

    for number, line in numbered(text, tell):
        found = cells(line, reading.sep)
        kind = kind_of(line, found)
        if kind == "word":
            inside, width = True, width or len(found)
        elif kind == "end":
            inside = False
        yield number, line, found, kind


def _is_heading(found: list[str], columns: Columns, label: int, tagged: bool) -> bool:
    if len(found) != columns.width or columns.width < 2:
        return False
    if tagged:
        return len(columns.whole) > 1 and not bio.MARKED.fullmatch(found[label])
    return found[0].lower() in HEADS and columns.values(label).count(found[label]) == 1


def parse(data: bytes, file: str, reading: Reading, tell: Tell) -> Parsed:
    """Lines -DOCSTART-, comments and a heading are passed over; a line with other columns takes its sentence with it."""
    complaints: list[Complaint] = []
    faults: list[Complaint] = []
    sentences: list[Sentence] = []
    columns: list[str] = []
    whole = reading
    block: list[tuple[int, str, list[str]]] = []  # the lines of the open sentence
    lines = kinds(decoded(data, file, complaints, reading.encoding), reading, tell)
    for number, line, found, kind in chain(lines, [(0, "", list[str](), "end")]):
        if kind == "heading":
            complaints.append(Complaint(file, number, "the line is a heading, and was passed over."))
        elif kind == "word":
            if not columns:
                columns = named(len(found))
                whole = _whole(reading, columns)
                check_columns(whole, columns, file)
            block.append((number, line, found))
        elif kind == "end" and block:
            try:
                sentences.append(Sentence(f"{file}:{block[0][0]}", _words(block, columns, whole), block[0][0]))
            except FaultError as fault:
                faults.append(Complaint(file, fault.line, str(fault)))
            block = []
    complaints += left_out(faults, len(sentences))
    refuse_empty(sentences, file, "a word a line with its tag in the last column")
    return Parsed(_as_bio(sentences, whole, file, complaints) if reading.tags else sentences, complaints)


def _words(block: Sequence[tuple[int, str, list[str]]], columns: list[str], reading: Reading) -> tuple[Word, ...]:
    """The words of a sentence's lines. Raises FaultError with the first fault and its line."""
    words = []
    for number, line, found in block:
        try:
            check_bytes(line)
            words.append(_word(found, columns, reading))
        except FaultError as fault:
            fault.line = number
            raise
    if not any(visible(word.form) for word in words):
        raise FaultError("no word of the sentence can be seen.", block[0][0])
    return tuple(words)


def mended(data: bytes, file: str, reading: Reading) -> bool:
    """Whether some line is another thing than an earlier release took it for, or the text another."""
    if not reading.encoding and read_otherwise(data):
        return True
    text = decoded(data, file, [], reading.encoding)
    columns = Columns(text.split("\n", HEAD_LINES)[:HEAD_LINES], reading.sep)
    tagged = columns.rows and bio.MARKED.fullmatch(columns.rows[0][-1]) and not columns.counted
    if tagged and not text.startswith("#") and "\n#" not in text:
        return False
    both = zip(kinds(text, reading, lambda _: None, before=True), kinds(text, reading, lambda _: None), strict=True)
    return any(old[3] != new[3] for old, new in both)


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
    labelled = ((column, row[column]) for column in reading.labels if row[column] not in reading.none)
    return bare(form, tuple((sys.intern(column), sys.intern(label)) for column, label in labelled))


def _as_bio(sentences: list[Sentence], reading: Reading, file: str, complaints: list[Complaint]) -> list[Sentence]:
    """The sentences with the tags of the reading's scheme as BIO. What is no tag of the scheme is outside, with a complaint."""
    types = reading.tags == "io"
    for column in reading.labels:
        tags = [[dict(word.tags).get(column, "O") for word in sentence.words] for sentence in sentences]
        every = Counter(tag for some in tags for tag in some)
        odd = {tag for tag in every if not types and not bio.MARKED.fullmatch(tag)}
        if (types and bio.is_marked(every)) or sum(every[tag] for tag in odd) > (1 - ENOUGH) * every.total():
            continue  # another column than the scheme is of
        if odd:
            said = f"{sum(every[tag] for tag in odd):,} tags, such as {min(odd)[:40]!r}, mark no span as the others do, and were read as O."
            complaints.append(Complaint(file, sentences[0].line, said))
        made = [bio.to_bio(["O" if tag in odd else tag for tag in some], types) for some in tags]
        sentences = [_tagged(sentence, column, some) for sentence, some in zip(sentences, made, strict=True)]
    return sentences


def _tagged(sentence: Sentence, column: str, tags: list[str]) -> Sentence:
    def word(old: Word, tag: str) -> Word:
        return replace(old, tags=tuple((name, sys.intern(tag) if name == column else other) for name, other in old.tags))

    return replace(sentence, words=tuple(word(old, tag) for old, tag in zip(sentence.words, tags, strict=True)))


def recognise(head: bytes, file: str) -> bool:
    """By lines of several columns of which one is O, B-… or I-… (or another scheme's), or O and types with blank lines between."""
    if file.lower().endswith((".iob", ".iob2", ".bio")):
        return True
    lines = opening(head)
    columns = Columns(lines)
    if len(columns.rows) < 2 or columns.width < 2:
        return False
    tagged = [
        sum(len(row) > place and bool(bio.MARKED.fullmatch(row[place])) for row in columns.rows) for place in range(columns.width)
    ]
    last = sum(len(row) > 1 and bool(bio.TAG.fullmatch(row[-1])) for row in columns.rows)
    if last >= ENOUGH * len(columns.rows):
        return True
    if any(
        count >= ENOUGH * len(columns.rows) and set(columns.values(place)) - {"O"} for place, count in enumerate(tagged) if place
    ):
        return True
    blank = any(not line.strip() for line in "\n".join(lines).strip().split("\n"))
    return (
        blank
        and len(columns.whole) == len(columns.rows)
        and bio.is_bare(columns.values(-1))
        and not any(" " in row[0] for row in columns.rows)
    )


def look(head: bytes, _file: str, hints: Hints = FOUND) -> dict[str, list[str]]:
    """The columns of the first lines with a word."""
    columns = Columns(opening(head, encoding=hints.encoding), hints.sep)
    return {column: [row[place] for row in columns.rows[:LOOK] if place < len(row)] for place, column in enumerate(columns.names)}


def suggest(head: bytes, _file: str, hints: Hints = FOUND) -> Reading:
    columns = Columns(opening(head, encoding=hints.encoding), hints.sep)
    fields: dict[str, object] = {"format": "iob", "header": False, "sep": hints.sep, "encoding": hints.encoding}
    if columns.width:
        place = columns.tags()
        fields |= {
            "text": columns.names[min(columns.word, columns.width - 1)],
            "labels": (columns.names[place],),
            "tags": columns.scheme(place),
        }
    return Reading.parse(fields)


FORMATS.register(
    Format(
        name="iob",
        title="Tags in columns (IOB)",
        measures="A word a line, its tags in the columns after it: entities, chunks, slots, or any tag of words.",
        assumes="Tabs or spaces between columns, a blank line between sentences. The last column with tags of spans is the tag, else the last, "
        "unless others are chosen; a first column that counts the words is passed over. Four columns are called word, pos, chunk and ner, as "
        "in CoNLL-2003; others go by their number. IOB1 and BIO are read as they are; BMES, BILOU, BIOES, B_X and bare types (IO) become BIO.",
        misleads="A file without blank lines is one long sentence, of which a model reads the beginning only.",
        source="Tjong Kim Sang & De Meulder 2003 (aclanthology.org/W03-0419)",
        version=1,
        endings=(".iob", ".iob2", ".bio", ".conll", ".txt", ".tsv"),
        example="Ada B-PER\nwrites O",
        parse=parse,
        recognise=recognise,
        suggest=suggest,
        look=look,
        mended=mended,
    )
)
