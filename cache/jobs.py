"""The queue of jobs, in SQLite: origin, worker, progress and outcome. One job per run id, however often it is submitted."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from cache import files, processes
from cache.errors import StoreError
from cache.files import is_name
from cache.keys import canonical_json
from cache.locks import FileLock

STATES = ("queued", "running", "done", "failed", "cancelled", "interrupted")
LIVE = STATES[:2]  # of a job that has not ended
KINDS = ("run", "comparison", "sweep", "distillation")
DAMAGED = "damaged"  # the state of a job whose row is not one that this version writes
BUSY_SECONDS = 30.0  # how long a statement waits for another process's transaction
_LITTLE = 1 << 20  # bytes: a disk with less is full
_TAIL_BYTES = 256 * 1024
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
  run TEXT PRIMARY KEY, spec TEXT NOT NULL, label TEXT NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL, pid INTEGER,
  stage TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
  rate REAL, eta_seconds REAL, message TEXT NOT NULL DEFAULT '', created REAL NOT NULL, started REAL, heartbeat REAL,
  ended REAL, origin TEXT NOT NULL, born TEXT, stage_started REAL, stage_base INTEGER NOT NULL DEFAULT 0,
  kind TEXT NOT NULL DEFAULT 'run', share REAL)
"""
_LATER = {  # columns that older stores lack
    "kind": "ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'run'",
    "share": "ALTER TABLE jobs ADD COLUMN share REAL",
}


@dataclass
class Job:
    """One submitted run. Times are seconds since the epoch; `rate` is items a second in the present stage."""

    run: str
    label: str
    spec: dict[str, Any] = field(default_factory=dict)
    device: str = ""
    state: str = DAMAGED  # one of STATES, or DAMAGED: then `message` says what is wrong with its row, and little else is known
    pid: int | None = None
    stage: str = ""
    done: int = 0
    total: int = 0
    rate: float | None = None  # None until a stage has moved
    # Of the whole job where its `share` is known, else of the present stage; as of the heartbeat.
    eta_seconds: float | None = None
    message: str = ""
    created: float = 0.0
    started: float | None = None
    heartbeat: float | None = None
    ended: float | None = None
    origin: str = ""  # "page" or "cli"
    kind: str = "run"  # what is asked, one of KINDS; `spec` is one of its own
    share: float | None = None  # of the whole job that is done, 0 to 1; None where it is not known


_COLUMNS = ", ".join(column.name for column in fields(Job))
_TYPES: dict[str, Any] = get_type_hints(Job) | {"spec": dict, "created": float | int}
_UNBEGUN = (
    "stage='', done=0, total=0, rate=NULL, eta_seconds=NULL, message='', ended=NULL, stage_started=NULL, stage_base=0, share=NULL"
)


