"""How many threads a process takes: idle cores, within the control group's limit, unless somebody says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from probing import threads
from probing.errors import BadInput
from probing.settings import Settings
from probing.threads import busy

NAMES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOMP_SPINCOUNT")


@pytest.fixture
def eight(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of eight cores, and a process that has not loaded torch."""
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(threads, "cores", lambda: 8)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that the test's own values go away again
        monkeypatch.delenv(name)


def test_the_control_group_limits_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)
    assert threads.cores(tmp_path) == 8, "no control group"
    for text, count in (("250000 100000", 2), ("max 100000", 8), ("1000 100000", 1), ("9900000 100000", 8), ("nonsense", 8)):
        (tmp_path / "cpu.max").write_text(text)
        assert threads.cores(tmp_path) == count, text
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    for text, count in (("400000\n", 4), ("-1\n", 8)):
        (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(text)
        assert threads.cores(tmp_path) == count, text


@pytest.mark.usefixtures("eight")
@pytest.mark.parametrize(("held", "count"), [(0.0, 8), (0.4, 8), (3.0, 5), (7.9, 1), (40.0, 1)])
def test_idle_cores_are_taken_and_one_at_least(held: float, count: int) -> None:
    assert threads.free(held) == count


@pytest.mark.usefixtures("eight")
@pytest.mark.parametrize(("load", "percent", "held"), [(6.0, 0.0, 0.0), (0.1, 100.0, 0.1), (6.0, 50.0, 4.0), (40.0, 100.0, 40.0)])
def test_a_load_that_is_over_and_a_short_burst_do_not_count(
    load: float, percent: float, held: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(psutil, "cpu_percent", lambda _seconds: percent)
    assert busy() == held


@pytest.mark.usefixtures("eight")
def test_who_says_a_number_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "busy", lambda: 6.0)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert threads.limit(None) is None
    assert os.environ["OMP_NUM_THREADS"] == "5", "OpenMP's own variable counts where STRATA_THREADS is not set"
    assert threads.limit(3) == 3
    assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "3"
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert threads.limit(None) == 2, "eight cores, of which six are busy"
    assert os.environ["OMP_NUM_THREADS"] == "2"
    assert os.environ["GOMP_SPINCOUNT"] == threads.SPIN


@pytest.mark.usefixtures("eight")
def test_lanes_take_every_core_unless_somebody_says_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "busy", lambda: 7.0)
    monkeypatch.setattr(threads, "_idle_counted", False)
    count = threads.limit(None)
    assert count == 1
    assert threads.lanes(count) == 8
    assert threads.limit(2) == 2
    assert threads.lanes(2) == 2


@pytest.mark.usefixtures("eight")
@pytest.mark.parametrize(("held", "count", "share"), [(0, 8, 1.0), (8, 8, 0.5), (3, 5, 1.0), (31, 1, 0.25)])
def test_a_thread_gets_its_part_of_a_core(held: float, count: int, share: float) -> None:
    assert threads.share(held, count) == share


def test_the_setting_is_a_number_above_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRATA_THREADS", raising=False)
    assert Settings.read().threads is None
    monkeypatch.setenv("STRATA_THREADS", "3")
    assert Settings.read().threads == 3
    for wrong in ("0", "-1", "many", "inf"):
        monkeypatch.setenv("STRATA_THREADS", wrong)
        with pytest.raises(BadInput, match=r"STRATA_THREADS is .*: give a number of threads above 0"):
            Settings.read()
