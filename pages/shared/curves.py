"""Stored parts of cells in memory: replicates of curves, the prior of train, correct items by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from pages.shared import results
from pages.shared.frame import open_store
from pages.shared.results import ShownRun
from probing.analysis.equal_accuracy import CorrectCounts, correct_counts
from probing.analysis.loss_curves import LossCurves, collect
from probing.records.run import RunRecord

MOST_CELLS, MOST_READINGS = 64, 8


def cells(records: Sequence[RunRecord], task: str, probe: str) -> dict[str, str]:
    """Checkpoint → its cell, of runs that `results.apart` has named."""
    return {
        entry.checkpoint: entry.id for record in records for entry in record.cells if (entry.task, entry.probe) == (task, probe)
    }


@st.cache_resource(max_entries=MOST_CELLS, show_spinner=False)
def stored(root: Path, cell: str) -> dict[str, np.ndarray]:
    """A cell's replicates of loss-data curves by LAYER/curve/task, of codelengths by LAYER/code/task, and its `prior`; not to be changed."""
    return open_store(root).results.probes(cell, lambda name: name.endswith(("/curve/task", "/code/task")) or name == "prior")


@st.cache_resource(max_entries=MOST_READINGS, show_spinner=False)
def side_by_side(
    root: Path,
    runs: tuple[str, ...],  # noqa: ARG001
    task: str,
    probe: str,
    classes: int,
    _records: Sequence[ShownRun],
) -> LossCurves | None:
    """The curves of the `runs`, whose `_records` `results.apart` has named; not to be changed."""
    own = cells(_records, task, probe)

    def losses(checkpoint: str, layer: int) -> np.ndarray | None:
        return stored(root, own[checkpoint]).get(f"{layer}/curve/task") if checkpoint in own else None

    return collect(results.tables(root, _records), task, probe, classes, losses)


@st.cache_resource(max_entries=MOST_READINGS, show_spinner=False)
def correct(root: Path, own: tuple[tuple[str, str], ...], split: str) -> CorrectCounts | None:
    """Of the cells `own` (checkpoint, cell)."""
    return correct_counts(((checkpoint, results.items(root, cell)) for checkpoint, cell in own), split)
