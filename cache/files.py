"""Files that are complete or absent: temporary names, atomic replacement, records with a checksum, errors of a full disk."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cache.errors import StoreError
from cache.keys import canonical_json, digest
from cache.processes import birth

DAY = 86_400.0  # seconds after which a temporary name belongs to nobody
_TEMPORARY = re.compile(r"^\..*\.(\d+)\.[0-9a-f]{8}\.part$")
_NAME = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.+=@-]{0,127}")
_HERE, _SWAP = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux; RENAME_SWAP of macOS is 2 as well
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_name(text: str) -> bool:
    """Whether `text` may name a file of the store: no separator, no leading dot, at most 128 characters."""
    return bool(_NAME.fullmatch(text))


def temporary(folder: Path, name: str) -> Path:
    """A new name in `folder` that no reader looks at; it tells the process that owns it."""
    return folder / f".{name[:80]}.{os.getpid()}.{uuid.uuid4().hex[:8]}.part"


def clean(folder: Path) -> list[Path]:
    """Remove what dead processes left in `folder` under temporary names, and what is older than a day."""
    gone = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for entry in list(os.scandir(folder)):
            found = _TEMPORARY.match(entry.name)
            with contextlib.suppress(OSError):
                if found and (birth(int(found[1])) is None or time.time() - entry.stat(follow_symlinks=False).st_mtime > DAY):
                    remove(Path(entry.path))
                    gone.append(Path(entry.path))
    return gone


def remove(path: Path) -> None:
    """Remove a file or a folder; a folder vanishes under its own name first, so nobody reads half of it."""
    if path.is_dir() and not path.is_symlink():
        away = path
        if not _TEMPORARY.match(path.name):
            away = temporary(path.parent, path.name)
            try:
                path.rename(away)
            except FileNotFoundError:
                return
        shutil.rmtree(away, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def put(part: Path, path: Path) -> None:
    """Rename a file to its place. A folder that stands there by damage goes first: it would stand in the way for ever."""
    if path.is_dir() and not path.is_symlink():
        remove(path)
    os.replace(part, path)


def publish(part: Path, folder: Path, sign: str) -> None:
    """Rename a folder that was written as `part` to its place. Where another process put the same there first, which the file `sign` shows,
    its copy stays and `part` goes."""
    try:
        os.rename(part, folder)
    except OSError:
        if not (folder / sign).is_file():
            raise
        with contextlib.suppress(OSError):
            remove(part)


def exchange(one: Path, other: Path) -> bool:
    """Swap what two names stand for in one step, so that neither is ever missing. False where the system or its file system cannot."""
    names = os.fsencode(one), os.fsencode(other)
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        return bool(library.renameat2(_HERE, names[0], _HERE, names[1], _SWAP) == 0)
    return hasattr(library, "renamex_np") and bool(library.renamex_np(*names, _SWAP) == 0)


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 where there is nothing (or no longer)."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        with os.scandir(path) as entries:  # an entry knows what it is without another look at the disk
            own = [entry for entry in entries if not entry.is_symlink()]
        return sum(size(Path(entry.path)) if entry.is_dir() else entry.stat().st_size for entry in own)
    except OSError:
        return 0


def free(path: Path) -> int:
    """Bytes that are left on the disk of `path`, whether it is there or not."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free
    return 0


def modified(path: Path) -> float | None:
    """Seconds since the epoch, or None where there is no such file."""
    try:
        return path.stat().st_mtime
    except OSError:
        return None


@contextlib.contextmanager
def writing(what: str, *leftovers: Path) -> Iterator[None]:
    """Turn a failure to write into a StoreError, and remove the leftovers whatever went wrong."""
    try:
        yield
    except BaseException as error:
        for path in leftovers:
            with contextlib.suppress(OSError):
                remove(path)
        if said := trouble(error, what):
            raise StoreError(said) from error
        raise


def trouble(error: BaseException, what: str) -> str | None:
    """The sentence for an error of writing; None where it is none. safetensors wraps the system's error in text."""
    code = error.errno if isinstance(error, OSError) else None
    if code is None and type(error).__name__ == "SafetensorError":
        found = re.search(r"os error (\d+)", str(error))
        code = int(found[1]) if found else None
    if code is None:
        return None
    if code in _FULL:
        return (
            f"The disk is full: {what} could not be written; free space or evict from the store, then resume "
            "(what was finished is kept)."
        )
    subject = what[:1].upper() + what[1:]
    place = getattr(error, "filename", None)
    where = f" at {os.fsdecode(place)}" if place else ""
    return f"{subject} could not be written ({os.strerror(code)}{where}): check the folder and its permissions."


def write_text(path: Path, text: str, what: str) -> None:
    """Put `text` at `path` whole. Raises StoreError."""
    part = temporary(path.parent, path.name)
    with writing(what, part):
        part.write_text(text, encoding="utf-8")
        put(part, path)


def sealed(record: dict[str, Any]) -> str:
    """The record as canonical JSON with a digest of itself, so that a reader can tell that it is whole."""
    body = canonical_json(record)
    return canonical_json({"record": json.loads(body), "seal": digest(body)})


def unsealed(path: Path) -> dict[str, Any] | None:
    """The record of a sealed file; None where it is missing, cut short or altered."""
    try:
        outer = json.loads(path.read_text(encoding="utf-8"))
        record = outer["record"]
        whole = isinstance(record, dict) and outer["seal"] == digest(canonical_json(record))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return record if whole else None
