"""What all products of the lab share: how a training is carried out, its lock, saved state, rows and record. No torch at import."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cache import files
from cache.eviction import FOLDER_OF, STATE
from cache.keys import SCHEMA, canonical_json
from cache.locks import FileLock
from cache.store import Store
from cache.table import COLUMNS
from probing.checkpoints import Checkpoint
from probing.corpora import Source
from probing.errors import BadInput
from probing.settings import Settings
from probing.tuning.data import Examples
from probing.tuning.specs import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from probing.tuning.model import EncoderWithHead
    from probing.tuning.reading import ExampleReader
    from probing.tuning.training import History, Watch

PROBE = "head"  # what answers, in the tidy table
EVALUATIONS = 10  # of dev during a training
EVALUATED = 500  # dev examples of one evaluation during training; reported scores use all


@dataclass(frozen=True)
class Product:
    """What was made: the checkpoint's folder (None where none was kept) and what its record says."""

    folder: Path | None
    record: dict[str, Any]


@dataclass(kw_only=True)
class Prepared(ABC):
    """A training that is ready to start. `trainable` tells what will train: names, how many values, which share of the encoder's; `sources` are
    the checkpoints that `model` is made of."""

    id: str
    spec: Spec
    how: str
    method_name: str
    parent: Checkpoint
    sources: tuple[Checkpoint, ...]
    source: Source
    dataset: Examples
    model: EncoderWithHead
    reader: ExampleReader
    trainable: dict[str, Any]
    store: Store
    notes: list[str]

    def run(self, out: str | None, settings: Settings, watch: Watch, tests: bool = True) -> Product:
        """Train, score, save at `out` and compare; without `out` nothing is saved, and without `tests` dev alone is read.

        Goes on from the last state of the same question; `watch` may raise to stop. Raises Diverged where the loss is no longer a number,
        StoreError where the disk is full: what was at `out` is whole.
        """
        from probing.tuning.saving import destination, save
        from probing.tuning.training import Diverged

        folder = destination(out, settings.roots, self.store.root, *self.sources) if out is not None else None
        with working(self.store, self.id) as state:
            try:
                history, changes = self._train(state, watch)
            except Diverged:
                files.remove(state)  # it would diverge again
                raise
            rows, notes = self._rows(folder.name if folder else self.parent.name, tests)
            record = self._record(history) | {"rows": rows, "notes": [*self.notes, *notes]}
            if folder:
                save(folder, self.model, changes, record, self.parent, self.store.root, self.reader.sample)
            files.remove(state)
        return Product(folder, record)

    @abstractmethod
    def _train(self, state: Path, watch: Watch) -> tuple[History, dict[str, Tensor] | None]:
        """What happened, and the changes of the parent that are kept (None: all weights are)."""

    @abstractmethod
    def _own(self) -> dict[str, Any]:
        """What a record says of this way of training."""

    def _rows(self, name: str, tests: bool) -> tuple[list[dict[str, Any]], list[str]]:
        """Tidy rows of the product `name`, and notes."""
        return scores(self.reader, self.model, self._of(name), self._setting(), tests)

    def _of(self, name: str) -> dict[str, Any]:
        named = {"run": self.id, "checkpoint": name, "corpus": self.source.name}
        return named | {"task": self.dataset.task, "seed": self.spec.seed}

    def _setting(self) -> dict[str, Any]:
        return {"method": self.method_name, "train": len(self.dataset.splits["train"]), "steps": self.spec.steps}

    def _record(self, history: History) -> dict[str, Any]:
        """What a product was made of, and how it went."""
        source, dataset = self.source, self.dataset
        return {
            "schema": SCHEMA,
            "id": self.id,
            "how": self.how,
            "parent": self.parent.spec,
            "parent_fingerprint": self.parent.fingerprint,
            "method": self.method_name,
            "trainable": self.trainable,
            **self._own(),
            "steps": self.spec.steps,
            "batch": self.spec.batch,
            "seed": self.spec.seed,
            "task": dataset.task,
            "columns": dataset.columns,
            "classes": list(dataset.classes.known),
            "tags": list(dataset.tags.known),
            "pooling": self.model.pooling,
            "data": {"name": source.name, "spec": source.spec, "hash": source.hash, "train": len(dataset.splits["train"])},
            "best_step": history.best,
            "seconds": round(history.seconds, 3),
            "history": history.looks,
        }


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
