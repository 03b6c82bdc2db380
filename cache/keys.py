"""Names made from content: the same content has the same key everywhere and always."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SCHEMA: int = 1  # raise when a stored format changes its meaning: every key and run id changes with it


def canonical_json(value: Any) -> str:
    """The one JSON text of `value`: keys sorted, no spaces, ASCII only; parsing it and asking again gives the same.

    Tuples become lists and NumPy scalars plain numbers. Raises ValueError for NaN, infinities and keys that are not
    strings (sorted as numbers they would stand in another order than as the strings JSON makes of them).
    """
    _refuse_odd_keys(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_python_number)


def digest(*parts: str | bytes) -> str:
    """32 hex digits of the SHA-256 of the parts, each preceded by its length: ("a", "b") is not ("ab", "")."""
    sha = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        sha.update(len(data).to_bytes(8, "big"))
        sha.update(data)
    return sha.hexdigest()[:32]


def sentence_key(forms: Sequence[str]) -> str:
    """The key of a sentence given as its word forms, 32 hex digits: other boundaries, another key."""
    return digest(*forms)


def file_sha256(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, 64 hex digits, read in pieces. Raises OSError where it cannot be read."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_odd_keys(value: Any) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ValueError(f"canonical JSON has string keys only, not {key!r}")
            _refuse_odd_keys(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_odd_keys(inner)


def _python_number(value: Any) -> Any:
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no canonical JSON")
