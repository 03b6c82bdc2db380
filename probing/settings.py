"""Every STRATA_* variable, read here and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from probing.errors import BadInput


@dataclass(frozen=True)
class Settings:
    """What the environment says. Build with `Settings.read()`."""

    store: Path  # STRATA_STORE: where activations, results and jobs live
    roots: tuple[Path, ...] | None  # STRATA_ROOTS, separated like PATH; None = not set
    store_limit_bytes: int  # STRATA_STORE_LIMIT_GB: least-recently-used activations go beyond it
    device: str  # STRATA_DEVICE: auto, cpu, cuda, cuda:1 or several: cuda:0,cuda:1
    offline: bool  # HF_HUB_OFFLINE or STRATA_OFFLINE: never ask a hub

    @classmethod
    def read(cls) -> Settings:
        roots = os.environ.get("STRATA_ROOTS")
        limit = os.environ.get("STRATA_STORE_LIMIT_GB", "20")
        try:
            limit_bytes = int(float(limit) * 1e9)
        except (ValueError, OverflowError):
            limit_bytes = 0
        if limit_bytes <= 0:
            raise BadInput(f"STRATA_STORE_LIMIT_GB is {limit!r}: give a size in gigabytes above 0, such as 20.")
        return cls(
            store=folder(os.environ.get("STRATA_STORE") or platformdirs.user_cache_dir("strata"), "STRATA_STORE"),
            roots=tuple(folder(root, "STRATA_ROOTS") for root in roots.split(os.pathsep) if root) if roots else None,
            store_limit_bytes=limit_bytes,
            device=os.environ.get("STRATA_DEVICE", "auto"),
            offline=any(
                os.environ.get(name, "").lower() in {"1", "true", "yes", "on"} for name in ("STRATA_OFFLINE", "HF_HUB_OFFLINE")
            ),
        )

    def page_roots(self) -> tuple[Path, ...]:
        """Folders a page may read: STRATA_ROOTS, or the user's home and the working folder."""
        return self.roots if self.roots is not None else (Path.home().resolve(), Path.cwd().resolve())


@dataclass(frozen=True)
class Limits:
    """How much of a file that somebody brings is read: what is larger is refused before memory is taken for it. Build with `Limits.read()`."""

    file_bytes: int = 1_000_000_000  # STRATA_MAX_FILE_MB: of a file, unpacked
    line_bytes: int = 20_000_000  # STRATA_MAX_LINE_MB: of a line of text
    rows: int = 5_000_000  # STRATA_MAX_ROWS: of a table
    classes: int = 10_000  # STRATA_MAX_CLASSES: different labels of a task

    @classmethod
    def read(cls) -> Limits:
        mega = 1_000_000
        return cls(
            file_bytes=_limit("STRATA_MAX_FILE_MB", cls.file_bytes, mega),
            line_bytes=_limit("STRATA_MAX_LINE_MB", cls.line_bytes, mega),
            rows=_limit("STRATA_MAX_ROWS", cls.rows, 1),
            classes=_limit("STRATA_MAX_CLASSES", cls.classes, 1),
        )


def _limit(name: str, default: int, unit: int) -> int:
    """The number that a variable holds, in its unit; `default` where it is not set. Raises BadInput."""
    text = os.environ.get(name)
    if not text:
        return default
    try:
        found = int(float(text) * unit)
    except (ValueError, OverflowError):
        found = 0
    if found <= 0:
        raise BadInput(f"{name} is {text[:40]!r}: give a number above 0, such as {default // unit}.")
    return found


def folder(text: str, where: str) -> Path:
    """A folder's full path, `~` written out. Raises BadInput that names `where` it was said."""
    try:
        return Path(text).expanduser().resolve()
    except (RuntimeError, OSError, ValueError) as error:
        raise BadInput(f"{where} names {text!r}, which is no path here ({error}): write the folder in full.") from error


def inside_roots(text: str, roots: tuple[Path, ...] | None) -> Path:
    """The path `text` names, resolved (symbolic links too), refused when it lies outside every root.

    `roots` None means no limit: on the command line a path is the shell user's own.
    """
    if "\x00" in text:
        raise BadInput("The path has a NUL character in it: type it again.")
    path = Path(text).expanduser().resolve()
    if roots is not None and not any(path == root or root in path.parents for root in roots):
        allowed = ", ".join(str(root) for root in roots)
        raise BadInput(f"{text} lies outside the allowed folders ({allowed}): move it there or set STRATA_ROOTS.")
    return path
