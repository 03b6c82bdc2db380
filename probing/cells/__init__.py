"""The science of one cell: a checkpoint, a task and a probe → rows, scored items, probes. A kind of probe is one module with an `answer`."""

from __future__ import annotations

from collections.abc import Callable

from probing import probes
from probing.cells import conditional, edges, labels, numbers, trees
from probing.cells.work import CellResult, Work
from probing.probes import Kind

CELLS: dict[Kind, Callable[[Work], CellResult]] = {
    "labels": labels.answer,
    "numbers": numbers.answer,
    "conditional": conditional.answer,
    "trees": trees.answer,
    "edges": edges.answer,
}


def answer(work: Work) -> CellResult:
    """Fit the probes of the cell and score them. Raises BadInput where these items cannot answer it."""
    return CELLS[probes.FAMILIES.get(work.cell.probe).kind](work)
