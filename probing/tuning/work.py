"""What all products of the lab share: the lock, the saved state, the rows and the record. No torch at import."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache.eviction import FOLDER_OF, STATE
from cache.keys import canonical_json
from cache.locks import FileLock
from cache.store import Store
from cache.table import COLUMNS
from probing.corpora import Source
from probing.errors import BadInput
from probing.tuning.data import Examples

if TYPE_CHECKING:
    from probing.tuning.model import EncoderWithHead
    from probing.tuning.reading import ExampleReader
    from probing.tuning.training import History

PROBE = "head"  # what answers, in the tidy table
EVALUATIONS = 10  # of dev during a training
EVALUATED = 500  # dev examples of one evaluation during training; reported scores use all


@dataclass(frozen=True)
class Product:
    """What was made: the checkpoint's folder (None where none was kept) and what its record says."""

    folder: Path | None
    record: dict[str, Any]


@contextlib.contextmanager
def working(store: Store, id: str) -> Iterator[Path]:
    """The folder of the state that the product `id` goes on from. Raises BadInput where another process is making it.

    Its lock is one of those that keep eviction from the store's models.
    """
    lock = FileLock(store.locks / f"run-{id}.lock")
    if not lock.acquire(blocking=False):
        raise BadInput("Another process is making this very checkpoint: wait for it, or ask for another seed.")
    try:
        yield store.root / FOLDER_OF["state"] / f"{STATE}{id}"
    finally:
        lock.release()


def row(of: dict[str, Any], setting: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A tidy row: what `of` and `fields` say, null for the rest."""
    return dict.fromkeys(COLUMNS) | {"probe": PROBE, "layer": -1, "setting": canonical_json(setting)} | of | fields


def scores(
    reader: ExampleReader, model: EncoderWithHead, of: dict[str, Any], setting: dict[str, Any], tests: bool = True
) -> tuple[list[dict[str, Any]], list[str]]:
    """Tidy rows of dev and, where wanted, of each test split, scored once, and notes on splits with one predicted class only."""
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for split in ("dev", *(reader.dataset.tests if tests else ())):
        scored = reader.scored(model, split)
        collapsed = {"collapsed": True} if scored.collapsed else {}
        if scored.collapsed:
            notes.append(f"{split}: collapsed, one class was said of everything; the rows are marked.")
        for metric, score in scored.scores.items():
            found = {"value": score.value, "lower": score.lower, "upper": score.upper, "n": score.n, "unit": "fraction"}
            rows.append(row(of, setting | collapsed, split=split, metric=metric, **found))
    return rows, notes


def training_record(dataset: Examples, source: Source, model: EncoderWithHead, history: History) -> dict[str, Any]:
    """The part of a record that says what a product was trained on and how it went."""
    return {
        "task": dataset.task,
        "columns": dataset.columns,
        "classes": list(dataset.classes.known),
        "tags": list(dataset.tags.known),
        "pooling": model.pooling,
        "data": {"name": source.name, "spec": source.spec, "hash": source.hash, "train": len(dataset.splits["train"])},
        "best_step": history.best,
        "seconds": round(history.seconds, 3),
        "history": history.looks,
    }
