"""A row of named columns as a sentence: its text, its labels, its numbers, and the other half of a pair."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from probing.corpora import splits
from probing.corpora.faults import FaultError, NoLabelError, Unlabelled
from probing.corpora.reading import Reading
from probing.corpora.sentence import Complaint, Sentence
from probing.corpora.words import bare, split_words, visible
from probing.errors import BadInput, advised
from probing.installation import PROGRAM

HIDDEN = "-1"  # the label of everything in a test whose labels are kept back
NO_TAG = "-100"  # what losses pass over
DASH = "-"  # SNLI's label where its annotators did not agree
LARGEST = 1e100  # of a number: squares of what is far beyond it are beyond a double
COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")  # a decimal comma, in tables whose columns a semicolon parts


def check_columns(reading: Reading, columns: list[str], where: str) -> None:
    """Raises BadInput where a column is named that is not there, or where no text, label or number is.

    Raises Unlabelled, which is one, where the text is there and none of the labels and numbers.
    """
    has = f"it has {', '.join(columns)[:300] or 'none'}"
    labels = (*reading.labels, *reading.numbers)
    if labels and reading.text in columns and not set(labels) & set(columns):
        raise Unlabelled(f"{where} has no column {labels[0][:80]!r} ({has}): choose among them.")
    named = [reading.text, reading.second, *labels, reading.split]
    gone = next((column for column in named if column is not None and column not in columns), None)
    if gone is not None:
        raise BadInput(f"{where} has no column {gone[:80]!r} ({has}): choose among them.")
    if reading.text is None or not labels:
        missing = "the text" if reading.text is None else "a label or a number"
        raise advised(
            f"{where} does not say which column holds {missing} ({has})",
            f"register it with {PROGRAM} corpora add NAME PATH --text COLUMN --label COLUMN",
            "add it under Add data on the page Corpora and data, where columns are chosen",
            "choose its column below the format",
        )


def sentence_of(row: Mapping[str, object], reading: Reading, name: str, line: int) -> Sentence:
    """The sentence of a row. Raises FaultError with what is wrong."""
    forms = _forms(row, reading.text)
    labels: list[tuple[str, str]] = []
    tags: list[list[tuple[str, str]]] = [[] for _ in forms]
    for column in reading.labels:
        value = row.get(column)
        if isinstance(value, list):
            if len(value) != len(forms):
                raise FaultError(f"{column!r} has {len(value)} labels where the text has {len(forms)} words.")
            for place, label in zip(tags, value, strict=True):
                own_label = None if label is None else _label(label, column)
                if own_label is not None and own_label != NO_TAG and own_label not in reading.none:
                    place.append((sys.intern(column), own_label))
        elif _said(value, reading):
            labels.append((sys.intern(column), _label(value, column)))
    for column in reading.numbers:
        if _said(row.get(column), reading):
            labels.append((sys.intern(column), _number(row[column], column, reading.sep)))
    if not labels and not any(tags):
        raise NoLabelError(_none(row, reading))
    second = None
    if reading.second is not None:
        second = Sentence(f"{name}/2", tuple(map(bare, _forms(row, reading.second))), line)
    words = tuple(bare(form, tuple(found)) for form, found in zip(forms, tags, strict=True))
    return Sentence(name, words, line, tuple(dict(labels).items()), second=second)


def split_of(row: Mapping[str, object], reading: Reading) -> str:
    """The split that a row says it is of; "" where there is no such column. Raises FaultError."""
    if reading.split is None:
        return ""
    said = splits.said_by(str(row.get(reading.split)), reading.split_names)
    if len(said) != 1:
        raise FaultError(f"{reading.split!r} is {str(row.get(reading.split))[:40]!r}, which is none of train, dev and test.")
    return said[0]


def dashes(sentences: Sequence[Sentence], reading: Reading) -> list[str]:
    """Columns in which "-" means that there is no label; a reading may say otherwise."""
    found: dict[str, set[str]] = {column: set() for column in reading.labels if not reading.none}
    for sentence in sentences:
        for column, label in sentence.labels:
            if column in found:
                found[column].add(label)
    return [column for column, labels in found.items() if dash_is_none(labels)]


def dash_is_none(labels: set[str]) -> bool:
    """Whether "-" is among labels and means none: the others are words, and no "+" is among them."""
    others = labels - {DASH}
    return (
        DASH in labels and bool(others) and "+" not in others and all(any(sign.isalpha() for sign in label) for label in others)
    )


def without_dashes(
    found: Sequence[tuple[Sentence, str]], reading: Reading, file: str, nothing: list[Complaint]
) -> list[tuple[Sentence, str]]:
    """Sentences with their splits, without labels that mean none; those that have no other are added to `nothing`."""
    columns = dashes([sentence for sentence, _ in found], reading)
    if not columns:
        return list(found)
    labelled = []
    for sentence, split in found:
        try:
            labelled.append((_without_dash(sentence, columns), split))
        except NoLabelError as fault:
            nothing.append(Complaint(file, sentence.line, str(fault)))
    nothing.sort(key=lambda complaint: complaint.line)
    return labelled


def _without_dash(sentence: Sentence, columns: Sequence[str]) -> Sentence:
    """The sentence without labels that mean none. Raises NoLabelError where no other is left."""
    labels = tuple((column, label) for column, label in sentence.labels if label != DASH or column not in columns)
    if len(labels) == len(sentence.labels):
        return sentence
    if not labels and not any(word.tags for word in sentence.words):
        raise NoLabelError(f"{', '.join(columns)} is '-', which means none here.")
    return replace(sentence, labels=labels)


def _forms(row: Mapping[str, object], column: str | None) -> list[str]:
    value = row.get(column or "")
    forms = value if isinstance(value, list) else split_words(value) if isinstance(value, str) else []
    if not forms:
        raise FaultError(f"{column!r} holds no text.")
    if not all(isinstance(form, str) and form.strip() for form in forms):
        raise FaultError(f"{column!r} has a word that is empty or no text.")
    if not any(visible(form) for form in forms):
        raise FaultError(f"{column!r} holds no text that can be seen.")
    return forms


def _said(value: object, reading: Reading) -> bool:
    if value is None or value != value:  # not a number, as pandas writes what is missing
        return False
    text = str(value).strip()
    return text != "" and text not in reading.none


def _none(row: Mapping[str, object], reading: Reading) -> str:
    """Why a row has no label."""
    columns = (*reading.labels, *reading.numbers)
    found = next((value for column in columns if isinstance(value := row.get(column), str) and value.strip()), None)
    if found is not None:
        return f"{', '.join(columns)} is {found.strip()[:40]!r}, which means none."
    return f"{', '.join(columns)} is empty."


def _label(value: object, column: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise FaultError(f"{column!r} holds no label.")
    return sys.intern(str(value).strip())


def _number(value: object, column: str, sep: str) -> str:
    text = str(value).strip()
    if sep == ";" and COMMA.fullmatch(text):
        text = text.replace(",", ".")
    try:
        size = abs(float(text))
    except ValueError:
        size = math.nan
    if not math.isfinite(size) and size != math.inf:
        raise FaultError(f"{column!r} is {text[:40]!r}, which is no number.")
    if size > LARGEST:
        raise FaultError(f"{column!r} is {text[:40]!r}, which is too large a number.")
    return text
