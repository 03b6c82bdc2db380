"""A row of named columns as a sentence: its text, its labels, its numbers, and the other half of a pair."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping

from probing.corpora import splits
from probing.corpora.faults import FaultError
from probing.corpora.reading import Reading
from probing.corpora.sentence import Sentence, Word
from probing.corpora.words import bare, split_words
from probing.errors import BadInput


def check_columns(reading: Reading, columns: list[str], where: str) -> None:
    """Raises BadInput where a column is named that is not there, or where no text, label or number is."""
    has = f"it has {', '.join(columns)[:300] or 'none'}"
    named = [reading.text, reading.second, *reading.labels, *reading.numbers, reading.split]
    gone = next((column for column in named if column is not None and column not in columns), None)
    if gone is not None:
        raise BadInput(f"{where} has no column {gone[:80]!r} ({has}): choose among them.")
    if reading.text is None or not (reading.labels or reading.numbers):
        missing = "the text" if reading.text is None else "a label or a number"
        raise BadInput(
            f"{where} does not say which column holds {missing} ({has}): choose on the Data page, or with python -m probing corpora add "
            "NAME PATH --text COLUMN --label COLUMN."
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
                place.append((sys.intern(column), _label(label, column)))
        elif _said(value):
            labels.append((sys.intern(column), _label(value, column)))
    for column in reading.numbers:
        if _said(row.get(column)):
            labels.append((sys.intern(column), _number(row[column], column)))
    if not labels and not any(tags):
        raise FaultError(f"{', '.join((*reading.labels, *reading.numbers))} is empty.")
    second = None
    if reading.second is not None:
        second = Sentence(f"{name}/2", _bare(_forms(row, reading.second)), line)
    words = tuple(bare(form, tuple(found)) for form, found in zip(forms, tags, strict=True))
    return Sentence(name, words, line, tuple(dict(labels).items()), second=second)


def split_of(row: Mapping[str, object], reading: Reading) -> str:
    """The split that a row says it is of; "" where there is no such column. Raises FaultError."""
    if reading.split is None:
        return ""
    said = splits.said_by(str(row.get(reading.split)))
    if len(said) != 1:
        raise FaultError(f"{reading.split!r} is {str(row.get(reading.split))[:40]!r}, which is none of train, dev and test.")
    return said[0]


def _bare(forms: list[str]) -> tuple[Word, ...]:
    return tuple(bare(form) for form in forms)


def _forms(row: Mapping[str, object], column: str | None) -> list[str]:
    value = row.get(column or "")
    forms = value if isinstance(value, list) else split_words(value) if isinstance(value, str) else []
    if not forms:
        raise FaultError(f"{column!r} holds no text.")
    if not all(isinstance(form, str) and form.strip() for form in forms):
        raise FaultError(f"{column!r} has a word that is empty or no text.")
    return forms


def _said(value: object) -> bool:
    return value is not None and str(value).strip() != ""


def _label(value: object, column: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise FaultError(f"{column!r} holds no label.")
    return sys.intern(str(value).strip())


def _number(value: object, column: str) -> str:
    text = str(value).strip()
    try:
        finite = math.isfinite(float(text))
    except ValueError:
        finite = False
    if not finite:
        raise FaultError(f"{column!r} is {text[:40]!r}, which is no number.")
    return text
