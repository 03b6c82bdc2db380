"""What a run or a training has found so far: written by the process that carries it out, point by point, and read by pages while it lasts.

It is one file under a temporary name of that process, in the store's scratch folder: it is no result, it goes when the run ends, and what a
killed process leaves goes with its other temporary files. Finished cells are in the store, so the file has the rows of the present cell alone.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from cache import files
from cache.errors import StoreError
from cache.processes import birth
from cache.store import Store
from cache.table import tidy
from probing.records.record import RecordPart
from probing.records.run import RecordedCell
from probing.runs import Cell, Plan


class LiveCell(RecordedCell):
    """A cell of a run in progress; `done` where its answer is in the store."""

    layers: tuple[int, ...]
    done: bool = False


class LiveRun(RecordPart):
    """A run in progress. `cells` stand in the order in which they are answered; `baselines` are the random baselines that nobody asked for by
    name; `rows` are of the present cell, over all seeds; `first_at` is when its first layer is expected, in seconds since the epoch."""

    run: str
    corpus: str
    checkpoints: tuple[str, ...]
    baselines: tuple[str, ...]
    cells: tuple[LiveCell, ...]
    rows: tuple[dict[str, Any], ...] = ()
    first_at: float | None = None

    def layers(self, task: str, probe: str) -> dict[str, tuple[int, ...]]:
        """Checkpoint → the layers that the task is answered at, those that are done and those to come."""
        return {cell.checkpoint: cell.layers for cell in self._cells(task, probe)}

    def done(self, task: str, probe: str) -> dict[str, tuple[int, ...]]:
        """Checkpoint → the layers that are done."""
        return {cell.checkpoint: self._done(cell) for cell in self._cells(task, probe)}

    def count(self) -> tuple[int, int]:
        """The layers that are done and all layers, over all cells."""
        return sum(len(self._done(cell)) for cell in self.cells), sum(len(cell.layers) for cell in self.cells)

    def table(self, task: str, probe: str, answered: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
        """The tidy rows of a task and a probe family so far. `answered` gives the table of a finished cell by its id."""
        frames = [tidy(row for row in self.rows if (row["task"], row["probe"]) == (task, probe))]
        for cell in self._cells(task, probe):
            if cell.done:
                with contextlib.suppress(StoreError):  # removed at this moment
                    frames.append(answered(cell.id).assign(checkpoint=cell.checkpoint))
        return pd.concat([frame for frame in frames if not frame.empty] or frames[:1], ignore_index=True)

    def _cells(self, task: str, probe: str) -> list[LiveCell]:
        return [cell for cell in self.cells if (cell.task, cell.probe) == (task, probe)]

    def _done(self, cell: LiveCell) -> tuple[int, ...]:
        """The layers of a cell that are done: those with rows. Until the cell is done, one that has none of its own counts as to come."""
        if cell.done:
            return cell.layers
        name = (cell.checkpoint, cell.task, cell.probe)
        found = {row["layer"] for row in self.rows if (row["checkpoint"], row["task"], row["probe"]) == name}
        return tuple(layer for layer in cell.layers if layer in found)


class LiveTraining(RecordPart):
    """A training of a sweep, or a distillation: its steps in all, and at each look at dev the step and the score."""

    label: str
    steps: int
    looks: tuple[tuple[int, float], ...] = ()


class LiveTrainings(RecordPart):
    """Trainings in progress, of `count` in all: those that are done, and last the present one."""

    run: str
    count: int
    trainings: tuple[LiveTraining, ...] = ()


Live = LiveRun | LiveTrainings
_LIVE: TypeAdapter[Live] = TypeAdapter(Live)


class _File:
    """Where a process publishes. What cannot be written is left out: it is no part of the run."""

    def __init__(self, store: Store, run: str) -> None:
        self._path = files.temporary(store.root / "scratch", _name(run))

    def write(self, live: Live) -> None:
        with contextlib.suppress(StoreError):
            files.write_text(self._path, files.sealed(live.model_dump(mode="json")), "what is found so far")

    def close(self) -> None:
        self._path.unlink(missing_ok=True)


class TrainingPublisher:
    """Writes how far trainings are: the score on dev at each look."""

    def __init__(self, store: Store, run: str, count: int) -> None:
        self._file, self._live = _File(store, run), LiveTrainings(run=run, count=count)

    def begin(self, label: str, steps: int, looks: Sequence[dict[str, Any]] = ()) -> None:
        """The next training; `looks` where it is done already."""
        self._put((*self._live.trainings, LiveTraining(label=label, steps=steps, looks=_looks(looks))))

    def looked(self, looks: Sequence[dict[str, Any]]) -> None:
        """The looks of the present training so far."""
        present = self._live.trainings[-1]
        if len(looks) != len(present.looks):
            self._put((*self._live.trainings[:-1], present.model_copy(update={"looks": _looks(looks)})))

    def close(self) -> None:
        self._file.close()

    def _put(self, trainings: tuple[LiveTraining, ...]) -> None:
        self._live = self._live.model_copy(update={"trainings": trainings})
        self._file.write(self._live)


def _looks(history: Sequence[dict[str, Any]]) -> tuple[tuple[int, float], ...]:
    return tuple((int(look["step"]), float(look["dev_score"])) for look in history)


class Publisher:
    """Writes what a run has found so far."""

    def __init__(self, plan: Plan, store: Store, order: Sequence[Cell], done: Sequence[Cell]) -> None:
        finished = [cell.id for cell in done]
        self._file = _File(store, plan.run)
        self._live = LiveRun(
            run=plan.run,
            corpus=plan.source.name,
            checkpoints=tuple(one.name for one in plan.checkpoints),
            baselines=tuple(one.name for one in plan.checkpoints if one.name in plan.baselines),
            cells=tuple(LiveCell.of(cell, layers=cell.layers, done=cell.id in finished) for cell in order),
        )

    def expect(self, seconds: float) -> None:
        """The first layer of the present cell is expected in so many seconds."""
        self._write(rows=(), first_at=time.time() + seconds)

    def rows(self, rows: Sequence[dict[str, Any]]) -> None:
        """What the present cell has found so far. Rows of single seeds are left out, since no chart shows them before the run is done."""
        common = {"run": self._live.run, "corpus": self._live.corpus}
        kept = tuple({name: _plain(value) for name, value in row.items()} | common for row in rows if row.get("seed") is None)
        self._write(rows=kept, first_at=None)

    def finished(self, cell: Cell) -> None:
        """The answer of a cell is in the store."""
        cells = tuple(one.model_copy(update={"done": True}) if one.id == cell.id else one for one in self._live.cells)
        self._write(cells=cells, rows=(), first_at=None)

    def close(self) -> None:
        self._file.close()

    def _write(self, **changed: Any) -> None:
        self._live = self._live.model_copy(update=changed)
        self._file.write(self._live)


def read(store: Store, run: str) -> Live | None:
    """What a run, a sweep or a distillation has found so far; None where no living process has published any."""
    for path in (store.root / "scratch").glob(f".{_name(run)}.*.part"):
        owner = path.name.split(".")[-3]
        if owner.isdigit() and birth(int(owner)) is not None and (content := files.unsealed(path)) is not None:
            with contextlib.suppress(ValidationError):  # of another version
                return _LIVE.validate_python(content)
    return None


def _name(run: str) -> str:
    return f"live-{run}"


def _plain(value: Any) -> Any:
    """The value as JSON can have it: no NaN."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value
