"""Fixtures shared by every tier."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cache.store import Store
from probing import calibration, threads

# An empty store is empty: the example study is shown where a test asks for it.
os.environ["STRATA_EXAMPLE"] = "off"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data that STRATA_TEST_DATA names; the test is skipped where it is unset (tests/SKIPS.md)."""
    folder = os.environ.get("STRATA_TEST_DATA")
    if not folder:
        pytest.skip("STRATA_TEST_DATA is not set")
    path = Path(folder).resolve()
    assert path.is_dir(), f"STRATA_TEST_DATA names {path}, which is no folder"
    return path


@pytest.fixture(autouse=True)
def known_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle machine of known speed: what this one does beside the tests decides nothing, and nobody waits for a measurement."""
    rates = calibration.Rates(machine=calibration.machine(), cores=1, forward={"fp32": 1e10, "bf16": 1e10}, fit=1e9)
    monkeypatch.setattr(calibration, "measure", lambda _device: rates)
    monkeypatch.setattr(threads, "busy", lambda: 0.0)


@pytest.fixture
def store_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store of the test's own, which STRATA_STORE names as well."""
    root = tmp_path / "store"
    monkeypatch.setenv("STRATA_STORE", str(root))
    return root


@pytest.fixture
def store(store_root: Path) -> Store:
    return Store(store_root)
