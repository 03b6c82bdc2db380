"""made.json: the SHA-256 of each file of a folder when the folder was made. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cache import files
from cache.keys import file_sha256

MADE = "made.json"  # {"files": {name: SHA-256}}, sealed


def record(folder: Path) -> None:
    """Write the list. Raises OSError."""
    found = {file.name: file_sha256(file) for file in sorted(folder.iterdir()) if file.is_file() and file.name != MADE}
    (folder / MADE).write_text(files.sealed({"files": found}), encoding="utf-8")


def listed(folder: Path) -> dict[str, str] | None:
    """SHA-256 by name; None where there is no list or it was altered."""
    found = (files.unsealed(folder / MADE) or {}).get("files")
    return found if isinstance(found, dict) and all(Path(name).name == name for name in found) else None


def damaged(folder: Path, sha256: Callable[[Path], str] = file_sha256) -> list[str]:
    """The files that are not as they were made, or gone; MADE itself where it does not tell. `sha256` gives a file's digest."""
    found = listed(folder)
    if found is None:
        return [MADE]
    return [name for name, sha in found.items() if sha256_of(folder / name, sha256) != sha]


def sha256_of(file: Path, sha256: Callable[[Path], str] = file_sha256) -> str | None:
    """A file's digest; None where it cannot be read."""
    try:
        return sha256(file)
    except (OSError, ValueError):  # gone, or refused as damaged by who reads it
        return None
