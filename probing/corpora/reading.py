"""How a corpus's files are read: the format, and the meaning of each column."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Literal, NamedTuple

from pydantic import Field, field_validator

from probing.corpora.sentence import SPLITS
from probing.errors import BadInput, Request

SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
NO_TEXT = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}  # codecs of something else


class Hints(NamedTuple):
    """What is known of a table before its columns are: the header, the separator and the encoding ("" = to be found out)."""

    header: bool = True
    sep: str = ""
    encoding: str = ""


FOUND = Hints()


class Reading(Request):
    """A format and its columns. Frozen, no unknown keys. A column without a header is called by its number, from 1."""

    named = "The mapping's {}"

    format: str = Field(description="a registered format")
    text: str | None = Field(default=None, description="the column with the text (or the words, where it holds lists)")
    second: str | None = Field(default=None, description="the column with the other text of a pair")
    labels: tuple[str, ...] = Field(default=(), description="columns that label a sentence, or its words where they hold lists")
    numbers: tuple[str, ...] = Field(default=(), description="columns that hold a number for each sentence")
    split: str | None = Field(default=None, description="the column that says train, dev or test")
    header: bool = Field(default=True, description="whether the first line names the columns")
    sep: str = Field(
        default="", max_length=1, description="the sign between columns: tab, comma, semicolon, pipe, space or the sign"
    )
    encoding: str = Field(default="", max_length=40, description="the encoding of the files, such as utf-8, cp1252 or utf-16")
    split_names: tuple[tuple[str, str], ...] = Field(
        default=(), description="what train, dev and test are called: tr=train,va=dev,te=test"
    )
    none: tuple[str, ...] = Field(default=(), description="labels that mean that there is none, such as -")
    tags: Literal["", "bio", "io"] = Field(
        default="", description="spans' tags that become BIO: bio = with marks, io = bare types"
    )

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str) -> str:
        """The codec's own name, so that latin1 and latin-1 are one reading."""
        try:
            found = codecs.lookup(name) if name else None
        except (LookupError, ValueError):
            found = None
        if name and (found is None or not found._is_text_encoding or found.name.replace("-", "_") in NO_TEXT):
            raise ValueError("no encoding of text that is known here (utf-8, utf-16, cp1252 and latin-1 are)")
        return found.name if found else ""

    @field_validator("split_names")
    @classmethod
    def _ours(cls, names: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        if any(ours not in SPLITS for _, ours in names):
            raise ValueError("a split is train, dev or test")
        return names

    def canonical(self) -> str:
        """The JSON that a corpus's hash is made of. A field that came later is in it only where it says something, so that no hash moves."""
        later = ("sep", "encoding", "split_names", "none", "tags")
        return self.model_dump_json(exclude={name for name in later if not getattr(self, name)})


def separator(text: str) -> str:
    """The sign that an option names. Raises BadInput."""
    found = SEPARATORS.get(text.lower(), text)
    if len(found) > 1 or found in {'"', "\n", "\r"}:
        raise BadInput(f"{text[:40]!r} is no separator of columns: write {', '.join(SEPARATORS)} or one sign.")
    return found


def split_names(parts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names of splits as an option gives them, `tr=train,va=dev`. Raises BadInput."""
    pairs = [part.partition("=") for text in parts for part in text.split(",") if part.strip()]
    found = tuple((theirs.strip(), ours.strip()) for theirs, _, ours in pairs)
    wrong = next((f"{theirs}={ours}" for theirs, ours in found if not theirs or ours not in SPLITS), None)
    if wrong is not None:
        raise BadInput(f"{wrong[:60]!r} names no split: write what yours are called, such as tr=train,va=dev,te=test.")
    return found
