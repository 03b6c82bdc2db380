"""Locks between processes: `flock` on a file, given up by the kernel when its holder dies."""

from __future__ import annotations

import fcntl
import os
import weakref
from pathlib import Path
from types import TracebackType

from cache.errors import StoreError


class FileLock:
    """A lock on `path`, exclusive or shared; the file is made where it is missing, and never removed.

    Two FileLocks on one path are two holders, in one process too. One that is dropped without `release` lets go.
    """

    def __init__(self, path: str | Path, shared: bool = False) -> None:
        self.path = Path(path)
        self.shared = shared
        self._closing: weakref.finalize | None = None

    @property
    def held(self) -> bool:
        return self._closing is not None

    def acquire(self, blocking: bool = True) -> bool:
        """True once the lock is held; with `blocking` false, False at once where another holder is in the way.

        Raises RuntimeError where this very object holds it already, and StoreError where the file cannot be made.
        """
        if self.held:
            raise RuntimeError(f"{self.path.name} is held already")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(
                f"The store's lock {self.path} cannot be opened ({error.strerror}): check the folder's permissions."
            ) from error
        mode = fcntl.LOCK_SH if self.shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, mode if blocking else mode | fcntl.LOCK_NB)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._closing = weakref.finalize(self, os.close, descriptor)
        return True

    def release(self) -> None:
        """Let go; nothing happens where it is not held."""
        if self._closing is not None:
            self._closing()
            self._closing = None

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
