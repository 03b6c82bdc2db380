"""Sealed folders: folders of files that appear whole, are checksummed, and vanish whole."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cache import files
from cache.errors import StoreError
from cache.keys import SCHEMA, file_sha256
from cache.locks import FileLock

_TOUCH_SECONDS = 60.0
_checked: dict[str, tuple[tuple[int, int, int], ...]] = {}  # folder → signature of its files when they were right


class SealedFolders:
    """The folders of one kind under `folder`, each with a sealed record `KIND.json` with its checksums."""

    def __init__(self, folder: Path, kind: str, lock: Path) -> None:
        self._folder, self._kind, self._lock = folder, kind, lock

    def save(self, name: str, record: dict[str, Any], writers: Mapping[str, Callable[[Path], object]]) -> bool:
        """Write each file and the record under a temporary name, then rename the whole.

        False where a sound folder of that name is there already: it stays. Raises StoreError.
        """
        if not files.is_name(name):
            raise StoreError(f"{name!r} cannot name a {self._kind} of the store.")
        part = files.temporary(self._folder, name)
        with files.writing(f"the {self._kind}", part):
            part.mkdir(parents=True)
            listed = {}
            for file, write in writers.items():
                write(part / file)
                listed[file] = {"bytes": files.size(part / file), "sha256": file_sha256(part / file)}
            sealed = files.sealed({"schema": SCHEMA, "name": name, "files": listed, "content": record})
            (part / f"{self._kind}.json").write_text(sealed, encoding="utf-8")
            for _ in range(3):
                if self.has(name):
                    break
                if _renamed(part, self._folder / name):
                    return True
            files.remove(part)
            return False

    def has(self, name: str) -> bool:
        """Whether the folder is there, complete, its checksums (read once a process) right; else removed."""
        return self._sound(name) is not None

    def _sound(self, name: str) -> dict[str, Any] | None:
        """The record of a folder that `has` says is there."""
        if not files.is_name(name) or not os.path.lexists(f"{self._folder}/{name}"):
            return None
        if (record := self._whole(name, afresh=False)) is not None:
            return record
        with FileLock(self._lock):  # another process may have removed it and saved it anew
            if (record := self._whole(name, afresh=True)) is None:
                files.remove(self._folder / name)
            return record

    def there(self, name: str) -> bool:
        """Whether the folder is there by its record and its files' sizes; their checksums are not read."""
        return files.is_name(name) and (record := self._record(name)) is not None and self._signature(name, record) is not None

    def verify(self) -> list[str]:
        """Read every checksum anew; damaged folders are removed and returned by name."""
        _checked.clear()
        return [name for name in self.names() if not self.has(name)]

    def names(self) -> list[str]:
        with contextlib.suppress(OSError):
            return sorted(entry.name for entry in os.scandir(self._folder) if files.is_name(entry.name) and entry.is_dir())
        return []

    def content(self, name: str) -> dict[str, Any]:
        """What was recorded with the folder. Raises StoreError where there is no sound one."""
        record = self._sound(name)
        if record is None:
            raise StoreError(f"The {self._kind} {name} is not in the store: run it again.")
        return record["content"]

    def peek(self, name: str) -> dict[str, Any]:
        """Like `content`, without reading the files' checksums; {} where the record cannot be read."""
        record = self._record(name)
        return record["content"] if record else {}

    def saved(self, name: str) -> float:
        """When the folder was saved, in seconds since the epoch; 0 where it is gone."""
        return files.modified(self._folder / name / f"{self._kind}.json") or 0.0

    def file(self, name: str, file: str) -> Path:
        """The path of one of its files, noted as used now. Raises StoreError where there is no sound folder."""
        if not self.has(name):
            raise StoreError(f"The {self._kind} {name} is not in the store: run it again.")
        folder = self._folder / name
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _TOUCH_SECONDS:
                os.utime(folder)
        return folder / file

    def remove(self, name: str) -> None:
        """Remove a folder; nothing happens where there is none."""
        if files.is_name(name) and os.path.lexists(self._folder / name):
            with FileLock(self._lock):
                files.remove(self._folder / name)

    def bytes(self, name: str) -> int:
        """What it takes on disk, by its record where that can be read."""
        record, stamp = self._record(name), self.stamp(name)
        if record is None or stamp is None:
            return files.size(self._folder / name)
        return stamp[1] + sum(facts["bytes"] for facts in record["files"].values())

    def last_used(self, name: str) -> float | None:
        return files.modified(self._folder / name)

    def stamp(self, name: str) -> tuple[int, int, int] | None:
        """What tells its record from any other without reading it; None where there is none."""
        with contextlib.suppress(OSError):
            stat = os.stat(f"{self._folder}/{name}/{self._kind}.json")
            return stat.st_ino, stat.st_size, stat.st_mtime_ns
        return None

    def _record(self, name: str) -> dict[str, Any] | None:
        record = _unsealed(f"{self._folder}/{name}/{self._kind}.json", self.stamp(name))
        fits = record is not None and record.get("schema") == SCHEMA and record.get("name") == name
        return record if fits else None

    def _signature(self, name: str, record: dict[str, Any]) -> tuple[tuple[int, int, int], ...] | None:
        """What tells its files from any others without reading them; None where one is missing or of another size."""
        try:
            stats = [os.stat(f"{self._folder}/{name}/{file}") for file in record["files"]]
        except OSError:
            return None
        if [stat.st_size for stat in stats] != [facts["bytes"] for facts in record["files"].values()]:
            return None
        return tuple((stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats)

    def _whole(self, name: str, afresh: bool) -> dict[str, Any] | None:
        """Its record; None where it is damaged."""
        folder, record = self._folder / name, self._record(name)
        signature = None if record is None else self._signature(name, record)
        if record is None or signature is None:
            return None
        try:
            if not afresh and _checked.get(str(folder)) == signature:
                return record
            if any(file_sha256(folder / file) != facts["sha256"] for file, facts in record["files"].items()):
                return None
        except OSError:
            return None
        _checked[str(folder)] = signature
        return record


@lru_cache(maxsize=2048)
def _unsealed(path: str, stamp: tuple[int, int, int] | None) -> dict[str, Any] | None:
    """The record of a sealed file, read and checked once a process as the files beside it are. Nobody may change it."""
    return files.unsealed(Path(path)) if stamp else None


def _renamed(part: Path, target: Path) -> bool:
    """Rename a folder onto a name that must be free; False where it is taken."""
    try:
        os.rename(part, target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True
