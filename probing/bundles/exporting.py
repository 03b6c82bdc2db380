"""A bundle written: what was gathered, record by record, without paths. The same content gives the same bytes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet as parquet

import probing.corpora.described as of_corpora
from cache import files
from cache.keys import SCHEMA as STORE_SCHEMA
from cache.sealed import SealedFolders
from cache.store import Store
from probing import measures, probes, tasks
from probing.bundles import archive, manifest
from probing.bundles.archive import encoded
from probing.bundles.gathering import Gathered, gather
from probing.bundles.manifest import KINDS, Held, Manifest, Member
from probing.bundles.portable import Portable, name_for
from probing.checkpoints import described as of_checkpoints
from probing.checkpoints import products
from probing.errors import BadInput
from probing.installation import VERSION
from probing.registry import Card
from probing.settings import Settings


def export(store: Store, ids: list[str], path: Path, settings: Settings, title: str = "", note: str = "") -> Manifest:
    """Write the runs, comparisons and trainings to `path`; returns what is in it. Raises BadInput and StoreError."""
    archive.refuse_suffix(path)
    if path.exists() and not path.is_file():
        raise BadInput(f"{path} is there and is no file: name another.")
    if not path.parent.is_dir():
        raise BadInput(f"The folder {path.parent} is not there: make it, or name another file.")
    made, members = bundle(store, gather(store, ids, settings), title, note)
    archive.write(path, members)
    return made


def bundle(store: Store, found: Gathered, title: str = "", note: str = "") -> tuple[Manifest, dict[str, bytes]]:
    """The manifest, and every member by its name with the manifest's among them."""
    portable = Portable(_names(found))
    members: dict[str, bytes] = {}
    for kind, folders, ids in (("cells", store.results.cells, found.cells), ("runs", store.results.run_folders, found.runs)):
        for id in sorted(ids):
            members |= _entry(folders, kind, id, portable)
    for checkpoint in found.checkpoints.values():
        record = portable(of_checkpoints.description(checkpoint))
        lineage = portable(products.record(checkpoint))
        members |= _sealed("described/checkpoints", of_checkpoints.name_of(record), record, {"strata.json": encoded(lineage)})
    for spec, source in found.corpora.items():
        record = portable({"name": source.name, "spec": spec, "hash": source.hash}) | {"materials": found.materials.get(spec, {})}
        members |= _sealed("described/corpora", of_corpora.name_of(record), record, {})
    members[manifest.ASKED] = encoded(_asked(found, portable))
    members[manifest.CARDS] = encoded(_cards(found))
    made = Manifest(
        bundle=manifest.SCHEMA,
        store=STORE_SCHEMA,
        strata=VERSION,
        title=title,
        note=note,
        held=tuple(_held(found, portable)),
        checkpoints=tuple(found.people),
        corpora=tuple(found.texts),
        members={name: _member(content) for name, content in sorted(members.items())},
    )
    return made, members | {manifest.NAME: encoded(made.model_dump(mode="json"))}


def _names(found: Gathered) -> dict[str, str]:
    """The names for all paths that the records have."""
    named: dict[str, str] = {}
    for one in found.checkpoints.values():
        if (name := name_for(one.spec, one.fingerprint)) is not None:
            named[one.spec] = name
    signs = {record.corpus.spec: record.corpus.hash for record in found.runs.values()}
    for spec, sign in (signs | {spec: source.hash for spec, source in found.corpora.items()}).items():
        if (name := name_for(spec, sign)) is not None:
            named[spec] = name
    for record in found.runs.values():  # of checkpoints that are gone
        asked = [one for one in record.checkpoints if one.requested]
        for spec, entry in zip(record.spec.checkpoints, asked, strict=False):
            if (name := name_for(spec, entry.fingerprint)) is not None:
                named.setdefault(spec, name)
    return named


def _entry(folders: SealedFolders, kind: str, id: str, portable: Portable) -> dict[str, bytes]:
    """A cell or a run of the store, its record and its tables without paths."""
    record = folders.read(id) if folders.has(id) else None
    if record is None:
        raise BadInput(f"{kind}/{id[:12]} is damaged or gone: run it again, then share it.")
    own: dict[str, bytes] = {}
    for file in KINDS[kind][1]:
        path = folders.file(id, file)
        own[file] = _table(path, portable) if file == "table.parquet" else path.read_bytes()
    return _sealed(kind, id, portable(record["content"]), own)


def _table(path: Path, portable: Portable) -> bytes:
    """A tidy table, written anew where a setting of it names a path."""
    frame = pd.read_parquet(path)
    settings = frame["setting"].astype(str)
    if not any(map(portable.holds, settings.unique())):
        return path.read_bytes()
    out = io.BytesIO()
    written = frame.assign(setting=settings.map(portable.text))
    parquet.write_table(pyarrow.Table.from_pandas(written, preserve_index=False), out, compression="zstd")
    return out.getvalue()


def _sealed(kind: str, id: str, content: dict[str, Any], own: dict[str, bytes]) -> dict[str, bytes]:
    """The members of a sealed folder, as a store has it."""
    listed = {file: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for file, data in own.items()}
    sealed = files.sealed({"schema": STORE_SCHEMA, "name": id, "files": listed, "content": content})
    return {f"{kind}/{id}/{KINDS[kind][0]}.json": sealed.encode()} | {f"{kind}/{id}/{file}": data for file, data in own.items()}


def _asked(found: Gathered, portable: Portable) -> dict[str, Any]:
    """What a store keeps beside its folders: jobs, names and notes."""
    kept = ("run", "kind", "created", "started", "ended")
    jobs = [
        {name: getattr(job, name) for name in kept} | {"label": portable.text(job.label), "spec": portable(job.spec)}
        for _, job in sorted(found.jobs.items())
    ]
    said = {name: given.model_dump() for name, given in found.names.items()}
    return {"jobs": jobs, "names": said, "notes": {id: note.model_dump() for id, note in found.notes.items()}}


def _held(found: Gathered, portable: Portable) -> Iterable[Held]:
    for run in sorted(found.runs.values(), key=lambda run: (run.finished, run.run)):
        yield Held(id=run.run, kind="run", label=portable.text(run.label), finished=run.finished)
    for job in sorted(found.jobs.values(), key=lambda job: (job.created, job.run)):
        yield Held(id=job.run, kind=job.kind, label=portable.text(job.label))


def _cards(found: Gathered) -> dict[str, dict[str, Any]]:
    """The cards of the tasks, probe families and measures, so that the numbers can be read without this release."""
    used: dict[str, list[Card]] = {
        "tasks": [tasks.get_task(one.name).card for run in found.runs.values() for one in run.tasks],
        "probes": [probes.FAMILIES.get(name).card for run in found.runs.values() for name in run.probes],
        "measures": [one.card for one in measures.MEASURES] if found.cells else [],
    }
    return {kind: {card.name: asdict(card) for card in cards} for kind, cards in used.items()}


def _member(data: bytes) -> Member:
    return Member(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
