"""Damaged files of a store: every page opens, with a sentence where it needs what is damaged."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from drills import pages
from drills.drill import Report
from tests import damages

PAGES_OF_EACH = 1  # further pages that are opened for each damage, drawn


# The pages that read a file of the store; the rest are drawn.
READERS = {
    "strata.db": ("home", "new_run"),
    "rates.json": ("new_run",),
    "fingerprints.json": ("checkpoints",),
    "strata.json": ("checkpoints",),
    "schema.json": ("home", "store"),
    "run.json": ("home", "layers"),
    "table.parquet": ("layers",),
    "sentences.parquet": ("layers",),
    "cell.json": ("layers", "compare"),
    "items.parquet": ("layers", "compare"),
}


def drill(root: Path, seed: int) -> list[Report]:
    draw = random.Random(seed)
    report = Report("a damaged file of the store", "every page opens, with sentences and no traceback")
    report.note = f"{len(damages.DAMAGES)} damages"
    pages.prepare()
    whole, store = root / "whole", root / "store"
    known = damages.fill(whole)
    pages.open_page("new_run", whole, {})  # which leaves fingerprints
    for name, damage in damages.DAMAGES.items():
        reading = READERS.get(name.partition(":")[0].partition(" ")[0], ("home", "layers"))
        for page in dict.fromkeys((*reading, *draw.sample(damages.PAGES, PAGES_OF_EACH))):
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(whole, store)
            damage(store)
            pages.forget()
            with report.attempt(f"{name}, on {page}"):
                found = pages.open_page(page, store, pages.address(page, known))
                assert not found.tracebacks, found.tracebacks
                assert all(len(said.splitlines()) == 1 for said in found.sentences), found.sentences
    return [report]
