"""Which answers of the stored runs an overview of a corpus shows, and which are missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from probing.records.run import RecordedCell, RunRecord


class Answer(NamedTuple):
    record: RunRecord
    cell: RecordedCell


class Missing(NamedTuple):
    """A checkpoint that some tasks of the corpus were not asked of; `spec` is what a run called it, None where the records do not say."""

    checkpoint: str
    spec: str | None
    tasks: tuple[str, ...]


def newest(records: Iterable[RunRecord], corpus: str) -> list[Answer]:
    """One answer for each requested checkpoint and task of the corpus. `records` are newest first.

    Each task has the probe family with which most checkpoints answer it; of equals the first that was used.
    """
    every: dict[tuple[str, str, str], Answer] = {}
    for record in records:
        requested = {entry.name for entry in record.checkpoints if entry.requested}
        for cell in record.cells if record.corpus.spec == corpus else ():
            if cell.checkpoint in requested:
                every.setdefault((cell.task, cell.probe, cell.checkpoint), Answer(record, cell))
    counts: dict[str, dict[str, int]] = {}
    for task, probe, _ in every:
        own = counts.setdefault(task, {})
        own[probe] = own.get(probe, 0) + 1
    chosen = {task: max(own, key=lambda probe: own[probe]) for task, own in counts.items()}
    return [answer for (task, probe, _), answer in every.items() if chosen[task] == probe]


def ids(answers: Iterable[Answer]) -> tuple[str, ...]:
    """The ids of the answers' cells."""
    return tuple(answer.cell.id for answer in answers)


def missing(answers: Sequence[Answer]) -> list[Missing]:
    """The checkpoints that lack tasks which another one answers."""
    tasks = list(dict.fromkeys(answer.cell.task for answer in answers))
    specs: dict[str, str] = {}
    for answer in answers:
        requested = [entry.name for entry in answer.record.checkpoints if entry.requested]
        if len(requested) == len(answer.record.spec.checkpoints):
            specs |= dict(zip(requested, answer.record.spec.checkpoints, strict=True)) | specs
    found = []
    for name in dict.fromkeys(answer.cell.checkpoint for answer in answers):
        have = {answer.cell.task for answer in answers if answer.cell.checkpoint == name}
        if lacking := tuple(task for task in tasks if task not in have):
            found.append(Missing(name, specs.get(name), lacking))
    return found
