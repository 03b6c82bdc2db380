"""Finished runs of a base and four checkpoints fine-tuned from it: two methods, two seeds each, and random weights."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cache.keys import digest
from cache.results import tidy
from cache.store import Store
from tests.planted.products import CLASSES, PROBE, TASK, Planted, lineage
from tests.planted.record import facts

# BitFit gives what the base held, sooner; full fine-tuning adds to it.
PEOPLE = (
    Planted("base", 1.0),
    Planted("bitfit-0", 1.0, pace=1.5, seed=1),
    Planted("bitfit-1", 1.01, pace=1.5, seed=2),
    Planted("full-0", 1.5, seed=3, ood=-0.4),
    Planted("full-1", 1.52, seed=4, ood=-0.4),
    Planted("random:base@0", 0.1, pace=0.3, seed=5),
)


def fill(
    store: Store, name: str = "products", recorded: bool = True, corpus: str = "grammar", without: str = "", **spec: Any
) -> str:
    """Save the run; returns its id. `recorded`: whether its checkpoints have a lineage; `without` names a metric that no row has."""
    run = digest(name)[:16]
    rows, cells = [], []
    for one in PEOPLE:
        cell = digest(run, one.name)
        own = [row | {"run": run, "corpus": corpus} for row in one.rows() if row["metric"] != without]
        store.results.save_cell(cell, own, one.items(), one.arrays(), {"notes": []})
        cells.append({"id": cell, "checkpoint": one.name, "task": TASK, "probe": PROBE})
        rows += own
    record = {
        "label": name,
        "spec": {"checkpoints": [one.name for one in PEOPLE[:-1]], "measure": "decodability", "tasks": [TASK]} | spec,
        "corpus": {"name": corpus, "hash": digest(corpus), "spec": corpus},
        "tasks": [{"name": TASK, "group": "syntax", "level": "word", "classes": list(CLASSES)}],
        "probes": [PROBE],
        "checkpoints": [_entry(one.name, recorded) for one in PEOPLE],
        "cells": cells,
        "notes": [],
        "seconds": {"extract": 1.0, "fit": 2.0, "total": 3.0},
        "forward_passes": 1,
    }
    text = pd.DataFrame([{"split": "test", "sentence": 0, "id": "test-0", "forms": ["a"]}])
    store.results.save_run(run, record, tidy(rows), text)
    return run


def _entry(name: str, recorded: bool) -> dict[str, Any]:
    method, _, seed = name.partition("-")
    told = lineage(digest("base"), method, 256, int(seed)) if recorded and seed else None
    twin = {"role": "baseline", "of": ["base"]} if name.startswith("random:") else {}
    return facts(name, 2, 8, parent="base" if seed else None, lineage=told) | twin
