"""The history of a store: an entry for each question that was asked of it, and the names, tags and notes that somebody gave to it.

A run's job and its record are one entry. So are runs that ask the same and have other ids, since this program or the data changed between: the
newest stands for all. Names, tags and notes are history.json in the store; they change nothing that is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from cache import eviction
from cache.jobs import LIVE, Job
from cache.keys import canonical_json
from cache.locks import FileLock
from cache.store import Store
from probing import permissions
from probing.errors import BadInput
from probing.records import sealed
from probing.records.run import RunRecord

FILE = "history.json"
LONGEST = {"name": 80, "tags": 120, "note": 2000}  # characters
MOST = 10_000  # entries with something given by hand


class Note(BaseModel):
    """What somebody says of an entry. `tags` are words with spaces between."""

    model_config = ConfigDict(frozen=True, strict=True)
    name: str = ""
    tags: str = ""
    note: str = ""


class Notes(BaseModel):
    """The file: what somebody says of entries, by id."""

    model_config = ConfigDict(frozen=True, strict=True)
    notes: dict[str, Note]


class Entry(NamedTuple):
    """A question. `ids` are all runs that ask it, the newest first; `when` seconds since 1970; `job` None where the list of jobs lacks it."""

    ids: tuple[str, ...]
    kind: str
    label: str
    state: str
    when: float
    seconds: float | None
    job: Job | None
    record: RunRecord | None

    @property
    def id(self) -> str:
        return self.ids[0]

    @property
    def things(self) -> list[str]:
        """What its ids are called in the store and in the list of owners."""
        return [f"{'upload' if self.kind == 'table' else 'run'}/{id}" for id in self.ids]


def entries(jobs: Sequence[Job], records: Sequence[RunRecord]) -> list[Entry]:
    """The entries of jobs and stored runs, the newest first."""
    by_run = {record.run: record for record in records}
    found: list[tuple[str, Entry]] = []
    for job in jobs:
        record = by_run.pop(job.run, None)
        seconds = job.ended - job.started if job.ended and job.started else None
        when = job.ended or job.created
        found.append(
            (_question(job.kind, job.spec), Entry((job.run,), job.kind, job.label, job.state, when, seconds, job, record))
        )
    for record in by_run.values():
        when = datetime.fromisoformat(record.finished).timestamp() if record.finished else 0.0
        entry = Entry((record.run,), "run", record.label, "done", when, None, None, record)
        found.append((_question("run", record.spec.model_dump(mode="json")), entry))
    joined: dict[str, Entry] = {}
    for question, entry in sorted(found, key=lambda pair: pair[1].when, reverse=True):
        known = joined.get(question)
        joined[question] = entry if known is None else known._replace(ids=(*known.ids, *entry.ids))
    return list(joined.values())


def _question(kind: str, spec: object) -> str:
    return canonical_json({"kind": kind, "spec": spec})


def read(store: Store) -> dict[str, Note]:
    """Names, tags and notes by id. Raises BadInput where the file is there and damaged."""
    below = {} if store.below is None else read(store.below)
    return below | _own(store)


def _own(store: Store) -> dict[str, Note]:
    found = sealed.read(store.root / FILE, Notes, "names, tags and notes of the history are not shown")
    return found.notes if found else {}


def write(store: Store, ids: Sequence[str], note: Note) -> None:
    """Keep what somebody says of the entry with these ids; an empty note is removed. Raises BadInput for text that is too long."""
    store.refuse_writing()
    for what, most in LONGEST.items():
        if len(getattr(note, what)) > most:
            raise BadInput(f"The {what} of this entry has more than {most} characters: shorten it.")
    with FileLock(store.locks / "history.lock"):
        kept = {id: one for id, one in _own(store).items() if id not in ids}
        if note != Note():
            kept[ids[0]] = note
        if len(kept) > MOST:
            raise BadInput(f"{MOST:,} entries of the history have notes: clear one before you write another.")
        sealed.write(store.root / FILE, Notes(notes=kept), "the history")


def deletable(store: Store, entry: Entry) -> list[str]:
    """What of an entry, whose runs several may have asked, who is signed in may delete."""
    return [thing for thing in entry.things if permissions.may(store.root, "delete", thing)]


def delete(store: Store, entries: Sequence[Entry]) -> bool:
    """Remove the entries: their jobs, the tables of runs, uploaded tables and notes. Vectors, cells and products stay. False where something stays
    for its other owners. Raises BadInput, and removes nothing, where one is of the example study, in progress, or another user's."""
    store.refuse_writing()
    if shown := next((entry for entry in entries if store.is_below(entry.id)), None):
        raise BadInput(f"{shown.label} is of the example study, which is never deleted: hide the study on the page Store.")
    if live := next((entry for entry in entries if entry.state in LIVE), None):
        raise BadInput(f"{live.label} is in progress: cancel it first.")
    for entry in entries:
        if not deletable(store, entry):
            permissions.guard(store.root, "delete", entry.things[0])
    every = [thing for entry in entries for thing in entry.things]
    names = [thing for entry in entries for thing in deletable(store, entry) if permissions.last(store.root, "delete", thing)]
    gone = set(names) - set(eviction.evict(store, None, names=names)["kept_in_use"])
    for entry in entries:
        for id, thing in zip(entry.ids, entry.things, strict=True):
            if thing in gone and store.jobs.get(id) is not None:
                store.jobs.forget(id)
        if set(entry.things) <= set(names):
            write(store, entry.ids, Note())
    permissions.gone(store.root, *gone)
    return len(names) == len(every)
