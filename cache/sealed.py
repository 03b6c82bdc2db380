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
    """The folders of one kind under `folder`, each with a sealed record `KIND.json` with its checksums.

    What is not there is read from those `below`, which nothing here writes or removes. A damaged folder is removed, or mended by `mend`.
    """

    def __init__(
        self,
        folder: Path,
        kind: str,
        lock: Path,
        below: SealedFolders | None = None,
        mend: Callable[[str], None] | None = None,
    ) -> None:
        self._folder, self._kind, self._lock, self._below = folder, kind, lock, below
        self._mend = mend or (lambda name: files.remove(folder / name))

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
            return self._put(part, name)

    def place(self, name: str, whole: Path) -> bool:
        """Rename a whole folder on the same disk, record and all, to its place. False where a sound one of that name stands there: it stays.

        Raises StoreError where `whole` is not what its record says.
        """
        if not files.is_name(name) or SealedFolders(whole.parent, self._kind, self._lock).read(name, whole.name) is None:
            raise StoreError(f"The {self._kind} {name[:64]} is not what its record says: it is not put into the store.")
        with files.writing(f"the {self._kind}", whole):
            self._folder.mkdir(parents=True, exist_ok=True)
            return self._put(whole, name)

    def _put(self, part: Path, name: str) -> bool:
        for _ in range(3):
            if self._own(name) is not None:
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
        own = self._own(name)
        return own if own is not None or self._below is None else self._below._sound(name)

    def _own(self, name: str) -> dict[str, Any] | None:
        if not files.is_name(name) or not os.path.lexists(f"{self._folder}/{name}"):
            return None
        if (record := self._whole(name, afresh=False)) is not None:
            return record
        with FileLock(self._lock):  # another process may have removed it and saved it anew
            if (record := self._whole(name, afresh=True)) is None:
                self._mend(name)
                record = self._whole(name, afresh=True)
            return record

    def read(self, name: str, folder: str | None = None) -> dict[str, Any] | None:
        """The whole record of a folder, `files` with their checksums and `content`, once they are right; None where it is not sound.

        `folder` is where it lies for the time being. Nothing is removed.
        """
        return self._at(name)._whole(name, afresh=True, folder=folder)

    def _at(self, name: str) -> SealedFolders:
        """Whose the folder is: these, or those below."""
        if self._below is None or os.path.lexists(f"{self._folder}/{name}"):
            return self
        return self._below._at(name)

    def holds(self, name: str) -> bool:
        """Whether a folder of that name lies here, be it sound or not, and not below."""
        return files.is_name(name) and os.path.lexists(f"{self._folder}/{name}")

    def is_below(self, name: str) -> bool:
        """Whether a folder is read from below."""
        return self._at(name) is not self

    def there(self, name: str) -> bool:
        """Whether the folder is there by its record and its files' sizes; their checksums are not read."""
        if not files.is_name(name):
            return False
        if (at := self._at(name)) is not self:
            return at.there(name)
        return (record := self._record(name)) is not None and self._signature(name, record) is not None

    def verify(self) -> list[str]:
        """Read every checksum anew; damaged folders are removed and returned by name."""
        _checked.clear()
        return [name for name in self.own_names() if self._own(name) is None]

    def names(self) -> list[str]:
        below = set() if self._below is None else set(self._below.names())
        return sorted(below.union(self.own_names())) if below else self.own_names()

    def own_names(self) -> list[str]:
        """Without those below."""
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
        record = self._at(name)._record(name)
        return record["content"] if record else {}

    def saved(self, name: str) -> float:
        """When the folder was saved, in seconds since the epoch; 0 where it is gone."""
        return files.modified(self._at(name)._folder / name / f"{self._kind}.json") or 0.0

    def file(self, name: str, file: str) -> Path:
        """The path of one of its files, noted as used now. Raises StoreError where there is no sound folder."""
        if not self.has(name):
            raise StoreError(f"The {self._kind} {name} is not in the store: run it again.")
        folder = (self if self._own(name) is not None else self._at(name))._folder / name
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
        if (at := self._at(name)) is not self:
            return at.bytes(name)
        record, stamp = self._record(name), self.stamp(name)
        if record is None or stamp is None:
            return files.size(self._folder / name)
        return stamp[1] + sum(facts["bytes"] for facts in record["files"].values())

    def last_used(self, name: str) -> float | None:
        return files.modified(self._at(name)._folder / name)

    def stamp(self, name: str) -> tuple[int, int, int] | None:
        """What tells its record from any other without reading it; None where there is none."""
        with contextlib.suppress(OSError):
            stat = os.stat(f"{self._at(name)._folder}/{name}/{self._kind}.json")
            return stat.st_ino, stat.st_size, stat.st_mtime_ns
        return None

    def _record(self, name: str, folder: str | None = None) -> dict[str, Any] | None:
        path = f"{self._folder}/{folder or name}/{self._kind}.json"
        try:
            stat = os.stat(path)
        except OSError:
            return None
        record = _unsealed(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))
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

    def _whole(self, name: str, afresh: bool, folder: str | None = None) -> dict[str, Any] | None:
        """Its record; None where it is damaged."""
        place, record = self._folder / (folder or name), self._record(name, folder)
        signature = None if record is None else self._signature(folder or name, record)
        if record is None or signature is None:
            return None
        try:
            if not afresh and _checked.get(str(place)) == signature:
                return record
            if any(file_sha256(place / file) != facts["sha256"] for file, facts in record["files"].items()):
                return None
        except OSError:
            return None
        _checked[str(place)] = signature
        return record


@lru_cache(maxsize=2048)
def _unsealed(path: str, stamp: tuple[int, int, int]) -> dict[str, Any] | None:  # noqa: ARG001
    """The record of a sealed file, read and checked once a process as the files beside it are. Nobody may change it."""
    return files.unsealed(Path(path))


def _renamed(part: Path, target: Path) -> bool:
    """Rename a folder onto a name that must be free; False where it is taken."""
    try:
        os.rename(part, target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True
