"""What a format is: bytes → sentences, with every complaint at its file and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from probing.corpora import splits
from probing.corpora.faults import FaultError
from probing.corpora.reading import Reading
from probing.corpora.sentence import Complaint, Sentence
from probing.errors import BadInput
from probing.registry import Card, Registry

HEAD = 65_536  # bytes of a file that tell its format
LOOK = 5  # rows of a first look
EVERY = 2_000  # lines between two words of progress
Tell = Callable[[float], None]  # the share of a file that is read


@dataclass(frozen=True)
class Parsed:
    """A file's sentences, and the split that each says it is of ("" for none)."""

    sentences: list[Sentence]
    complaints: list[Complaint] = field(default_factory=list)
    splits: list[str] | None = None


@dataclass(frozen=True)
class Format:
    """A registered format. `version` enters a corpus's hash, since another parser may read the same bytes otherwise.

    `parse(data, file, reading, tell)` raises BadInput, one sentence, for a file that cannot be used. `recognise(head, file)` says whether a
    file that begins with `head` is of the format. `suggest(head, file, header)` is how it would be read, with what cannot be told left
    open; `look(head, file, header)` are the columns that may be chosen, each with its first values. `splits_of(file)` are the splits that a
    file's name tells of.
    """

    card: Card
    version: int
    endings: tuple[str, ...]
    example: str
    parse: Callable[[bytes, str, Reading, Tell], Parsed]
    recognise: Callable[[bytes, str], bool]
    suggest: Callable[[bytes, str, bool], Reading]
    look: Callable[[bytes, str, bool], dict[str, list[str]]] = lambda _head, _file, _header: {}
    splits_of: Callable[[str], list[str]] = splits.said_by
    by_ending: bool = False  # told by the name's ending alone, so tried after what is told by content
    whole: bool = False  # train, dev and test each have a file of their own: nothing is cut from another
    several: bool = False  # a split may be in several files


FORMATS: Registry[Format] = Registry("format")


def opening(head: bytes, lines: int = 200) -> list[str]:
    """The first lines of a file, for a look: of several the last, which may be cut, is dropped where the head is full."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n")
    found = text.split("\n")
    return (found[:-1] if len(head) >= HEAD and len(found) > 1 else found)[:lines]


def numbered(text: str, tell: Tell) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, telling how far the reading is."""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if number % EVERY == 0:
            tell(number / len(lines))
        yield number, line


def json_object(line: str) -> dict[str, Any]:
    """A line of JSON lines. Raises FaultError."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FaultError(f"the line is no JSON ({getattr(error, 'msg', 'nested too deep')}).") from error
    if not isinstance(found, dict):
        raise FaultError("the line is no JSON object.")
    return found


def refuse_empty(sentences: list[Sentence], file: str, wants: str) -> None:
    """Raises BadInput for a file without a sentence."""
    if not sentences:
        raise BadInput(f"{file} holds no sentence: give {wants}.")
