"""Carry a comparison out: each open pair answered once and kept, as the cells of a run are (engine.py)."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

from cache.locks import FileLock
from cache.store import Store
from probing.cells import drift, similarity, topology
from probing.comparisons import SPLIT, Comparison, Pair
from probing.execution.encoding import encoded
from probing.execution.progress import Progress
from probing.measures import MEASURES
from probing.records import stored
from probing.records.record import PairRecord


def execute(comparison: Comparison, store: Store, progress: Progress) -> float:
    """Make every pair whole in `store`; returns the seconds it took. Two processes that ask the same: one works, the other waits.

    Raises BadInput for what cannot be compared; pairs that were finished before stay.
    """
    began = time.monotonic()
    with FileLock(store.locks / f"run-{comparison.run}.lock"):
        for pair in comparison.pairs:
            if store.results.has_cell(pair.id):
                continue
            rows, notes = _answer(comparison, pair, store, progress)
            record = PairRecord(task=pair.kind, checkpoint=f"{pair.first.name} and {pair.second.name}", notes=tuple(notes))
            base = {"run": comparison.run, "checkpoint": pair.first.name}
            units = [row | base | {"unit": MEASURES.get(row["metric"]).unit} for row in rows]
            stored.save_cell(store, pair.id, record, units)
    return time.monotonic() - began


def _answer(comparison: Comparison, pair: Pair, store: Store, progress: Progress) -> tuple[list[dict[str, Any]], list[str]]:
    if pair.kind == "drift":
        return drift.answer(pair, progress)
    spec, forms, device = comparison.spec, _forms(comparison), comparison.device
    if pair.kind == "topology":
        return topology.answer(pair, forms, store.root, spec.precision, device, progress)
    with ExitStack() as leases:
        readers = [encoded(one, forms, store, spec, device, leases, progress)[0] for one in (pair.first, pair.second)]
        return similarity.answer(pair, forms, readers, spec.items, progress)


def _forms(comparison: Comparison) -> list[tuple[str, ...]]:
    """One sentence once: repeated text would count as independent items."""
    assert comparison.source is not None, "only drift has no text"
    corpus = comparison.source.load().first({SPLIT: comparison.spec.max_test, "train": None, "dev": None})
    return list(dict.fromkeys(sentence.forms for sentence in corpus.splits[SPLIT]))
