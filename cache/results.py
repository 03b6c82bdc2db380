"""Results: cells as they finish, runs when they are whole; the tidy table, the scored items and the probes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet as parquet
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from cache.errors import StoreError
from cache.sealed import SealedFolders
from cache.table import COLUMNS, DTYPES, tidy

__all__ = ["COLUMNS", "Results", "tidy"]


class Results:
    """The cells and runs of one store.

    A cell is cells/ID/ (table.parquet, items.parquet, probes.safetensors, cell.json), a run is runs/ID/ (table.parquet,
    sentences.parquet, run.json). The second of two processes that save one id drops its copy. What is damaged counts as
    not there, and is removed when it is found (or mended by `mend`, which takes kind and id). Whatever reads raises StoreError where the id is
    not there. What is not in the store is read from the results `below`.
    """

    def __init__(
        self, root: Path, locks: Path, below: Results | None = None, mend: Callable[[str, str], None] | None = None
    ) -> None:
        def folders(place: str, kind: str, under: SealedFolders | None) -> SealedFolders:
            return SealedFolders(root / place, kind, locks / f"{place}.lock", under, mend and partial(mend, kind))

        self.cells: SealedFolders = folders("cells", "cell", None if below is None else below.cells)
        self.run_folders: SealedFolders = folders("runs", "run", None if below is None else below.run_folders)

    def has_cell(self, id: str) -> bool:
        """Whether the cell is there, complete and checksum-sound; if it is damaged it is removed."""
        return self.cells.has(id)

    def has_record(self, id: str) -> bool:
        """Whether the cell is there by its record and the sizes of its files: cheaper than `has_cell`, which reads their checksums."""
        return self.cells.there(id)

    def save_cell(
        self, id: str, rows: Iterable[dict[str, Any]], items: pd.DataFrame, probes: dict[str, np.ndarray], facts: dict[str, Any]
    ) -> None:
        """Keep an answered cell: tidy rows, scored items, the probes' arrays by name, and facts for the reader."""
        arrays = {name: np.asarray(array, order="C") for name, array in probes.items()}
        writers: dict[str, Callable[[Path], object]] = {
            "table.parquet": _parquet(tidy(rows)),
            "items.parquet": _parquet(items),
            "probes.safetensors": lambda path: save_file(arrays, path),
        }
        self.cells.save(id, facts, writers)

    def cell_table(self, id: str) -> pd.DataFrame:
        return _frame(self.cells.file(id, "table.parquet"))

    def items(self, id: str) -> pd.DataFrame:
        """The scored items of a cell: layer, seed, split, sentence, word, gold, predicted, log2p; of trees a row a sentence with its counts."""
        return _frame(self.cells.file(id, "items.parquet"))

    def probes(self, id: str, wanted: Callable[[str], bool] | None = None) -> dict[str, np.ndarray]:
        """What a cell keeps of its probes by name (weights, standardisers, replicates of curves); of the `wanted` names alone."""
        path = self.cells.file(id, "probes.safetensors")
        try:
            with safe_open(path, framework="numpy") as file:
                return {name: file.get_tensor(name) for name in file.keys() if wanted is None or wanted(name)}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise _vanished(path) from error

    def cell_facts(self, id: str) -> dict[str, Any]:
        return self.cells.content(id)

    def has_run(self, run_id: str) -> bool:
        return self.run_folders.has(run_id)

    def save_run(self, run_id: str, record: dict[str, Any], table: pd.DataFrame, sentences: pd.DataFrame) -> None:
        """Keep a whole run; `record` is JSON, and gets `run` and, where it has none, `finished` (ISO time, UTC)."""
        if tuple(table.columns) != COLUMNS:
            raise ValueError(f"a run's table has the columns {', '.join(COLUMNS)}")
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        writers = {"table.parquet": _parquet(table.astype(DTYPES)), "sentences.parquet": _parquet(sentences)}
        self.run_folders.save(run_id, {"finished": finished} | record | {"run": run_id}, writers)

    def run(self, run_id: str) -> dict[str, Any]:
        """The run's record, with `bytes`: what it takes on disk without its cells."""
        return self.run_folders.content(run_id) | {"bytes": self.run_folders.bytes(run_id)}

    def runs(self) -> list[dict[str, Any]]:
        """Every run's record, the newest first."""
        records = []
        for name in self.run_folders.names():
            try:
                records.append(self.run(name))
            except StoreError:  # damaged, or removed by another process at this moment
                continue
        return sorted(records, key=lambda record: (str(record["finished"]), self.run_folders.saved(record["run"])), reverse=True)

    def table(self, run_id: str) -> pd.DataFrame:
        return _frame(self.run_folders.file(run_id, "table.parquet"))

    def sentences(self, run_id: str) -> pd.DataFrame:
        """The sentences behind the items: task (of one with sentences of its own, else ""), split, sentence, id, forms (an array of words
        each); of runs of trees heads and upos too."""
        return _frame(self.run_folders.file(run_id, "sentences.parquet"))


def _parquet(frame: pd.DataFrame) -> Callable[[Path], object]:
    arrow = pyarrow.Table.from_pandas(frame, preserve_index=False)
    return lambda path: parquet.write_table(arrow, path, compression="zstd")


def _frame(path: Path) -> pd.DataFrame:
    try:
        with parquet.ParquetFile(path) as file:
            return file.read().to_pandas()
    except (OSError, pyarrow.ArrowException) as error:
        raise _vanished(path) from error


def _vanished(path: Path) -> StoreError:
    return StoreError(f"{path.parent.name} vanished from the store or broke while it was read: run it again.")
