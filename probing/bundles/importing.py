"""A bundle taken into a store: everything is read and checked first, then put in its place piece by piece, each piece whole."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet as parquet
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open

import probing.corpora.described as of_corpora
from cache import files
from cache.errors import StoreError
from cache.jobs import KINDS as JOBS
from cache.jobs import Job
from cache.locks import FileLock
from cache.sealed import SealedFolders
from cache.store import Store
from cache.table import COLUMNS
from probing.bundles import manifest
from probing.bundles.archive import BundleFile
from probing.bundles.manifest import KINDS, Manifest
from probing.checkpoints import described as of_checkpoints
from probing.errors import BadInput
from probing.json_files import parse_json
from probing.records import history, names
from probing.records.history import Note
from probing.records.names import Given
from probing.records.record import CellRecord, PairRecord
from probing.records.run import RunRecord
from probing.records.training import DistillationRecord, TrainingRecord
from probing.settings import Limits

ORDER = ("cells", "described/checkpoints", "described/corpora", "runs")  # a run is there once all that it names is
CELLS = (CellRecord, PairRecord, TrainingRecord, DistillationRecord)


class _Asked(BaseModel):
    """A job in a bundle."""

    model_config = ConfigDict(extra="forbid", strict=True)

    run: str
    kind: str = Field(pattern="^(comparison|sweep|distillation)$")
    label: str = Field(max_length=1000)
    spec: dict[str, Any]
    created: float
    started: float | None
    ended: float | None


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    jobs: list[_Asked]
    names: dict[str, Given]
    notes: dict[str, Note]


_SAID = TypeAdapter(_Said)


@dataclass(frozen=True)
class Imported:
    """What came of an import: ids that are new in the store, and how many pieces were there already."""

    manifest: Manifest
    new: tuple[str, ...]
    already: int


def look(path: Path, limits: Limits | None = None) -> Manifest:
    """What is in a bundle, once every checksum in it is right. Raises BadInput."""
    with BundleFile(path, limits) as archive:
        archive.verify()
        return archive.manifest


def take(path: Path, store: Store, limits: Limits | None = None) -> Imported:
    """Put all of a bundle into the store. Raises BadInput before anything is in its place where a part of it cannot be used."""
    store.refuse_writing()
    limits = limits or Limits.read()
    scratch = store.scratch("bundle")
    try:
        with BundleFile(path, limits) as archive, FileLock(store.locks / "import.lock"):
            with files.writing("the bundle"):
                archive.unpack_all(scratch)
            records = _checked(archive, scratch, limits)
            said = _said(archive)
            _refuse_others(archive, store, records)
            new, already = _place(archive, scratch, store)
            _keep_said(said, store)
            return Imported(archive.manifest, tuple(new), already)
    finally:
        files.remove(scratch)


def unpack(path: Path, kind: str, id: str, store: Store) -> bool:
    """Put one piece of a bundle into the store anew, in the place of a damaged one. False where the bundle has no such piece."""
    scratch = store.scratch("bundle")
    try:
        with BundleFile(path) as archive:
            if id not in archive.entries[kind]:
                return False
            _unpack(archive, kind, id, scratch)
            files.remove(store.root / kind / id)
            (scratch / kind / id).rename(store.root / kind / id)
            return True
    finally:
        files.remove(scratch)


def folders_of(store: Store, kind: str) -> SealedFolders:
    """Where a store has the pieces of a kind."""
    return {
        "cells": store.results.cells,
        "runs": store.results.run_folders,
        "described/checkpoints": of_checkpoints.folders(store.root),
        "described/corpora": of_corpora.folders(store.root),
    }[kind]


def _unpack(archive: BundleFile, kind: str, id: str, scratch: Path) -> None:
    folder = scratch / kind / id
    with files.writing("the bundle"):
        folder.mkdir(parents=True)
        for file in (f"{KINDS[kind][0]}.json", *KINDS[kind][1]):
            archive.unpack(f"{kind}/{id}/{file}", folder / file)


def _checked(archive: BundleFile, scratch: Path, limits: Limits) -> dict[tuple[str, str], dict[str, Any]]:
    """The record of every piece, once it is what it says and this release can read it."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    unpacked = 0
    for kind, ids in archive.entries.items():
        name, own = KINDS[kind]
        sealed = SealedFolders(scratch / kind, name, scratch / "lock")
        for id in ids:
            record = sealed.read(id)
            if record is None or sorted(record["files"]) != sorted(own):
                raise BadInput(f"{archive.name} holds {kind}/{id[:12]}, which is not what its record says: export it again.")
            try:
                _check_content(kind, id, record["content"], archive)
                unpacked += sum(_check_file(scratch / kind / id / file) for file in own)
            except (
                StoreError,
                ValidationError,
                pyarrow.ArrowException,
                SafetensorError,
                KeyError,
                TypeError,
                ValueError,
                OSError,
            ) as error:
                reason = str(error).splitlines()[0][:200]
                raise BadInput(
                    f"{archive.name} holds {kind}/{id[:12]}, which cannot be read ({reason}): export it again."
                ) from error
            if unpacked > limits.bundle_bytes:
                raise BadInput(
                    f"The tables of {archive.name} unpack to more than {limits.bundle_bytes:,} bytes: raise STRATA_MAX_BUNDLE_MB if you trust it."
                )
            found[kind, id] = record
    return found


