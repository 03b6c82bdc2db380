"""Write the stored tables anew, after a change that is meant to give other rows: `python -m tests.golden.store`."""

from __future__ import annotations

import gzip
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from cache.store import Store
from probing.execution.engine import execute
from probing.runs import RunSpec, plan
from probing.settings import Settings
from tests.golden.questions import COMMON, FILE, KEY, MEASURED, QUESTIONS


def answered(name: str, root: Path) -> dict[str, Any]:
    """The run's id and its rows, in a store at `root`."""
    asked = plan(RunSpec.parse(COMMON | QUESTIONS[name]), replace(Settings.read(), store=root, device="cpu", offline=True))
    store = Store(root)
    execute(asked, store, lambda *_: None)
    rows = store.results.table(asked.run).astype(object)
    told = rows.where(rows.notna(), None)[[*KEY, *MEASURED]].values.tolist()
    return {"run": asked.run, "rows": told}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tables = {name: answered(name, Path(folder)) for name in QUESTIONS}
    with gzip.GzipFile(FILE, "wb", mtime=0) as packed:
        packed.write(json.dumps(tables).encode())


if __name__ == "__main__":
    main()
