"""Input and output of one probing cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cache.activations import Reader
from cache.keys import canonical_json
from probing import measures
from probing.corpora.sentence import Sentence
from probing.runs import Cell, RunSpec
from probing.tasks.task import Labelled


@dataclass(frozen=True)
class BaselineVectors:
    """The baseline of conditional V-information: a `layer` of what `reader` reads."""

    reader: Reader
    layer: int


@dataclass(frozen=True)
class Work:
    """One cell to answer.

    `sentences` by split are those that the task's items index; `offsets[split]` is where they begin among the reader's (and among
    `baseline`'s). `progress(done, total)` may raise to cancel; `publish` gets all rows so far whenever a layer is done.
    """

    cell: Cell
    spec: RunSpec
    labelled: Labelled
    sentences: dict[str, list[Sentence]]
    reader: Reader
    offsets: dict[str, int]
    baseline: BaselineVectors | None
    device: str
    progress: Callable[[int, int], None]
    publish: Callable[[Sequence[dict[str, Any]]], None] = lambda _rows: None


@dataclass(frozen=True)
class CellResult:
    """Of one cell: tidy rows (without `run`), scored items, probe weights, and notes for the reader."""

    rows: list[dict[str, Any]]
    items: pd.DataFrame
    probes: dict[str, np.ndarray]
    notes: list[str]


class Draft:
    """The result of one cell while it is made. `notes` begin with the task's."""

    def __init__(self, work: Work) -> None:
        self.cell = work.cell
        self.notes = [*work.labelled.notes]
        self._publish = work.publish
        self._rows: list[dict[str, Any]] = []
        self._frames: list[pd.DataFrame] = []
        self._probes: dict[str, np.ndarray] = {}

    def add(
        self,
        layer: int,
        split: str,
        metric: str,
        score: measures.Score,
        setting: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> None:
        """A row of the tidy table, but for the run and the corpus."""
        self._rows.append(
            {
                "checkpoint": self.cell.checkpoint.name,
                "task": self.cell.task,
                "probe": self.cell.probe,
                "layer": layer,
                "setting": canonical_json(dict(setting or {})),
                "seed": seed,
                "split": split,
                "metric": metric,
                "value": score.value,
                "unit": measures.MEASURES.get(metric).unit if metric in measures.MEASURES else "fraction",
                "lower": score.lower,
                "upper": score.upper,
                "n": score.n,
            }
        )

    def frame(self, layer: int, split: str, seed: int | None, columns: Mapping[str, Any]) -> None:
        """Scored items of a layer, one a row: `columns` say which they are, and how each was answered [N]."""
        size = len(next(iter(columns.values())))
        where = {"layer": np.full(size, layer, np.int16), "seed": pd.array([seed] * size, dtype="Int64"), "split": split}
        self._frames.append(pd.DataFrame({**where, **columns}))

    def publish(self) -> None:
        """Show the rows so far: a layer has its scores."""
        self._publish(self._rows)

    def store(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Arrays to store, each as NAME/KEY, or as KEY where there is no name."""
        self._probes.update({f"{name}/{key}" if name else key: array for key, array in arrays.items()})

    def result(self) -> CellResult:
        return CellResult(self._rows, pd.concat(self._frames, ignore_index=True), self._probes, self.notes)


def part(progress: Callable[[int, int], None], stage: int, stages: int) -> Callable[[int, int], None]:
    """`progress` of one of `stages` equal stages."""
    return lambda done, total: progress(stage * total + done, stages * total)
