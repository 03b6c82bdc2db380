"""Input and output of one probing cell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from cache.activations import Reader
from cache.keys import canonical_json
from probing import measures
from probing.corpora.sentence import Sentence
from probing.runs import Cell, RunSpec
from probing.tasks.task import Labelled

Progress = Callable[[int, int], None]  # what is done, and of how much; may raise to stop
Answer = TypeVar("Answer")


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
    progress: Progress
    publish: Callable[[Sequence[dict[str, Any]]], None] = lambda _rows: None


@dataclass(frozen=True)
class CellResult:
    """Of one cell: tidy rows (without `run`), scored items, probe weights, and notes for the reader."""

    rows: list[dict[str, Any]]
    items: pd.DataFrame
    probes: dict[str, np.ndarray]
    notes: list[str]


class Draft:
    """The result of one cell while it is made; or a part of it, `whole` being all of it. Parts may be made by several threads."""

    def __init__(self, work: Work, notes: Sequence[str], whole: Draft | None = None) -> None:
        self._work, self.cell, self._whole = work, work.cell, whole
        self.notes = [*notes]
        self._shown: list[Draft] = []  # parts whose rows may be seen, and are not yet among these
        self._lock = threading.Lock()
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

    def scores(
        self,
        layer: int,
        split: str,
        found: Mapping[str, measures.Score],
        setting: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> None:
        """A row a metric."""
        for metric, score in found.items():
            self.add(layer, split, metric, score, setting, seed)

    def over_seeds(
        self,
        layer: int,
        split: str,
        seeds: Sequence[int | None],
        answers: Sequence[Answer],
        score: Callable[[Sequence[Answer]], Mapping[str, measures.Score]],
        setting: Mapping[str, Any] | None = None,
    ) -> None:
        """Rows of what `score` reads from the answers of all seeds, and of each seed where there are several."""
        self.scores(layer, split, score(answers), setting)
        if len(seeds) > 1:
            for seed, one in zip(seeds, answers, strict=True):
                self.scores(layer, split, score([one]), setting, seed)

    def frame(self, layer: int, split: str, seed: int | None, columns: Mapping[str, Any]) -> None:
        """Scored items of a layer, one a row: `columns` say which they are, and how each was answered [N]."""
        size = len(next(iter(columns.values())))
        where = {"layer": np.full(size, layer, np.int16), "seed": pd.array([seed] * size, dtype="Int64"), "split": split}
        self._frames.append(pd.DataFrame({**where, **columns}))

    def part(self) -> Draft:
        """An empty draft of the same cell, to be added by `extend`."""
        return Draft(self._work, [], self)

    def extend(self, part: Draft) -> None:
        """Add a part that is done, and show it."""
        with self._lock:
            self._shown = [one for one in self._shown if one is not part]
            self._rows += part._rows
        self.notes += part.notes
        self._frames += part._frames
        self._probes |= part._probes
        self.publish()

    def publish(self) -> None:
        """Show the rows so far: a layer has its scores."""
        if self._whole is not None:
            self._whole._show(self)
            return
        with self._lock:
            self._work.publish([*self._rows, *(row for part in self._shown for row in [*part._rows])])

    def _show(self, part: Draft) -> None:
        with self._lock:
            self._shown.append(part)
        self.publish()

    def store(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Arrays to store, each as NAME/KEY, or as KEY where there is no name."""
        self._probes.update({f"{name}/{key}" if name else key: array for key, array in arrays.items()})

    def result(self) -> CellResult:
        return CellResult(self._rows, pd.concat(self._frames, ignore_index=True), self._probes, self.notes)


def part(progress: Progress, stage: int, stages: int) -> Progress:
    """`progress` of one of `stages` equal stages."""
    return lambda done, total: progress(stage * total + done, stages * total)
