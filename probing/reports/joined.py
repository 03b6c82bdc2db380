"""Runs that asked the same of different checkpoints or tasks, as one: their answers stand side by side in one report. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from probing.records.run import RecordedCell, RecordedCheckpoint, RunRecord

DIFFER = {"checkpoints", "tasks", "probes"}  # fields of a spec in which they may differ


def joined(records: Sequence[RunRecord]) -> RunRecord | None:
    """The records as one, under the ids of all; None where they read other text or in another way, or answer one question differently.

    Its spec asks what all of them asked together, which gives the same cells.
    """
    first = records[0]
    asked = [one.spec.model_dump(exclude=DIFFER) for one in records]
    if any(one != asked[0] for one in asked) or len({one.corpus.hash for one in records}) > 1:
        return None
    cells: dict[tuple[str, str, str], RecordedCell] = {}
    for one in records:
        for cell in one.cells:
            if cells.setdefault((cell.checkpoint, cell.task, cell.probe), cell).id != cell.id:
                return None
    checkpoints: dict[str, RecordedCheckpoint] = {}
    for one in records:
        for entry in one.checkpoints:
            known = checkpoints.get(entry.name)
            if known is not None and known.fingerprint != entry.fingerprint:
                return None
            # What one run added as a baseline another may have been asked for by name.
            role = known if known is not None and (known.requested or not entry.requested) else entry
            beside = dict.fromkeys((*(known.baseline_of if known else ()), *entry.baseline_of))
            checkpoints[entry.name] = role.model_copy(update={"baseline_of": tuple(beside)})
    union = {name: tuple(dict.fromkeys(value for one in records for value in getattr(one.spec, name))) for name in DIFFER}
    return first.model_copy(
        update={
            "run": ", ".join(one.run for one in records),
            "label": "; ".join(one.label for one in records),
            "finished": max(one.finished for one in records),
            "spec": first.spec.model_copy(update=union),
            "tasks": tuple({task.name: task for one in records for task in one.tasks}.values()),
            "probes": tuple(dict.fromkeys(probe for one in records for probe in one.probes)),
            "checkpoints": tuple(checkpoints.values()),
            "cells": tuple(cells.values()),
            "notes": tuple(dict.fromkeys(note for one in records for note in one.notes)),
        }
    )
