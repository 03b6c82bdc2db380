"""A store as it was written before records had a version of their own, made here byte by byte: it opens, or is refused in words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cache.errors import StoreError
from cache.store import Store
from cache.table import COLUMNS, DTYPES

RUN = "6e267bb9d4550bff"
RECORD: dict[str, Any] = {
    "finished": "2026-01-31T12:00:00+00:00",
    "run": RUN,
    "label": "minilm-l6 · upos · linear · grammar",
    "spec": {"checkpoints": ["minilm-l6"], "corpus": "grammar", "tasks": ["upos"], "probes": ["linear"]},
}


def plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def old_store(root: Path, schema: int | None) -> Store:
    """One run, whose record says `schema`."""
    folder = root / "runs" / RUN
    folder.mkdir(parents=True)
    (root / "schema.json").write_text('{"schema":1}')
    pd.DataFrame(columns=list(COLUMNS)).astype(DTYPES).to_parquet(folder / "table.parquet")
    pd.DataFrame({"task": [""], "forms": [["Birds", "sing"]]}).to_parquet(folder / "sentences.parquet")
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.iterdir())
    }
    body = {"name": RUN, "files": files, "content": RECORD} | ({"schema": schema} if schema is not None else {})
    text = plain(body).encode()
    seal = hashlib.sha256(len(text).to_bytes(8, "big") + text).hexdigest()[:32]
    (folder / "run.json").write_text(plain({"record": body, "seal": seal}))
    return Store(root)


def test_a_record_without_a_version_opens(tmp_path: Path) -> None:
    store = old_store(tmp_path / "store", 1)
    assert [record["run"] for record in store.results.runs()] == [RUN]
    assert RECORD.items() <= store.results.run(RUN).items()
    assert list(store.results.table(RUN).columns) == list(COLUMNS)


@pytest.mark.parametrize("schema", [None, 0, 2])
def test_a_run_of_another_schema_is_refused_in_words(tmp_path: Path, schema: int | None) -> None:
    store = old_store(tmp_path / "store", schema)
    assert store.results.runs() == []
    with pytest.raises(StoreError, match=f"The run {RUN} is not in the store: run it again") as error:
        store.results.table(RUN)
    assert str(error.value).count("\n") == 0
