"""What a cell says of itself: cells/ID/cell.json, beside its table, its scored items and its probes.

A cell of a run answers a task by a probe family. A pair of a comparison is a cell too, whose task is the kind of the comparison; so is a
training of the lab, which says more (training.py).
"""

from __future__ import annotations

from probing.records.record import Record


class CellRecord(Record):
    """`checkpoint` is the name that the run gave it which made the cell; `notes` are sentences for the reader."""

    task: str = ""
    probe: str = ""
    checkpoint: str = ""
    notes: tuple[str, ...] = ()


class PairRecord(CellRecord):
    """A pair of a comparison: `task` is similarity, drift or topology, `checkpoint` is "A and B", and there is no probe."""
