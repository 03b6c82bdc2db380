"""Ways to damage one file."""

from __future__ import annotations

import os
from pathlib import Path


def cut(path: Path) -> None:
    """Take the last seven bytes away."""
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path, at: int = -3, bit: int = 0) -> None:
    """Turn one bit of the byte at `at` over."""
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << bit
    path.write_bytes(data)


def flip_unseen(path: Path, at: int = -3, bit: int = 0) -> None:
    """Turn one bit over and keep size and time stamps."""
    stat = path.stat()
    flip(path, at, bit)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)
