"""JSON that others wrote, read within limits: no text may cost memory, time or a traceback. Every refusal is one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from probing.errors import BadInput
from probing.files import read_bytes

MOST_NESTED = 64  # lists and objects inside one another; real files have fewer than 12
MOST_DIGITS = 64  # of a whole number; tokenizers write 10^30 where they know no limit
MOST_CONTAINERS = 4_000_000  # lists and objects of a file: an empty one takes 60 bytes of memory for 3 of the file


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
        raise BadInput(f"{where} holds a number of {error.args[0]:,} digits: {advice}.") from error
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
    """Of a number; it says of how many digits."""


def _too_deep(where: str, advice: str) -> BadInput:
    return BadInput(f"{where} is nested more than {MOST_NESTED} deep: {advice}.")
