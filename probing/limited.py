"""Files that others wrote, read within limits: none may cost memory, time or a traceback. Every refusal is one sentence."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from probing.errors import BadInput
from probing.files import opened

MOST_NESTED = 64  # lists and objects inside one another; real files have fewer than 12
MOST_DIGITS = 64  # of a whole number; tokenizers write 10^30 where they know no limit
MOST_CONTAINERS = 4_000_000  # lists and objects of a file: an empty one takes 60 bytes of memory for 3 of the file


def regular(path: Path) -> bool:
    """Whether `path` leads to a regular file. False too for a name that the file system cannot have."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def exists(path: Path) -> bool:
    """Whether `path` leads to anything. False too for a name that the file system cannot have."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


def refuse_leading_out(path: Path, within: Sequence[Path] | None) -> None:
    """Raise BadInput where a file is, or leads by links to, one outside the folders `within` (None: anywhere)."""
    if within is None:
        return
    real = Path(os.path.realpath(path))
    if not any(root == real or root in real.parents for root in within):
        raise BadInput(f"{path} is a link to a file outside the allowed folders: put the file itself in its place.")


def read_bytes(path: Path, most: int, advice: str, setting: str = "") -> bytes:
    """A regular file of at most `most` bytes. Raises BadInput, which ends in `advice`, or names the `setting` that allows more."""
    try:
        with opened(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > most:
                more = f"set {setting} higher where you trust it" if setting else advice
                raise BadInput(f"{path} has {size:,} bytes, more than {most:,}: {more}.")
            return stream.read(min(most, size))
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "its name is no name here"
        raise BadInput(f"{path} cannot be read ({why}): {advice}.") from error


def parse_json(data: bytes, where: str, advice: str) -> Any:
    """The value that UTF-8 JSON text holds; `where` names it in the sentence. Raises BadInput, which ends in `advice`.

    Refused are what is no JSON, what is nested more than MOST_NESTED deep, whole numbers of more than MOST_DIGITS digits, and strings
    with half a character in them (a lone surrogate), which no file, terminal or browser takes.
    """

    def whole(text: str) -> int:
        if len(text) > MOST_DIGITS:
            raise _TooLong(len(text))
        return int(text)

    if data.count(b"[") + data.count(b"{") > MOST_CONTAINERS:
        raise BadInput(f"{where} holds more than {MOST_CONTAINERS:,} lists and objects: {advice}.")
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_int=whole)
        if rb"\ud" in data or rb"\uD" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise _too_deep(where, advice) from error
    except _TooLong as error:
        raise BadInput(f"{where} holds a number of {error.digits:,} digits: {advice}.") from error
    except UnicodeEncodeError as error:
        raise BadInput(f"{where} holds half a character (a lone surrogate): {advice}.") from error
    except ValueError as error:
        raise BadInput(f"{where} cannot be read as JSON: {advice}.") from error
    if nested_beyond(value, MOST_NESTED):
        raise _too_deep(where, advice)
    return value


def json_object(path: Path, most: int, advice: str, setting: str = "") -> dict[str, Any]:
    """The JSON object in a file. Raises BadInput as `read_bytes` and `parse_json` do, and where it is no object."""
    value = parse_json(read_bytes(path, most, advice, setting), str(path), advice)
    if not isinstance(value, dict):
        raise BadInput(f"{path} is no JSON object: {advice}.")
    return value


def nested_beyond(value: Any, most: int) -> bool:
    """Whether lists and objects stand more than `most` deep inside one another."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return bool(level)


class _TooLong(ValueError):
    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self.digits = digits


def _too_deep(where: str, advice: str) -> BadInput:
    return BadInput(f"{where} is nested more than {MOST_NESTED} deep: {advice}.")
