"""A store with something in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cache.store import Store
from tests.app.planted import fill


@pytest.fixture
def finished_run(store_root: Path) -> str:
    """The id of a finished run in the test's own store: two checkpoints and their random twins, 3 tasks, 7 layers."""
    return fill(Store(store_root))
