"""The database of jobs: damage, complaints and rows that nobody wrote become a sentence and hide no other job."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cache.errors import StoreError
from cache.jobs import DAMAGED, Jobs
from cache.store import Store


def test_a_damaged_database_is_said_in_a_sentence(store: Store) -> None:
    (store.root / "strata.db").write_bytes(b"not a database, but long enough to be read as one" * 50)
    with pytest.raises(StoreError, match="is damaged: move it away"):
        store.jobs.recent(3)


@pytest.mark.parametrize(
    ("error", "said"),
    [("database or disk is full", "^The disk is full"), ("database is locked", "busy"), ("readonly", "permissions")],
)
def test_what_the_database_complains_of_becomes_a_sentence(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, error: str, said: str
) -> None:
    def complain(*_: Any) -> None:
        raise sqlite3.OperationalError(error)

    monkeypatch.setattr(jobs, "_connect", complain)
    with pytest.raises(StoreError, match=said):
        jobs.submit("r1", {}, "one")


def test_a_failed_transaction_changes_nothing(jobs: Jobs) -> None:
    with pytest.raises(ValueError, match="JSON"):
        jobs.submit("r1", {"a": float("nan")}, "one")
    assert jobs.get("r1") is None
    assert jobs.submit("r1", {}, "one").state == "queued"


def test_a_store_of_before_gets_the_kind_of_a_job(tmp_path: Path) -> None:
    """Jobs that were kept before there were kinds are runs."""
    database = tmp_path / "strata.db"
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute(
            "CREATE TABLE jobs (run TEXT PRIMARY KEY, spec TEXT NOT NULL, label TEXT NOT NULL, device TEXT NOT NULL, state TEXT NOT NULL, "
            "pid INTEGER, stage TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, rate REAL, "
            "eta_seconds REAL, message TEXT NOT NULL DEFAULT '', created REAL NOT NULL, started REAL, heartbeat REAL, ended REAL, "
            "origin TEXT NOT NULL, born TEXT, stage_started REAL, stage_base INTEGER NOT NULL DEFAULT 0)"
        )
        db.execute(
            "INSERT INTO jobs (run, spec, label, device, state, created, origin) VALUES ('old', '{}', 'x', 'cpu', 'done', 1.0, 'cli')"
        )
        db.commit()
    jobs = Jobs(database, tmp_path, tmp_path / "jobs.lock")
    assert [job.kind for job in jobs.recent(5)] == ["run"]
    assert jobs.submit("new", {}, "y", kind="comparison").kind == "comparison"
    jobs.cancel("new")
    assert jobs.submit("new", {}, "y", kind="comparison").kind == "comparison"
    assert {job.kind for job in Jobs(database, tmp_path, tmp_path / "jobs.lock").recent(5)} == {"run", "comparison"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "melted"),
        ("kind", "seance"),
        ("spec", "{"),
        ("spec", "[]"),
        ("spec", "[" * 10**5),
        ("created", "long ago"),
        ("done", "x"),
        ("label", b"x"),
    ],
)
def test_a_row_that_nobody_wrote_is_a_damaged_job_and_hides_no_other(jobs: Jobs, column: str, value: object) -> None:
    jobs.submit("one", {"a": 1}, "first")
    jobs.submit("two", {"a": 2}, "second")
    with contextlib.closing(sqlite3.connect(jobs._database)) as db:
        db.execute(f"UPDATE jobs SET {column}=? WHERE run='one'", (value,))
        db.commit()
    found = {job.run: job for job in jobs.recent(9)}
    assert found["one"].state == DAMAGED
    assert f"({column}: " in found["one"].message
    assert str(jobs._database) in found["one"].message
    assert found["two"].state == "queued"
    assert [job.run for job in jobs.live() if job.state == "queued"] == ["two"]
    jobs.forget("one")
    assert jobs.submit("one", {"a": 1}, "first").state == "queued"


def test_a_label_that_is_no_text_any_more_hides_no_job(jobs: Jobs) -> None:
    jobs.submit("one", {"a": 1}, "first")
    with contextlib.closing(sqlite3.connect(jobs._database)) as db:
        db.execute("UPDATE jobs SET label=CAST(? AS TEXT)", (b"fir\xffst",))
        db.commit()
    assert [job.label for job in jobs.live()] == ["fir\ufffdst"]
