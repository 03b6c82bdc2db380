"""What a run has found so far: written by the process that carries it out, layer by layer, and read by pages while it lasts.

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
from pydantic import ValidationError

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


class Publisher:
    """Writes what a run has found so far. What cannot be written is left out: it is no part of the run."""

    def __init__(self, plan: Plan, store: Store, order: Sequence[Cell], done: Sequence[Cell]) -> None:
        finished = [cell.id for cell in done]
        self._path = files.temporary(store.root / "scratch", _name(plan.run))
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
        self._path.unlink(missing_ok=True)

    def _write(self, **changed: Any) -> None:
        self._live = self._live.model_copy(update=changed)
        with contextlib.suppress(StoreError):
            files.write_text(self._path, files.sealed(self._live.model_dump(mode="json")), "what is found so far")


def read(store: Store, run: str) -> LiveRun | None:
    """What a run has found so far; None where no living process has published any."""
    for path in (store.root / "scratch").glob(f".{_name(run)}.*.part"):
        owner = path.name.split(".")[-3]
        if owner.isdigit() and birth(int(owner)) is not None and (content := files.unsealed(path)) is not None:
            with contextlib.suppress(ValidationError):  # of another version
                return LiveRun.model_validate(content)
    return None


def _name(run: str) -> str:
    return f"live-{run}"


def _plain(value: Any) -> Any:
    """The value as JSON can have it: no NaN."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value
