"""Every STRATA_* variable, read here and nowhere else."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import platformdirs

from probing import permissions
from probing.errors import BadInput
from probing.permissions import Allowance

HOME = "to read your own and to start something, run Strata at home (pip install . in its folder, then strata app)"
DEMO = f"This is a read-only demo: {HOME}."
EXAMPLE = Path(__file__).parent / "bundles" / "example.strata"


@dataclass(frozen=True)
class Settings:
    """What the environment says. Build with `Settings.read()`."""

    store: Path  # STRATA_STORE: where activations, results and jobs live
    roots: tuple[Path, ...] | None  # STRATA_ROOTS, separated like PATH; None = not set
    store_limit_bytes: int  # STRATA_STORE_LIMIT_GB: least-recently-used activations go beyond it
    device: str  # STRATA_DEVICE: auto, cpu, cuda, cuda:1 or several: cuda:0,cuda:1
    json_limit_bytes: int  # STRATA_MAX_JSON_MB: of a checkpoint's JSON files, vocabularies and headers of weights
    offline: bool  # HF_HUB_OFFLINE or STRATA_OFFLINE: never ask a hub
    example: Path | None = None  # STRATA_EXAMPLE: the bundle that is shown below every store; off = none
    read_only: bool = False  # STRATA_READ_ONLY: a demo, whose visitors look and change nothing
    admins: frozenset[str] = frozenset()  # STRATA_ADMINS: ids and e-mail addresses of who may do everything, where people sign in
    allowance: Allowance = field(
        default_factory=Allowance
    )  # STRATA_USER_JOBS, STRATA_USER_JOB_HOURS, STRATA_USER_DATA_MB: what one user may take
    below: tuple[Path, ...] = ()  # stores whose results are shown beside the store's own
    weightless: bool = False  # whether a checkpoint will do whose results are here and whose weights are not
    threads: int | None = None  # STRATA_THREADS: of a process that computes; None = as many as cores are idle when it starts

    @classmethod
    def read(cls) -> Settings:
        roots = os.environ.get("STRATA_ROOTS")
        return cls(
            store=folder(os.environ.get("STRATA_STORE") or platformdirs.user_cache_dir("strata"), "STRATA_STORE"),
            roots=tuple(folder(root, "STRATA_ROOTS") for root in roots.split(os.pathsep) if root) if roots else None,
            store_limit_bytes=_size("STRATA_STORE_LIMIT_GB", 20, "gigabytes", 1e9),
            json_limit_bytes=_size("STRATA_MAX_JSON_MB", 64, "megabytes", 1e6),
            device=os.environ.get("STRATA_DEVICE", "auto"),
            offline=_on("STRATA_OFFLINE") or _on("HF_HUB_OFFLINE"),
            example=None
            if (example := os.environ.get("STRATA_EXAMPLE") or str(EXAMPLE)) == "off"
            else folder(example, "STRATA_EXAMPLE"),
            read_only=_on("STRATA_READ_ONLY"),
            admins=frozenset(name.strip().casefold() for name in os.environ.get("STRATA_ADMINS", "").split(",") if name.strip()),
            allowance=Allowance(
                jobs=_size("STRATA_USER_JOBS", 10, "jobs", 1),
                job_seconds=float(_size("STRATA_USER_JOB_HOURS", 24, "hours", 3600)),
                data_bytes=_size("STRATA_USER_DATA_MB", 2_000, "megabytes", 1e6),
            ),
            threads=_size("STRATA_THREADS", 1, "threads", 1) if os.environ.get("STRATA_THREADS") else None,
        )

    def page_roots(self) -> tuple[Path, ...]:
        """Folders a page may read: STRATA_ROOTS, or the user's home and the working folder; in a demo none."""
        if self.read_only:
            return ()
        return self.roots if self.roots is not None else (Path.home().resolve(), Path.cwd().resolve())

    def refuse_writing(self) -> None:
        """Raise BadInput in a demo, for what a page would write without asking the store."""
        if self.read_only:
            raise BadInput(DEMO)

    def of_results(self) -> Settings:
        """As `of_pages`, for a page that shows what is stored and reads nothing anew."""
        return replace(self.of_pages(), weightless=True)

    def of_pages(self) -> Settings:
        """The same, with the folders that a page may read."""
        return replace(self, roots=self.page_roots(), offline=self.offline or self.read_only)


@dataclass(frozen=True)
class Limits:
    """How much of a file that somebody brings is read: what is larger is refused before memory is taken for it. Build with `Limits.read()`."""

    file_bytes: int = 1_000_000_000  # STRATA_MAX_FILE_MB: of a file, unpacked
    line_bytes: int = 20_000_000  # STRATA_MAX_LINE_MB: of a line of text
    rows: int = 5_000_000  # STRATA_MAX_ROWS: of a table
    classes: int = 10_000  # STRATA_MAX_CLASSES: different labels of a task
    bundle_bytes: int = 1_000_000_000  # STRATA_MAX_BUNDLE_MB: of a bundle, unpacked

    @classmethod
    def read(cls) -> Limits:
        return cls(
            file_bytes=_size("STRATA_MAX_FILE_MB", 1_000, "megabytes", 1e6),
            line_bytes=_size("STRATA_MAX_LINE_MB", 20, "megabytes", 1e6),
            rows=_size("STRATA_MAX_ROWS", 5_000_000, "rows", 1),
            classes=_size("STRATA_MAX_CLASSES", 10_000, "classes", 1),
            bundle_bytes=_size("STRATA_MAX_BUNDLE_MB", 1_000, "megabytes", 1e6),
        )


def _on(variable: str) -> bool:
    return os.environ.get(variable, "").lower() in {"1", "true", "yes", "on"}


def _size(variable: str, default: int, unit: str, scale: float) -> int:
    """A size that a variable gives in `unit`, times `scale`. Raises BadInput."""
    said = os.environ.get(variable) or str(default)
    try:
        size = int(float(said) * scale)
    except (ValueError, OverflowError):
        size = 0
    if size <= 0:
        raise BadInput(f"{variable} is {said!r}: give a number of {unit} above 0, such as {default}.")
    return size


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
        if not roots:
            raise BadInput(f"Files of this machine are not read here: {HOME}.")
        allowed = ", ".join(str(root) for root in roots)
        shown = text[:200].encode("utf-8", "backslashreplace").decode()  # half a character is none that a browser takes
        raise BadInput(f"{shown} lies outside the allowed folders ({allowed}): move it there or set STRATA_ROOTS.")
    if roots is not None:
        permissions.refuse_inside(path, Settings.read().store)
    return path
