"""Finished runs of a base and four checkpoints fine-tuned from it: two methods, two seeds each, and random weights."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cache.keys import digest
from cache.store import Store
from probing.records.run import RecordedCheckpoint
from tests.planted import record
from tests.planted.products import CLASSES, PROBE, SENTENCES, SPLITS, TASK, WORDS, Planted, lineage

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
    planted = record.PlantedRun(store, run, corpus)
    for one in PEOPLE:
        planted.cell(one.name, TASK, PROBE, [row for row in one.rows() if row["metric"] != without], one.items(), one.arrays())
    return planted.save(
        name,
        {"measure": "decodability"} | spec,
        [record.task(TASK, "syntax", "word", CLASSES)],
        [_entry(one.name, recorded) for one in PEOPLE],
        pd.DataFrame(
            {"split": split, "sentence": number, "id": f"{split}-{number}", "forms": ["a"] * WORDS}
            for split in SPLITS
            for number in range(SENTENCES)
        ),
    )


def _entry(name: str, recorded: bool) -> RecordedCheckpoint:
    method, _, seed = name.partition("-")
    made = lineage(digest("base"), method, 256, int(seed)) if recorded and seed else None
    of = "base" if name.startswith("random:") else None
    return record.checkpoint(name, 2, 8, of, parent="base" if seed else None, lineage=made)
