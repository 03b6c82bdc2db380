"""What is never read: pipes and devices, files beyond a limit, links that lead out of a folder."""

from __future__ import annotations

import gzip
import os
import socket
from pathlib import Path

import pytest

from probing import corpora
from probing.errors import BadInput
from tests.unit.corpora.published import (
    TSV,
    load,
    table,
    written,
    zipped,
)


def test_only_files_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.tsv")
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # the path of a socket is short
        listener.bind("socket.tsv")
        for name, kind in (("pipe.tsv", "pipe"), ("socket.tsv", "socket"), ("/dev/zero", "device")):
            with pytest.raises(BadInput, match=f"is a {kind}, and only a file can be read"):
                corpora.find(str(tmp_path / name))


@pytest.mark.parametrize(
    ("setting", "value", "name", "data"),
    [
        ("STRATA_MAX_FILE_MB", "1", "a.tsv", b"text\tlabel\n" + b"a b\tx\n" * 200_000),
        ("STRATA_MAX_FILE_MB", "1", "a.tsv.gz", gzip.compress(b"text\tlabel\n" + b"a b\tx\n" * 200_000, mtime=0)),
        ("STRATA_MAX_FILE_MB", "1", "a.zip", zipped({"a.tsv": "a b\tx\n" * 200_000})),
        ("STRATA_MAX_LINE_MB", "1", "a.tsv", b"text\tlabel\n" + b"a" * 1_200_000),
        ("STRATA_MAX_LINE_MB", "1", "a.tsv.gz", gzip.compress(b"\0" * 5_000_000, mtime=0)),
        ("STRATA_MAX_ROWS", "50", "a.tsv", TSV.encode()),
        ("STRATA_MAX_ROWS", "50", "a.parquet", table("parquet")),
        ("STRATA_MAX_ROWS", "50", "a.xlsx", table("excel")),
    ],
)
def test_what_is_beyond_a_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, name: str, data: bytes
) -> None:
    monkeypatch.setenv(setting, value)
    path = written(tmp_path, {name: data})
    with pytest.raises(BadInput, match=f"larger {setting}"):
        load(path)
    monkeypatch.setenv("STRATA_MAX_ROWS", "many")
    with pytest.raises(BadInput, match="STRATA_MAX_ROWS is 'many': give a number of rows above 0"):
        load(path)


def test_a_sparse_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    import tracemalloc

    with (tmp_path / "a.tsv").open("wb") as file:
        file.truncate(3_000_000_000)
    tracemalloc.start()
    with pytest.raises(BadInput, match="more than"):
        corpora.find(str(tmp_path / "a.tsv"))
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_links_in_a_folder_do_not_lead_out(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    written(inside, {"test.tsv": TSV, "dev.tsv": TSV})
    (written(tmp_path, {"secret.tsv": TSV})).rename(tmp_path / "secret")
    (inside / "train.tsv").symlink_to(tmp_path / "secret")
    with pytest.raises(BadInput, match="outside the allowed folders"):
        corpora.find(str(inside), roots=(inside,))
