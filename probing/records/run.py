"""A stored run: what was asked of which checkpoints on which corpus, the cells that answer it, and what the run wants known.

It is runs/ID/run.json in the store, beside the run's tidy table and its sentences. Every cell that it names is cells/ID/ (cell.py). Attributes
are named as in the file, but for what Python or a reader would take for something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, NonNegativeInt

from probing.checkpoints import Checkpoint
from probing.checkpoints.products import lineage
from probing.records.record import Record, RecordPart
from probing.runs import Cell, Plan, RunSpec
from probing.tasks.task import Level


class LearningRate(RecordPart):
    """Of the encoder (None: it did not train) and of the head."""

    encoder: float | None = None
    head: float | None = None


class Lineage(RecordPart):
    """How a product of the lab was made (checkpoints/products.py reads it from strata.json). `data` is the name of the corpus, `data_hash` its
    hash, `train` how many sentences of it were read; `parent_fingerprint` is of the checkpoint that it was made from."""

    how: str
    method: str | None = None
    task: str | None = None
    columns: dict[str, str] | None = None
    steps: int | None = None
    batch: int | None = None
    seed: int | None = None
    parent: str | None = None
    parent_fingerprint: str | None = None
    learning_rate: LearningRate | None = None
    weight: float | None = None
    init_probe: str | None = None
    data: str | None = None
    data_hash: str | None = None
    train: int | None = None
    layer_map: tuple[int, ...] | None = None


class RecordedCheckpoint(RecordPart):
    """A checkpoint of the run. `parent` is what its files call the checkpoint that it was made from; `extraction` the version of mended
    extraction, where its vectors were once read wrongly."""

    name: str
    layers: NonNegativeInt
    hidden: NonNegativeInt
    parameters: NonNegativeInt
    fingerprint: str
    parent: str | None = None
    lineage: Lineage | None = None
    kind: str
    role: Literal["asked", "baseline"] = "asked"
    # Of which checkpoints of the run it is the random baseline.
    baseline_of: tuple[str, ...] = Field(default=(), validation_alias="of", serialization_alias="of")
    extraction: int | None = None

    @property
    def requested(self) -> bool:
        """Whether it was asked for by name; a random baseline that nobody named was not."""
        return self.role == "asked"

    @classmethod
    def of(cls, checkpoint: Checkpoint, plan: Plan) -> RecordedCheckpoint:
        facts, made = checkpoint.facts, lineage(checkpoint)
        return cls(
            name=checkpoint.name,
            layers=facts.layers,
            hidden=facts.hidden,
            parameters=facts.parameters,
            fingerprint=checkpoint.fingerprint,
            parent=facts.parent,
            lineage=None if made is None else Lineage.model_validate(made),
            kind=checkpoint.kind,
            role="baseline" if checkpoint.name in plan.baselines else "asked",
            baseline_of=plan.baseline_of.get(checkpoint.name, ()),
            extraction=checkpoint.identity().get("extraction"),
        )


class RecordedCorpus(RecordPart):
    """`spec` is what the corpus is found by, `hash` what it is."""

    name: str
    hash: str
    spec: str


class RecordedTask(RecordPart):
    """`group` is the heading it stands under in menus: surface, syntax or meaning."""

    name: str
    level: Level
    classes: tuple[str, ...]
    group: str


class RecordedCell(RecordPart):
    """A cell of the run: `id` names its answer in the store; `checkpoint` is the name that this run gives it."""

    id: str
    checkpoint: str
    task: str
    probe: str

    @classmethod
    def of(cls, cell: Cell, **more: Any) -> Self:
        return cls(id=cell.id, checkpoint=cell.checkpoint.name, task=cell.task, probe=cell.probe, **more)


class Seconds(RecordPart):
    extract: float
    fit: float
    total: float


class RunRecord(Record):
    """A run that is whole. `spec` is canonical (tasks expanded, precision resolved); `finished` is ISO time, UTC; `notes` are sentences for the
    reader; `forward_passes` counts batches through any model; `bytes` is what it takes on disk without its cells, and is not written.
    `extraction` is the version of extraction that made it, None before there were versions."""

    run: str
    label: str
    finished: str
    extraction: int | None = None
    spec: RunSpec
    corpus: RecordedCorpus
    tasks: tuple[RecordedTask, ...]
    probes: tuple[str, ...]
    checkpoints: tuple[RecordedCheckpoint, ...]
    cells: tuple[RecordedCell, ...]
    notes: tuple[str, ...] = ()
    seconds: Seconds | None = None
    forward_passes: int | None = None
    bytes: int = Field(default=0, exclude=True)

    def cell(self, checkpoint: str, task: str, probe: str) -> str | None:
        """The id of a cell; None where the run has none."""
        return next((c.id for c in self.cells if (c.checkpoint, c.task, c.probe) == (checkpoint, task, probe)), None)

    def task(self, name: str) -> RecordedTask:
        """The task of that name. Raises KeyError where the run has none."""
        return {task.name: task for task in self.tasks}[name]

    def renamed(self, names: Mapping[str, str]) -> dict[str, Any]:
        """The checkpoints and cells under other names (all that are in `names`), for `model_copy`."""
        checkpoints = tuple(
            c.model_copy(
                update={"name": names.get(c.name, c.name), "baseline_of": tuple(names.get(one, one) for one in c.baseline_of)}
            )
            for c in self.checkpoints
        )
        cells = tuple(c.model_copy(update={"checkpoint": names.get(c.checkpoint, c.checkpoint)}) for c in self.cells)
        return {"checkpoints": checkpoints, "cells": cells}