class Jobs:
    """The jobs of one store. Safe from any number of processes and threads: each call is one transaction. `get` and `recent` tell of the jobs
    `below` too, which nothing here changes.

    Every method raises StoreError where the database cannot be read or written.
    """

    def __init__(self, database: Path, logs: Path, lock: Path, below: Jobs | None = None, closed: str = "") -> None:
        self._database, self._logs, self._lock, self._below, self._closed = database, logs, lock, below, closed
        self._ready = False

    def submit(
        self, run: str, spec: dict[str, Any], label: str, device: str = "cpu", origin: str = "page", kind: str = "run"
    ) -> Job:
        """Queue the run; one that is queued, running or done is returned as it is, one that ended short is reset."""
        if not is_name(run):
            raise StoreError(f"{run!r} cannot name a run: letters, digits, dots, dashes and underscores do.")
        with self._transaction() as db:
            known = self._worker(db, run)
            if known and (known["state"] in ("queued", "done") or _works(known)):
                return self._one(db, run)
            db.execute(
                "INSERT INTO jobs (run, spec, label, device, state, created, origin, kind) "
                "VALUES (?, ?, ?, ?, 'queued', ?, ?, ?) "
                "ON CONFLICT (run) DO UPDATE SET spec=excluded.spec, label=excluded.label, device=excluded.device, "
                "state='queued', created=excluded.created, origin=excluded.origin, kind=excluded.kind, pid=NULL, born=NULL, "
                f"started=NULL, heartbeat=NULL, {_UNBEGUN}",
                (run, canonical_json(spec), label, device, time.time(), origin, kind),
            )
            return self._one(db, run)

    def keep(self, job: Job) -> bool:
        """List a job that ended elsewhere, as it is; False where the run has a job already, which stays."""
        if not is_name(job.run):
            raise StoreError(f"{job.run!r} cannot name a run: letters, digits, dots, dashes and underscores do.")
        with self._transaction() as db:
            if self._worker(db, job.run):
                return False
            values = {**vars(job), "spec": canonical_json(job.spec), "pid": None}
            names = ", ".join(values)
            db.execute(f"INSERT INTO jobs ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
            return True

    def claim(self, device: str) -> Job | None:
        """Make the oldest queued job of the device this process's own and running; None where none is queued."""
        with self._transaction() as db:
            row = db.execute(
                "SELECT run FROM jobs WHERE state='queued' AND device=? ORDER BY created, rowid LIMIT 1", (device,)
            ).fetchone()
            if row is None:
                return None
            self._run(db, row[0], os.getpid())
            return self._one(db, row[0])

    def start(self, run: str, pid: int) -> bool:
        """Mark a submitted job as run by `pid`; False where the living process of somebody else runs it."""
        with self._transaction() as db:
            known = self._worker(db, run)
            if known is None:
                raise StoreError(f"No job {run} was submitted.")
            if known["pid"] != pid and _works(known):
                return False
            self._run(db, run, pid)
            return True

    def progress(
        self, run: str, stage: str, done: int, total: int, message: str = "", whole: tuple[float, float] | None = None
    ) -> None:
        """Say how far a running job is; a job that is not running (cancelled meanwhile) stays as it is.

        The rate counts from the stage's first word, so that what was resumed from does not flatter it. `whole` is the share of the whole job
        that is done and the seconds that are left of it, where the job knows them.
        """
        with self._transaction() as db:
            now = time.time()
            row = db.execute(
                "SELECT stage, done, total, stage_started, stage_base FROM jobs WHERE run=? AND state='running'", (run,)
            ).fetchone()
            if row is None:
                return
            began, base = row["stage_started"], row["stage_base"]
            if began is None or (stage, total) != (row["stage"], row["total"]) or done < row["done"]:
                began, base = now, done
            rate = (done - base) / (now - began) if done > base and now > began else None
            left = max(0, total - done) / rate if rate else None
            share, left = (None, left) if whole is None else whole
            db.execute(
                "UPDATE jobs SET stage=?, done=?, total=?, message=?, heartbeat=?, rate=?, eta_seconds=?, "
                "stage_started=?, stage_base=?, share=? WHERE run=?",
                (stage, done, total, message, now, rate, left, began, base, share, run),
            )

    def beat(self, run: str) -> None:
        """A sign of life."""
        with self._transaction() as db:
            db.execute("UPDATE jobs SET heartbeat=? WHERE run=? AND state='running'", (time.time(), run))

    def finish(self, run: str, state: str, message: str = "") -> None:
        """End a queued or running job as `state`; one that has ended already (cancelled) keeps its end."""
        if state not in STATES[2:]:
            raise ValueError(f"a job cannot end as {state!r}")
        with self._transaction() as db:
            self._end(db, run, state, message)

    def cancel(self, run: str) -> None:
        """End the job: at once where it is queued; else with its process, or its group, within three seconds or so."""
        with self._transaction() as db:
            known = self._worker(db, run)
            # Marked before the process ends, or a sweep in between would call it interrupted.
            self._end(db, run, "cancelled", "Cancelled; what was finished is kept.")
        if known and known["state"] == "running" and known["pid"] is not None:
            processes.end(known["pid"], known["born"])

    def sweep(self) -> list[Job]:
        """Mark running jobs whose process is gone as interrupted, and return them."""
        with self._transaction() as db:
            lost = [
                row
                for row in db.execute("SELECT run, pid, born FROM jobs WHERE state='running'").fetchall()
                if not processes.alive(row["pid"], row["born"])
            ]
            for row in lost:
                said = f"Its process ({row['pid']}) ended without a word: resume to go on from what was finished."
                self._end(db, row["run"], "interrupted", said)
            return [self._one(db, row["run"]) for row in lost]

    def get(self, run: str) -> Job | None:
        if found := self._select("WHERE run=?", run):
            return found[0]
        return None if self._below is None else self._below.get(run)

    def holds(self, run: str) -> bool:
        """Whether the run has a job here, and not only below."""
        return bool(self._select("WHERE run=?", run))

    def live(self) -> list[Job]:
        """Running jobs, then queued ones in their order."""
        return self._select("WHERE state IN ('queued', 'running') ORDER BY state DESC, created, rowid")

    def recent(self, n: int) -> list[Job]:
        """The `n` jobs asked for last, newest first, whatever their state."""
        own = self._select("ORDER BY created DESC, rowid DESC LIMIT ?", max(0, n))
        if self._below is None:
            return own
        have = {job.run for job in own}
        every = own + [job for job in self._below.recent(n) if job.run not in have]
        return sorted(every, key=lambda job: -job.created)[:n]

    def forget(self, run: str) -> None:
        """Remove a job and its log. Raises StoreError where it is running."""
        with self._transaction() as db:
            known = self._worker(db, run)
            if known and _works(known):
                raise StoreError(f"Run {run} is running: cancel it first.")
            db.execute("DELETE FROM jobs WHERE run=?", (run,))
        if is_name(run):
            self.log_path(run).unlink(missing_ok=True)

    def log_path(self, run: str) -> Path:
        """Where the job's worker writes; the folder is there. Raises StoreError for a name that cannot be a run's."""
        if not is_name(run):
            raise StoreError(f"{run!r} cannot name a run.")
        return self._logs / f"{run}.log"

    def tail(self, run: str, lines: int = 40) -> str:
        """The last lines of the job's log, "" where there is none; of a redrawn line, its last state."""
        try:
            with open(self.log_path(run), "rb") as file:
                length = file.seek(0, os.SEEK_END)
                file.seek(max(0, length - _TAIL_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        found = text.replace("\r\n", "\n").split("\n")
        found = found[1:] if length > _TAIL_BYTES else found
        found = [line.rstrip("\r").rpartition("\r")[2] for line in found]
        while found and not found[-1].strip():
            found.pop()
        return "\n".join(found[-lines:] if lines > 0 else [])

    @staticmethod
    def _run(db: sqlite3.Connection, run: str, pid: int) -> None:
        now = time.time()
        db.execute(
            f"UPDATE jobs SET state='running', pid=?, born=?, started=?, heartbeat=?, {_UNBEGUN} WHERE run=?",
            (pid, processes.birth(pid), now, now, run),
        )

    @staticmethod
    def _end(db: sqlite3.Connection, run: str, state: str, message: str) -> None:
        db.execute(
            "UPDATE jobs SET state=?, message=?, ended=?, eta_seconds=NULL WHERE run=? AND state IN ('queued', 'running')",
            (state, message, time.time(), run),
        )

    @staticmethod
    def _worker(db: sqlite3.Connection, run: str) -> sqlite3.Row | None:
        """The state of a job, and the process that it has or had."""
        row: sqlite3.Row | None = db.execute("SELECT state, pid, born FROM jobs WHERE run=?", (run,)).fetchone()
        return row

    def _one(self, db: sqlite3.Connection, run: str) -> Job:
        return self._job(db.execute(f"SELECT {_COLUMNS} FROM jobs WHERE run=?", (run,)).fetchone())

    def _select(self, rest: str, *values: Any) -> list[Job]:
        with self._transaction(write=False) as db:
            return [self._job(row) for row in db.execute(f"SELECT {_COLUMNS} FROM jobs {rest}", values).fetchall()]

    @contextlib.contextmanager
    def _transaction(self, write: bool = True) -> Iterator[sqlite3.Connection]:
        if write and self._closed:
            raise StoreError(self._closed)
        try:
            with contextlib.closing(self._connect()) as db:
                # Taking the write lock first: a transaction that reads and then writes could lose its turn in between.
                db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                try:
                    yield db
                except BaseException:
                    db.rollback()
                    raise
                db.commit()
        except sqlite3.Error as error:
            raise StoreError(_said(error, self._database)) from error

    def _connect(self) -> sqlite3.Connection:
        if not self._ready or not self._database.exists():
            # Changing the journal mode does not wait its turn as other statements do.
            with FileLock(self._lock), contextlib.closing(sqlite3.connect(self._database, timeout=BUSY_SECONDS)) as db:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute(_TABLE)
                there = {row[1] for row in db.execute("PRAGMA table_info(jobs)")}
                for column in _LATER.keys() - there:
                    db.execute(_LATER[column])
                db.commit()
            self._ready = True
        db = sqlite3.connect(self._database, timeout=BUSY_SECONDS, isolation_level=None)
        db.row_factory = sqlite3.Row
        db.text_factory = lambda text: text.decode("utf-8", "replace")
        return db

    def _job(self, row: sqlite3.Row) -> Job:
        values = dict(row)
        with contextlib.suppress(ValueError, TypeError, RecursionError):
            values["spec"] = json.loads(values["spec"])
        wrong = [name for name, kind in _TYPES.items() if not isinstance(values[name], kind)]
        wrong += [name for name, known in (("state", STATES), ("kind", KINDS)) if values[name] not in known]
        if not wrong:
            return Job(**values)
        said = (
            f"The job {str(values['run'])[:40]} is damaged in {self._database} ({wrong[0]}: {repr(values[wrong[0]])[:40]}): "
            "forget it, then ask again."
        )
        sound = {name: values[name] for name in ("label", "created") if name not in wrong}
        return Job(**{"run": str(values["run"]), "label": str(values["run"]), "message": said} | sound)


def _works(row: sqlite3.Row) -> bool:
    """Whether a job runs and its process is alive."""
    return row["state"] == "running" and processes.alive(row["pid"], row["born"])


def _said(error: sqlite3.Error, database: Path) -> str:
    text = str(error)
    # On a full disk SQLite may fail to grow its shared memory, and calls that an I/O error.
    if "full" in text or ("disk I/O" in text and files.free(database) < _LITTLE):
        return "The disk is full: the job could not be written; free space or evict from the store, then try again."
    if "locked" in text or "busy" in text:
        return f"{database} has been busy for {BUSY_SECONDS:.0f} seconds: try again, or look for a process that hangs."
    if "not a database" in text or "malformed" in text:
        return f"{database} is damaged: move it away (only the list of jobs is in it, results are kept), then try again."
    return f"{database} could not be used ({text}): check the store's folder and its permissions."