def _check_content(kind: str, id: str, content: dict[str, Any], archive: BundleFile) -> None:
    """Raise StoreError or KeyError where a record is none that this release reads, or names what the bundle lacks."""
    if kind == "runs":
        run = RunRecord.read(content, f"The run {id}")
        absent = next((cell.id for cell in run.cells if cell.id not in archive.entries["cells"]), None)
        if run.run != id or absent:
            raise StoreError(f"its record names {absent or run.run}, which is not there")
    elif kind == "cells":
        _cell(content, id)
    else:
        name = (of_checkpoints if kind == "described/checkpoints" else of_corpora).name_of(content)
        if name != id:
            raise StoreError("its name is not that of its content")


def _cell(content: dict[str, Any], id: str) -> None:
    """Raise StoreError where a cell's record is of none of the kinds."""
    trouble: StoreError | None = None
    for one in CELLS:
        try:
            one.read(content, f"The cell {id}")
            return
        except StoreError as error:
            trouble = trouble or error
    assert trouble is not None
    raise trouble


def _check_file(path: Path) -> int:
    """Bytes that a file takes in memory by what it says. Raises what its reader raises for a file that is none."""
    if path.suffix == ".parquet":
        with parquet.ParquetFile(path) as file:
            if path.name == "table.parquet" and tuple(file.schema_arrow.names) != COLUMNS:
                raise ValueError(f"the columns of {path.name} are not those of a table")
            return sum(file.metadata.row_group(one).total_byte_size for one in range(file.metadata.num_row_groups))
    if path.suffix == ".safetensors":
        with safe_open(path, framework="numpy") as file:
            list(file.keys())
    else:
        parse_json(path.read_bytes(), path.name, "export it again")
    return path.stat().st_size


def _said(archive: BundleFile) -> _Said:
    if manifest.ASKED not in archive.manifest.members:
        return _Said(jobs=[], names={}, notes={})
    try:
        return _SAID.validate_python(archive.json(manifest.ASKED))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(place)[:60] for place in first["loc"])
        raise BadInput(f"{archive.name} is no bundle: its {manifest.ASKED} is not one ({where}); export it again.") from error


def _refuse_others(archive: BundleFile, store: Store, records: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Raise BadInput where the store has something else under one of the ids."""
    for kind, ids in archive.entries.items():
        own = folders_of(store, kind)
        for id in ids:
            if own.is_below(id) or (here := own.read(id)) is None:
                continue
            if here["files"] != records[kind, id]["files"]:
                raise BadInput(
                    f"{archive.name} holds {kind}/{id[:12]} with other content than this store has under that id: nothing was imported; import it "
                    "into another store (--store), or remove yours first."
                )


def _place(archive: BundleFile, scratch: Path, store: Store) -> tuple[list[str], int]:
    """Put the pieces in their places; the ids of those that are new, and the count of those that were there."""
    new: list[str] = []
    already = 0
    for kind in ORDER:
        folders = folders_of(store, kind)
        for id in archive.entries[kind]:
            try:
                placed = folders.place(id, scratch / kind / id)
            except StoreError as error:
                raise BadInput(str(error)) from error
            new += [id] if placed else []
            already += not placed
    return new, already


def _keep_said(said: _Said, store: Store) -> None:
    """List the jobs, and keep names and notes of what has none here."""
    for one in said.jobs:
        if one.kind in JOBS and files.is_name(one.run):
            job = Job(one.run, one.label, one.spec, device="cpu", state="done", origin="bundle", kind=one.kind, share=1.0)
            job.created, job.started, job.ended = one.created, one.started, one.ended or time.time()
            store.jobs.keep(job)
    given = names.read(store)
    for name, called in said.names.items():
        if name not in given:
            names.write(store, name, called.nickname, called.role, {})
    notes = history.read(store)
    for id, note in said.notes.items():
        if id not in notes:
            history.write(store, [id], note)
