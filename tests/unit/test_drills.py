"""The drills' own parts: a report counts what broke, a command is killed at its step, bits are turned over with the time kept."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from drills import commands, kills
from drills.__main__ import DRILLS
from drills.drill import Report, table
from tests import harms


def test_a_report_counts_what_broke() -> None:
    report = Report("a thing broken", "it holds")
    with report.attempt("first"):
        pass
    with report.attempt("second"):
        assert 1 == 2, "one is not two"
    assert (report.tries, len(report.broke)) == (2, 1)
    assert report.broke[0].startswith("second: one is not two")
    assert "| a thing broken | 2 | it holds | 1 of 2 |" in table([report])
    report.slow.append("p95 is 2.00 s")
    assert "| 1 of 2; goal of time missed (p95 is 2.00 s) |" in table([report])


def test_every_drill_is_there_and_on_its_page() -> None:
    root = Path(__file__).resolve().parents[2]
    assert {f"{name}.py" for name in DRILLS} <= {path.name for path in (root / "drills").glob("*.py")}
    page = (root / "docs" / "validation.md").read_text(encoding="utf-8")
    assert all(f" {name}" in page for name in DRILLS)


def test_a_process_is_killed_at_its_step(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()

    def work() -> int:
        (place / "one").write_text("1")
        (tmp_path / "beside").write_text("no step: it lies outside")
        (place / "one").rename(place / "two")
        (place / "three").write_text("3")
        return 0

    counted = commands.forked(work, kills.watching(place, lambda count: (tmp_path / "told").write_text(str(count))))
    assert counted.status == 0
    assert (tmp_path / "told").read_text() == "3"
    for path in place.iterdir():
        path.unlink()
    killed = commands.forked(work, kills.watching(place, kills.kill_at(2)))
    assert killed.status == -signal.SIGKILL
    assert [path.name for path in place.iterdir()] == ["one"]


def test_a_forked_command_keeps_its_streams_and_its_end(tmp_path: Path) -> None:
    done = commands.command(["store", "evict", "--limit-gb", "-1", "--store", str(tmp_path / "store")])
    assert done.refused()
    assert done.err.startswith("--limit-gb is -1.0")
    ended = commands.forked(lambda: signal.pause() or 0, patience=0.2)  # type: ignore[func-returns-value]
    assert ended.status == commands.KILLED


def test_a_bit_is_turned_over_and_the_time_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\x00\x01\x02")
    os.utime(path, ns=(10**18, 10**18))
    harms.flip_unseen(path, 1, 3)
    assert path.read_bytes() == b"\x00\x09\x02"
    assert path.stat().st_mtime_ns == 10**18
