"""A tiny checkpoint for all tests of a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import tiny_checkpoints as tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "tiny-bert")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"
