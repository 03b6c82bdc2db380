"""A tiny checkpoint and a labelled table, for whatever trains."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import tiny_checkpoints as tiny


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty labelled sentences in a table: 48 of train, and dev and test."""
    folder = tmp_path_factory.mktemp("data")
    for split, count in (("train", 48), ("dev", 12), ("test", 12)):
        words = [(("the", "a")[n % 2], ("cat", "dog")[n // 2 % 2], ("un", "able")[n // 4 % 2]) for n in range(count)]
        rows = [f"{' '.join(one)} {'z' * (n % 5 + 1)}\t{one[1]}" for n, one in enumerate(words)]
        (folder / f"{split}.tsv").write_text("\n".join(["text\tlabel", *rows, ""]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "tiny-bert")
