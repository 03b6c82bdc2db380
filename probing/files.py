"""Files that others wrote: only regular ones are opened, and no more than a limit is read into memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from probing.errors import BadInput

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


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


def opened(path: Path) -> BinaryIO:
    """A regular file, open for reading. Raises BadInput where the path is anything else (/dev/zero has no end, a pipe may never begin).

    Raises OSError where it cannot be opened.
    """
    _refuse_odd(path, os.stat(path).st_mode)  # a socket cannot be opened at all, and some devices act when they are
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        _refuse_odd(path, os.fstat(number).st_mode)  # what was opened, whatever took the path's place in between
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def _refuse_odd(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in KINDS if is_kind(mode)), "no file")
        raise BadInput(f"{path} is {kind}, and only a file can be read: give a file.")


def read_whole(stream: BinaryIO, limit: int, name: str, setting: str) -> bytes:
    """All that is left of a stream. Raises BadInput where that is more than `limit` bytes, which `setting` says."""
    pieces: list[bytes] = []
    left = limit
    while piece := stream.read(min(left + 1, 1 << 20)):
        left -= len(piece)
        if left < 0:
            raise too_large(name, limit, setting)
        pieces.append(piece)
    return b"".join(pieces)


def too_large(name: str, limit: int, setting: str) -> BadInput:
    return BadInput(f"{name} has more than {limit / 1e6:,.0f} MB: give a smaller file, or start Strata with a larger {setting}.")


def refuse_large(name: str, size: int, most: int, advice: str) -> None:
    """Raise BadInput, which ends in `advice`, for more than `most` bytes."""
    if size > most:
        raise BadInput(f"{name} has {size:,} bytes, more than {most:,}: {advice}.")


def read_bytes(path: Path, most: int, advice: str, setting: str = "") -> bytes:
    """A regular file of at most `most` bytes. Raises BadInput, which ends in `advice`, or names the `setting` that allows more."""
    try:
        with opened(path) as stream:
            size = os.fstat(stream.fileno()).st_size
            refuse_large(str(path), size, most, f"set {setting} higher where you trust it" if setting else advice)
            return stream.read(min(most, size))
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "its name is no name here"
        raise BadInput(f"{path} cannot be read ({why}): {advice}.") from error
