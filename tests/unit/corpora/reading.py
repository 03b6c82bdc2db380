"""What the tests of formats share: words at random, and a text read as a format of which columns are named."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from probing.corpora.formats import FORMATS, Parsed
from probing.corpora.reading import Hints
from probing.corpora.sentence import Sentence

FORM = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6)
FORMS = st.lists(FORM, min_size=1, max_size=6)


def read(kind: str, data: str | bytes, file: str = "f", **columns: Any) -> Parsed:
    raw = data.encode() if isinstance(data, str) else data
    found = FORMATS.get(kind)
    name = file if "." in file else f"{file}{found.endings[0]}"
    hints = Hints(*(columns.pop(one, usual) for one, usual in (("header", True), ("sep", ""), ("encoding", ""))))
    reading = found.suggest(raw, name, hints).model_copy(update=columns)
    found = FORMATS.get(reading.format)
    return found.parse(raw, name, reading, lambda _: None)


def said(parsed: Parsed) -> list[str]:
    return [str(complaint) for complaint in parsed.complaints]


def words(sentence: Sentence) -> list[str]:
    return list(sentence.forms)


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
