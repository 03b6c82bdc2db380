"""Records of planted runs and cells, made as the product's own types: what the product could not read cannot be planted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cache.keys import digest
from cache.store import Store
from cache.table import tidy
from probing.records import stored
from probing.records.record import CellRecord
from probing.records.run import RecordedCell, RecordedCheckpoint, RecordedCorpus, RecordedTask, RunRecord, Seconds
from probing.runs import Plan, RunSpec

FINISHED = "2026-01-31T12:00:00+00:00"


def checkpoint(name: str, layers: int, hidden: int = 384, of: str | None = None, **more: Any) -> RecordedCheckpoint:
    """`of` is the checkpoint that it is the random baseline of."""
    common: dict[str, Any] = {"parameters": 1, "fingerprint": digest(name), "kind": "random" if of else "known"}
    role = {"role": "baseline", "baseline_of": (of,)} if of else {}
    return RecordedCheckpoint(**common | role | {"name": name, "layers": layers, "hidden": hidden} | more)


def planned(plan: Plan, layers: int, hidden: int) -> tuple[RecordedCheckpoint, ...]:
    """The checkpoints of a plan, in other sizes."""
    return tuple(
        RecordedCheckpoint.of(one, plan).model_copy(update={"layers": layers, "hidden": hidden}) for one in plan.checkpoints
    )


def task(name: str, group: str, level: Any, classes: Sequence[str]) -> RecordedTask:
    return RecordedTask(name=name, group=group, level=level, classes=tuple(classes))


class PlantedRun:
    """A run that is put into a store cell by cell, and then whole."""

    def __init__(self, store: Store, run: str, corpus: str = "planted") -> None:
        self.store, self.run, self.corpus = store, run, corpus
        self.rows: list[dict[str, Any]] = []
        self.cells: list[RecordedCell] = []

    def cell(
        self,
        checkpoint: str,
        task: str,
        probe: str,
        rows: Sequence[Mapping[str, Any]],
        items: pd.DataFrame,
        probes: dict[str, np.ndarray] | None = None,
        notes: Sequence[str] = (),
        id: str | None = None,
    ) -> None:
        """Save a cell, whose rows get the run, the corpus and the names of the cell."""
        id = id or digest(self.run, checkpoint, task, probe)
        own = {"run": self.run, "corpus": self.corpus, "checkpoint": checkpoint, "task": task, "probe": probe}
        found = [dict(row) | own for row in rows]
        record = CellRecord(task=task, probe=probe, checkpoint=checkpoint, notes=tuple(notes))
        stored.save_cell(self.store, id, record, found, items, probes)
        self.cells.append(RecordedCell(id=id, checkpoint=checkpoint, task=task, probe=probe))
        self.rows += found

    def save(
        self,
        label: str,
        spec: Mapping[str, Any] | RunSpec,
        tasks: Sequence[RecordedTask],
        checkpoints: Sequence[RecordedCheckpoint],
        sentences: pd.DataFrame,
        notes: Sequence[str] = (),
    ) -> str:
        """Save the run; returns its id. Of a spec that is a mapping, what it does not name is what the records say."""
        probes = tuple(dict.fromkeys(cell.probe for cell in self.cells))
        if not isinstance(spec, RunSpec):
            asked = tuple(one.name for one in checkpoints if one.requested)
            known = {"checkpoints": asked, "corpus": self.corpus, "tasks": tuple(one.name for one in tasks), "probes": probes}
            spec = RunSpec.parse(known | dict(spec))
        record = RunRecord(
            run=self.run,
            label=label,
            finished=FINISHED,
            spec=spec,
            corpus=RecordedCorpus(name=self.corpus, hash=digest(self.corpus), spec=self.corpus),
            tasks=tuple(tasks),
            probes=probes,
            checkpoints=tuple(checkpoints),
            cells=tuple(self.cells),
            notes=tuple(notes),
            seconds=Seconds(extract=1.0, fit=2.0, total=3.0),
            forward_passes=12,
        )
        stored.save_run(self.store, record, tidy(self.rows), sentences)
        return self.run
