"""Contents of the store, their checksums, and making room: the least recently used first, nothing that is in use."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection as Names
from pathlib import Path
from typing import Any

from cache import files
from cache.activations import Collection
from cache.errors import StoreError
from cache.locks import FileLock
from cache.store import FOLDERS, Store, schema_of

FOLDER_OF = {
    "activations": "activations",
    "cell": "cells",
    "run": "runs",
    "upload": "uploads",
    "model": "models",
    "product": "lab",
    "state": "scratch",
}
OWN = ("upload", "product")  # what cannot be had again by asking the same question, or only by training anew
COPY = "delta-"  # begins the name of a model that was made whole from a delta
STATE = "lab-"  # begins the name of a state: what a training that was stopped goes on from; its id follows
ABANDONED = 14 * files.DAY  # after which nobody is expected to go on from a state


def usage(store: Store) -> dict[str, int]:
    """Bytes by kind: activations, cell, run, upload, model, product (of the lab), state (and what is being written), other (jobs, logs)."""
    used = {kind: files.size(store.root / folder) for kind, folder in FOLDER_OF.items()}
    return used | {"other": sum(files.size(path) for path in store.root.iterdir() if path.name not in FOLDER_OF.values())}


def listing(store: Store, kinds: Names[str] = tuple(FOLDER_OF)) -> list[dict[str, Any]]:
    """One entry a collection, cell, run, upload, model, product and state of a training: kind, name, bytes, last_used (seconds or None), facts.
    Of `kinds` alone, where a store has thousands of another.

    Checksums are not read: see `verify`.
    """
    collections = store.collections() if "activations" in kinds else ()
    entries = [_entry("activations", c.key, c.bytes, c.last_used, c.facts) for c in collections if c.folder.is_dir()]
    for kind, folders in (("cell", store.results.cells), ("run", store.results.run_folders)):
        for name in folders.own_names() if kind in kinds else ():
            facts = {key: value for key, value in folders.peek(name).items() if kind == "cell" or key in ("label", "finished")}
            entries.append(_entry(kind, name, folders.bytes(name), folders.last_used(name), facts))
    for kind in (kind for kind in ("upload", "model", "product", "state") if kind in kinds):
        for path in _of_kind(store, kind):
            entries.append(_entry(kind, path.name, files.size(path), files.modified(path), {}))
    return entries


def verify(store: Store) -> list[str]:
    """Read every checksum in the store; what is damaged is removed, and each removal told in a sentence."""
    said = [f"{path.name} was left behind by a process that was stopped: removed." for path in store.clean()]
    for collection in store.collections():
        for shard in collection.verify():
            said.append(
                f"Shard {shard} of activations {collection.key} was damaged or unfinished: removed; its sentences are "
                "read anew when they are needed."
            )
    for kind, folders in (("Cell", store.results.cells), ("Run", store.results.run_folders)):
        said += [f"{kind} {name} was damaged or unfinished: removed; run it again." for name in folders.verify()]
    return said


def evict(store: Store, limit_bytes: int | None, everything: bool = False, names: Names[str] = ()) -> dict[str, Any]:
    """Make room: {"freed": bytes, "removed": [KIND/NAME …], "kept_in_use": [KIND/NAME …]}.

    With `limit_bytes`, whole copies of deltas go, the oldest first, then activation shards, the least recently used first,
    until the store is no larger. With
    `names` (of `listing`, or KIND/NAME), those entries go. With `everything`, all activations, cells, runs, models and
    states go; uploads and products are the user's own and go by name only. States of trainings that were last written 14
    days ago go every time. A leased collection is never touched, nor the state of a training that goes on, nor, while any
    run is being carried out, are cells, uploads, models and products. Of a folder of the store that is a link, with `everything`
    the link goes, and what it leads to stays. Raises StoreError where the store cannot be written to.
    """
    store.refuse_writing()
    # What a folder that is a link leads to is not the store's to empty.
    links = [folder for kind, folder in FOLDER_OF.items() if kind not in OWN and (store.root / folder).is_symlink()]
    with files.writing(f"the store at {store.root}"):
        before = files.size(store.root)
        store.clean()
        removed: list[str] = []
        in_use: list[str] = []
        busy = _busy(store) if everything or names else False
        for folder in links if everything else ():
            if busy or any(not _free(path) for path in store.locks.glob("collection-*.lock")):
                in_use.append(folder)
            else:
                files.remove(store.root / folder)
                (store.root / folder).mkdir()
                removed.append(folder)
        for kind in FOLDER_OF:
            for path in _of_kind(store, kind):
                named = path.name in names or f"{kind}/{path.name}" in names or (kind == "state" and _abandoned(path))
                if not named and not (everything and kind not in OWN):
                    continue
                if kind == "activations":
                    gone = _remove_alone(path, Collection(path, store.locks, {}).lease_path)
                elif kind == "state":
                    gone = _remove_alone(path, store.locks / f"run-{path.name.removeprefix(STATE)}.lock")
                elif gone := kind == "run" or not busy:
                    files.remove(path)
                (removed if gone else in_use).append(f"{kind}/{path.name}")
        if everything:
            live = {job.run for job in store.jobs.live()}
            for job in store.jobs.recent(1_000_000):
                if job.run not in live:
                    store.jobs.forget(job.run)
        elif limit_bytes is not None:
            _shrink(store, limit_bytes, removed, in_use)
        return {"freed": max(0, before - files.size(store.root)), "removed": removed, "kept_in_use": in_use}


def clear(root: Path) -> dict[str, Any]:
    """Empty a store of any schema without reading it, uploads and products excepted; the next to open it makes it anew.

    Raises StoreError where `root` is no store, or a process is using it.
    """
    root = Path(root).expanduser().resolve()
    if schema_of(root) is None:
        raise StoreError(f"There is no store at {root}.")
    before = files.size(root)
    with contextlib.ExitStack() as held:
        for path in sorted((root / "locks").glob("*.lock")):
            if not _hold(held, path):
                raise StoreError(f"The store at {root} is in use ({path.stem}): wait until its runs have ended.")
        own = {FOLDER_OF[kind] for kind in OWN} | {"locks"}
        removed = [root / folder for folder in FOLDERS if folder not in own and (root / folder).exists()]
        removed += sorted(root.glob("strata.db*")) + [path for path in [root / "rates.json"] if path.exists()]
        with files.writing(f"the store at {root}"):
            for path in removed:
                files.remove(path)
            # Last, so that an emptying that is cut short can be begun again.
            files.remove(root / "schema.json")
    return {"freed": max(0, before - files.size(root)), "removed": [path.name for path in removed], "kept_in_use": []}


def _shrink(store: Store, limit_bytes: int, removed: list[str], in_use: list[str]) -> None:
    excess = files.size(store.root) - limit_bytes
    copies = [path for path in _of_kind(store, "model") if path.name.startswith(COPY)] if excess > 0 else []
    if copies and _busy(store):
        copies = []
    for path in sorted(copies, key=lambda path: files.modified(path) or 0):  # a delta makes its whole weights again in a second
        if excess > 0:
            excess -= files.size(path)
            files.remove(path)
            removed.append(f"model/{path.name}")
    shards = [
        (collection.shard_last_used(shard.name), collection, shard.name)
        for collection in store.collections()
        for shard in collection.shards()
    ]
    locks: dict[str, bool] = {}
    with contextlib.ExitStack() as held:
        for _, collection, name in sorted(shards, key=lambda shard: (shard[0], shard[1].key, shard[2])):
            if excess <= 0:
                return
            if collection.key not in locks:
                locks[collection.key] = _hold(held, collection.lease_path)
            if locks[collection.key]:
                excess -= collection.remove_shard(name)
                removed.append(f"activations/{collection.key}/{name}")
                if not collection.shards():
                    files.remove(collection.folder)
            elif f"activations/{collection.key}" not in in_use:
                in_use.append(f"activations/{collection.key}")


def _free(path: Path, shared: bool = False) -> bool:
    """Whether nobody holds the lock at `path`; with `shared`, whether nobody holds it alone."""
    with contextlib.ExitStack() as held:
        return _hold(held, path, shared)


def _hold(held: contextlib.ExitStack, path: Path, shared: bool = False) -> bool:
    """Take the lock at `path` until `held` closes; False where another holder is in the way."""
    lock = FileLock(path, shared)
    held.callback(lock.release)
    return lock.acquire(blocking=False)


def _remove_alone(folder: Path, lock_path: Path) -> bool:
    """Remove what nobody holds the lock of; False where somebody does."""
    with contextlib.ExitStack() as held:
        if alone := _hold(held, lock_path):
            files.remove(folder)
    return alone


def _abandoned(state: Path) -> bool:
    written = files.modified(state)  # a state is renamed into its folder
    return written is not None and time.time() - written > ABANDONED


def _busy(store: Store) -> bool:
    """Whether a run is being carried out, by a job or by whoever holds its lock (locks/run-RUN.lock)."""
    store.jobs.sweep()
    if any(job.state == "running" for job in store.jobs.live()):
        return True
    return any(not _free(path, shared=True) for path in store.locks.glob("run-*.lock"))


def _of_kind(store: Store, kind: str) -> list[Path]:
    """The entries of a kind; what else lies in scratch is somebody's work in hand."""
    found = sorted(path for path in (store.root / FOLDER_OF[kind]).glob("*") if not path.name.startswith("."))
    return [path for path in found if kind != "state" or path.name.startswith(STATE)]


def _entry(kind: str, name: str, size: int, last_used: float | None, facts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "name": name, "bytes": size, "last_used": last_used, "facts": facts}
