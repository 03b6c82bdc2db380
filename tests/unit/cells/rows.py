"""The answer of a cell on planted vectors of words, one row of it, and its value."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from probing import cells, tasks
from probing.cells.work import BaselineVectors, CellResult, Work
from probing.runs import RunSpec, plan
from probing.settings import Settings
from probing.tasks.task import Labelled
from tests.planted.words import SIZES, PlantedReader, corpus


def answered(
    task: str,
    read: type[PlantedReader] = PlantedReader,
    labelled: Labelled | None = None,
    publish: Callable[[Sequence[dict[str, Any]]], None] = lambda _rows: None,
    **more: Any,
) -> CellResult:
    """The first cell of a run, answered on the vectors of `read`; `labelled` in place of what the task makes of the text."""
    text = corpus()
    asked = {"checkpoints": ("minilm-l6",), "corpus": "grammar", "tasks": (task,), "layers": (0, 1), "seeds": 2}
    planned = plan(RunSpec.parse(asked | more), Settings.read())
    reader: Any = read(text)
    given = BaselineVectors(reader, planned.conditional_on.layer) if planned.conditional_on else None
    offsets = {"train": 0, "dev": SIZES["train"], "test": SIZES["train"] + SIZES["dev"]}
    items = labelled or tasks.get_task(task).label(text)
    quiet: Callable[[int, int], None] = lambda _done, _total: None  # noqa: E731
    work = Work(planned.cells[0], planned.spec, items, text.splits, reader, offsets, given, "cpu", quiet, publish)
    return cells.answer(work)


def row(
    found: CellResult, metric: str, layer: int, split: str = "test", seed: int | None = None, **setting: Any
) -> dict[str, Any]:
    """The row of this metric, layer, split, seed and setting; an error where there is none, or more than one."""
    wanted = (metric, layer, split, seed, setting)
    (one,) = (
        row
        for row in found.rows
        if (row["metric"], row["layer"], row["split"], row["seed"], json.loads(row["setting"])) == wanted
    )
    return one


def value(found: CellResult, metric: str, layer: int, split: str = "test", seed: int | None = None, **setting: Any) -> float:
    return float(row(found, metric, layer, split, seed, **setting)["value"])
