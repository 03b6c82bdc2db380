"""What a format is: bytes → sentences, with every complaint at its file and line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from probing.corpora import splits
from probing.corpora.decoding import beginning, check_bytes, decoded, read_otherwise, whole_signs
from probing.corpora.faults import FaultError
from probing.corpora.reading import FOUND, Reading
from probing.corpora.sentence import Complaint, Sentence
from probing.errors import BadInput
from probing.registry import Card, Registry

HEAD = 65_536  # bytes of a file that tell its format
LOOK = 5  # rows of a first look
EVERY = 2_000  # lines between two words of progress
SPACE = re.compile(r"[ \t\n]*")
Tell = Callable[[float], None]  # the share of a file that is read


@dataclass(frozen=True)
class Parsed:
    """A file's sentences, and the split that each says it is of ("" for none)."""

    sentences: list[Sentence]
    complaints: list[Complaint] = field(default_factory=list)
    splits: list[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Format(Card):
    """A registered format, its card among it. `version` enters a corpus's hash, since another parser may read the same bytes otherwise.

    `parse(data, file, reading, tell)` raises BadInput, one sentence, for a file that cannot be used. `recognise(head, file)` says whether a
    file that begins with `head` is of the format. `suggest(head, file, hints)` is how it would be read, with what cannot be told left
    open; `look(head, file, hints)` are the columns that may be chosen, each with its first values. `splits_of(file)` are the splits that a
    file's name tells of. `mended(data, file, reading)` says whether a file is read otherwise than by an earlier release, which read it
    wrongly: its hash is another since, and no other's is.
    """

    version: int
    endings: tuple[str, ...]
    example: str
    parse: Callable[[bytes, str, Reading, Tell], Parsed]
    recognise: Callable[[bytes, str], bool]
    suggest: Callable[..., Reading]
    look: Callable[..., dict[str, list[str]]] = lambda _head, _file, _hints=FOUND: {}
    splits_of: Callable[[str], list[str]] = splits.said_by
    by_ending: bool = False  # told by the name's ending alone, so tried after what is told by content
    whole: bool = False  # train and test each have a file of their own, and files that name no split are passed over
    several: bool = False  # a split's files are read in turn, a sentence from each, whatever they are called
    mended: Callable[[bytes, str, Reading], bool] = lambda data, _file, reading: not reading.encoding and read_otherwise(data)


FORMATS: Registry[Format] = Registry("format")


def opening(head: bytes, lines: int = 200, encoding: str = "") -> list[str]:
    """The first lines of a file, for a look: of several the last, which may be cut, is dropped where the head is full."""
    found = beginning(head, encoding).split("\n")
    return (found[:-1] if len(head) >= HEAD and len(found) > 1 else found)[:lines]


def numbered(text: str, tell: Tell) -> Iterator[tuple[int, str]]:
    """Lines with their numbers from 1, telling how far the reading is."""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if number % EVERY == 0:
            tell(number / len(lines))
        yield number, line


def json_text(data: bytes, file: str, complaints: list[Complaint], encoding: str) -> str:
    """The text of a file of JSON, in which no sign is a half."""
    return whole_signs(decoded(data, file, complaints, encoding), file, complaints)


def json_object(line: str) -> dict[str, Any]:
    """A line of JSON lines. Raises FaultError."""
    check_bytes(line)
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise FaultError(f"the line is no JSON ({error.msg}).") from error
    except ValueError as error:
        raise FaultError("the line has a number of thousands of digits.") from error
    except RecursionError as error:
        raise FaultError("the line is no JSON (nested too deep).") from error
    if not isinstance(found, dict):
        raise FaultError("the line is no JSON object.")
    return found


def is_array(text: str) -> bool:
    """Whether JSON is one array rather than lines of objects."""
    return text.startswith("[", after_space(text, 0))


def json_rows(text: str, tell: Tell) -> Iterator[tuple[int, dict[str, Any] | FaultError]]:
    """The objects in JSON lines, or in one array of them, each with its line. What cannot be read is a FaultError in an object's place."""
    if is_array(text):
        yield from _array(text, tell)
        return
    for number, line in numbered(text, tell):
        if line.strip():
            try:
                yield number, json_object(line)
            except FaultError as fault:
                yield number, fault


def _array(text: str, tell: Tell) -> Iterator[tuple[int, dict[str, Any] | FaultError]]:
    """Item by item, so that each has its line; what follows a fault in the JSON itself cannot be found any more."""
    decoder = json.JSONDecoder()
    at = counted = text.index("[") + 1
    line, number = text.count("\n", 0, at) + 1, 0
    while True:
        at = after_space(text, at)
        line, counted = line + text.count("\n", counted, at), at
        if text[at : at + 1] == "]":
            return
        try:
            found, end = decoder.raw_decode(text, at)
            check_bytes(text[at:end])
        except FaultError as fault:
            yield line, fault
        except json.JSONDecodeError as error:
            yield line, FaultError(f"the array is no JSON from here on ({error.msg}).")
            return
        except (ValueError, RecursionError) as error:
            why = "nested too deep" if isinstance(error, RecursionError) else "a number of thousands of digits"
            yield line, FaultError(f"the array cannot be read from here on ({why}).")
            return
        else:
            yield line, found if isinstance(found, dict) else FaultError("the item is no JSON object.")
        number += 1
        if number % EVERY == 0:
            tell(at / len(text))
        at = after_space(text, end)
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            yield line, FaultError("the array is no JSON from here on (it does not end).")
            return


def after_space(text: str, at: int) -> int:
    """Where the white space of JSON that begins at `at` ends."""
    found = SPACE.match(text, at)
    assert found is not None
    return found.end()


def refuse_empty(sentences: list[Sentence], file: str, wants: str) -> None:
    """Raises BadInput for a file without a sentence."""
    if not sentences:
        raise BadInput(f"{file} holds no sentence: give {wants}.")
