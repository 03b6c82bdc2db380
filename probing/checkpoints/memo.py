"""Remembered results of checking a file or a tokenizer, so that a page need not read gigabytes twice."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from cache.errors import StoreError
from cache.files import sealed, unsealed, write_text

NAME = "fingerprints.json"


class Memo:
    """Findings by key in the store's fingerprints.json. `root` None keeps them for this object's life only.

    The file carries a digest of itself: one that was damaged is not believed, and is written anew. A file's key is its path, size
    and time of change; a memo that cannot be read or written costs time, never an error.
    """

    def __init__(self, root: Path | None) -> None:
        self.root, self.path = root, root / NAME if root else None
        self._found = self._read()

    @staticmethod
    def file_key(file: Path) -> str:
        real = file.resolve()
        stat = real.stat()
        return f"{real}|{stat.st_size}|{stat.st_mtime_ns}"

    def get(self, key: str) -> Any:
        return self._found.get(key)

    def put(self, key: str, value: Any) -> None:
        """Keep `value` (JSON; None forgets it). What another process wrote meanwhile stays."""
        self._found = {name: entry for name, entry in {**self._read(), **self._found, key: value}.items() if entry is not None}
        if self.path is None:
            return
        with contextlib.suppress(OSError, StoreError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_text(self.path, sealed(self._found), "the list of fingerprints")

    def forget(self, key: str) -> None:
        """Drop what turned out to be wrong."""
        self.put(key, None)

    def files(self) -> list[tuple[Path, str]]:
        """Every file whose hash is remembered and that has the size and time stamp of then, with that hash."""
        found = []
        for key, entry in self._found.items():
            path = Path(key.rsplit("|", 2)[0])
            with contextlib.suppress(OSError, ValueError):
                if isinstance(entry, dict) and isinstance(entry.get("sha256"), str) and self.file_key(path) == key:
                    found.append((path, entry["sha256"]))
        return found

    def _read(self) -> dict[str, Any]:
        return (unsealed(self.path) or {}) if self.path else {}
