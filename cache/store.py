"""The store: one folder that holds activations, results and jobs, and says which schema it was written with.

schema.json  strata.db  rates.json  names.json  history.json  owners.json       activations/KEY/  cells/ID/  runs/ID/  described/
uploads/  models/  logs/  locks/  scratch/  boards/
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache import files
from cache.errors import StoreError
from cache.jobs import Jobs
from cache.keys import SCHEMA, canonical_json, digest
from cache.locks import FileLock

if TYPE_CHECKING:  # they bring NumPy, which the supervisor does without
    from cache.activations import Collection
    from cache.results import Results

FOLDERS = ("activations", "cells", "runs", "described", "uploads", "models", "lab", "logs", "locks", "scratch", "boards")
OWN = {
    *FOLDERS,
    "schema.json",
    "rates.json",
    "fingerprints.json",
    "names.json",
    "history.json",
    "owners.json",
    "strata.db",
    "strata.db-wal",
    "strata.db-shm",
}
_swept: set[Path] = set()  # roots whose leftovers this process has cleaned away


class Store:
    """A store at `root`, made where it is missing unless `create` is false.

    Results and jobs that it lacks are read from the store `below` as if they were its own; nothing there is written, evicted or removed.
    `mend` puts a damaged cell or run right, of its kind and id, where it can be had again; by default it is removed. With `closed`, a sentence,
    nothing may be asked of it or changed: whatever would, raises it.
    Raises StoreError, one sentence, where the folder cannot be used: a file in its place, no permission, a full disk,
    other files in it, or another schema's store.
    """

    def __init__(
        self,
        root: Path,
        create: bool = True,
        below: Store | None = None,
        mend: Callable[[str, str], None] | None = None,
        closed: str = "",
    ) -> None:
        self.below, self._mend, self.closed = below, mend, closed
        self.root = Path(root).expanduser().resolve()
        self.uploads, self.models, self.logs, self.locks = (self.root / name for name in ("uploads", "models", "logs", "locks"))
        if not create and not self.root.is_dir():
            raise StoreError(f"There is no store at {self.root}.")
        self._collections: dict[str, Collection] = {}
        with files.writing(f"the store at {self.root}"):
            self.root.mkdir(parents=True, exist_ok=True)
            self._check_schema()
            for folder in FOLDERS:
                (self.root / folder).mkdir(exist_ok=True)
        if self.root not in _swept:
            _swept.add(self.root)
            self.clean()

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(
            self.root / "strata.db",
            self.logs,
            self.locks / "jobs.lock",
            None if self.below is None else self.below.jobs,
            self.closed,
        )

    @cached_property
    def results(self) -> Results:
        from cache.results import Results

        return Results(self.root, self.locks, None if self.below is None else self.below.results, self._mend)

    def refuse_writing(self) -> None:
        """Raise StoreError where the store is closed."""
        if self.closed:
            raise StoreError(self.closed)

    def is_below(self, run: str) -> bool:
        """Whether a run, comparison or training of it is read from the store below."""
        if self.below is None or self.results.run_folders.holds(run) or self.jobs.holds(run):
            return False
        return self.below.results.run_folders.holds(run) or self.below.jobs.holds(run)

    def collection(self, facts: dict[str, Any]) -> Collection:
        """The activations of one checkpoint, pooling, precision and submodule, as `facts` tell. Nothing is made yet.

        The same object every time: it remembers the manifests that it has read, which are as many as sentences were typed.
        """
        from cache.activations import Collection

        key = digest(canonical_json(facts))
        return self._collections.setdefault(key, Collection(self.root / "activations" / key, self.locks, facts))

    def collections(self) -> list[Collection]:
        """Every collection that has something stored, by key. Unreadable facts are {}."""
        from cache.activations import Collection

        folders = sorted(p for p in (self.root / "activations").glob("*") if files.is_name(p.name) and p.is_dir())
        return [Collection(folder, self.locks, files.unsealed(folder / "facts.json") or {}) for folder in folders]

    def scratch(self, name: str) -> Path:
        """A new empty folder of this process's own, cleaned away after its end if it does not do so itself."""
        path = files.temporary(self.root / "scratch", name)
        with files.writing("a temporary folder"):
            path.mkdir(parents=True)
        return path

    def clean(self) -> list[Path]:
        """Remove what processes that died in mid-write left behind; returns what was removed."""
        places = [self.root, *(self.root / folder for folder in FOLDERS)]
        places += [path for path in (self.root / "activations").glob("*") if path.is_dir() and files.is_name(path.name)]
        return [path for place in places for path in files.clean(place)]

    def _check_schema(self) -> None:
        found = schema_of(self.root)
        if found == SCHEMA:
            return
        if found is not None:
            raise StoreError(
                f"The store at {self.root} has schema {found or 'unreadable'} and this version reads {SCHEMA}: "
                "empty it with the command 'store evict --all', or name another folder in STRATA_STORE."
            )
        others = sorted(set(os.listdir(self.root)) - OWN)
        if others := [name for name in others if not name.startswith(".")]:
            raise StoreError(
                f"{self.root} is no store and holds other files ({others[0]}{' …' if others[1:] else ''}): "
                "name a new or empty folder in STRATA_STORE or --store."
            )
        with FileLock(self.root / "locks" / "schema.lock"):
            if schema_of(self.root) is None:
                files.write_text(self.root / "schema.json", canonical_json({"schema": SCHEMA}), "the store's schema")


def schema_of(root: Path) -> int | None:
    """The schema a folder says it has: None where it says nothing, 0 where it cannot be read."""
    try:
        found = json.loads((root / "schema.json").read_text(encoding="utf-8"))["schema"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return 0
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
