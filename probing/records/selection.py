"""Which stored runs answer what a page is asked to show: a base, the checkpoints compared with it, a corpus and a task. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from probing.checkpoints.products import PREFIX
from probing.records.run import RecordedCheckpoint, RunRecord

Field = Literal["base", "corpus", "task"]
MOST_COMPARED = 3  # checkpoints beside the base, where none is asked for and the run has fewer
READ_ALIKE = ("max_train", "max_dev", "max_test", "pooling", "precision", "submodule", "dimension")


class Selection(NamedTuple):
    """What to show; None where nothing is asked. Checkpoints and tasks by name, the corpus by what it is found by (`RecordedCorpus.spec`)."""

    base: str | None = None
    compared: tuple[str, ...] | None = None
    corpus: str | None = None
    task: str | None = None


class Resolved(NamedTuple):
    """`records` are the runs that answer it, cut down to the checkpoints for which they were taken. `selection` is what they show, complete.
    `lacking` has a sentence for everything that was asked and is not there, `unlike` for every run that read its text in another way."""

    records: tuple[RunRecord, ...]
    selection: Selection
    lacking: tuple[str, ...]
    unlike: tuple[str, ...]


def resolve(records: Sequence[RunRecord], wanted: Selection, first: Field = "base", whole: bool = False) -> Resolved:
    """The newest of `records` that hold what is `wanted`. `records` are newest first, and not empty.

    Where no run holds all of it, the field `first` counts most, then base, corpus and task. With `whole`, all records are taken as they are
    (somebody named these runs), and a checkpoint is found in any of them.
    """
    order: list[Field] = [first, *(field for field in ("base", "corpus", "task") if field != first)]
    compared = wanted.compared or ()

    def fit(record: RunRecord) -> tuple[bool | int, ...]:
        return (*(_holds(record, field, wanted) for field in order), sum(name in names_of(record) for name in compared))

    lead = max(records, key=fit)  # of equals the first, which is the newest
    base = wanted.base if wanted.base and _holds(lead, "base", wanted) else base_of(lead)
    tasks = _tasks(lead)
    if whole:
        tasks += [task for record in records for task in _tasks(record) if task not in tasks]
        base = wanted.base if wanted.base in {name for record in records for name in names_of(record)} else base
    task = wanted.task if wanted.task in tasks else tasks[0]
    there = records if whole else [record for record in records if _answers(record, lead.corpus.spec, task)]
    others = _requested(records if whole else [lead])
    chosen = tuple(name for name in (others if wanted.compared is None else compared) if name != base)
    if wanted.compared is None and not whole and len(chosen) < MOST_COMPARED:
        alike = [record for record in there if not _differing(lead, record)]
        chosen = (*chosen, *(name for name in _descendants(base, alike) if name not in chosen))[:MOST_COMPARED]
    held = {name for record in there for name in names_of(record)}
    found = Selection(base, tuple(name for name in chosen if name in held), lead.corpus.spec, task)
    taken = tuple(records) if whole else _cover(lead, there, (base, *(found.compared or ())))
    return Resolved(taken, found, tuple(_lacking(wanted, found, lead)), tuple(_unlike(lead, taken)))


def names_of(record: RunRecord) -> list[str]:
    """Its checkpoints' names, random baselines last."""
    return [entry.name for entry in sorted(record.checkpoints, key=lambda entry: not entry.requested)]


def base_of(record: RunRecord) -> str:
    """The parent of most checkpoints of the run, where lineage says so; else the first that was asked for."""
    requested = [entry for entry in record.checkpoints if entry.requested] or list(record.checkpoints)
    return max(requested, key=lambda one: sum(_is_parent(other.parent, one.name) for other in requested)).name


def comparable(records: Sequence[RunRecord], corpus: str | None, task: str | None) -> list[str]:
    """The checkpoints that were asked for and have an answer to the task on the corpus, those of the newest run first."""
    return _requested([record for record in records if _answers(record, corpus, task)])


def tasks_of(records: Sequence[RunRecord], base: str | None, corpus: str | None) -> list[str]:
    """The tasks that the base was asked on the corpus, those of the newest run first, in the order in which they were asked."""
    here = [record for record in records if record.corpus.spec == corpus and base in names_of(record)]
    return list(dict.fromkeys(task for record in here for task in _tasks(record)))


def random_baselines(entries: Iterable[RecordedCheckpoint], names: Sequence[str]) -> list[str]:
    """The random baselines that a run added for any of `names`."""
    return [entry.name for entry in entries if not entry.requested and set(entry.baseline_of) & set(names)]


def _is_parent(parent: str | None, name: str) -> bool:
    return parent is not None and name in (parent, Path(parent.removeprefix(PREFIX)).name)


def _descendants(base: str, records: Sequence[RunRecord]) -> list[str]:
    """The checkpoints of these runs that were made from the base, or from one that was."""
    parents = {entry.name: entry.parent for record in records for entry in record.checkpoints if entry.requested}
    found = [base]
    for one in found:
        found += [name for name, parent in parents.items() if _is_parent(parent, one) and name not in found]
    return found[1:]


def _requested(records: Sequence[RunRecord]) -> list[str]:
    return list(dict.fromkeys(entry.name for record in records for entry in record.checkpoints if entry.requested))


def _tasks(record: RunRecord) -> list[str]:
    """In the order in which they were asked."""
    here = [task.name for task in record.tasks]
    return [*(name for name in record.spec.tasks if name in here), *(name for name in here if name not in record.spec.tasks)]


def _answers(record: RunRecord, corpus: str | None, task: str | None) -> bool:
    return record.corpus.spec == corpus and task in _tasks(record)


def _holds(record: RunRecord, field: Field, wanted: Selection) -> bool:
    """Whether the run has what is asked of the field; it has what is not asked."""
    asked = getattr(wanted, field)
    here = {"base": names_of(record), "corpus": [record.corpus.spec], "task": _tasks(record)}[field]
    return asked is None or asked in here


def _cover(lead: RunRecord, others: Sequence[RunRecord], names: Sequence[str]) -> tuple[RunRecord, ...]:
    """The lead with what it has of `names`, and for each of the rest the newest run that has it, one that read its text alike before others."""
    left = [name for name in names if name not in names_of(lead)]
    taken = [(lead, [name for name in names if name not in left])]
    alike = sorted(others, key=lambda record: bool(_differing(lead, record)))
    while left:
        best = max(alike, key=lambda record: (not _differing(lead, record), sum(name in names_of(record) for name in left)))
        here = [name for name in left if name in names_of(best)]
        if not here:  # none that read alike has any
            best = next(record for record in alike if left[0] in names_of(record))
            here = [name for name in left if name in names_of(best)]
        taken.append((best, here))
        left = [name for name in left if name not in here]
    cut: list[RunRecord] = []
    for record, own in taken:
        known = {name for other in cut for name in names_of(other)}
        keep = {*own, *random_baselines(record.checkpoints, own)} - known
        cut.append(_cut(record, keep))
    return tuple(cut)


def _cut(record: RunRecord, names: set[str]) -> RunRecord:
    return record.model_copy(
        update={
            "checkpoints": tuple(entry for entry in record.checkpoints if entry.name in names),
            "cells": tuple(cell for cell in record.cells if cell.checkpoint in names),
        }
    )


def _differing(lead: RunRecord, record: RunRecord) -> list[str]:
    """The settings in which a run read its text otherwise than the lead."""
    found = [name for name in READ_ALIKE if getattr(lead.spec, name) != getattr(record.spec, name)]
    return found + ([] if lead.corpus.hash == record.corpus.hash else ["corpus"])


def _unlike(lead: RunRecord, taken: Sequence[RunRecord]) -> Iterable[str]:
    for record in taken[1:]:
        differing = [name for name in _differing(lead, record) if name != "corpus"]
        if differing:
            names = ", ".join(names_of(record))
            yield f"{names}: probed under other settings ({', '.join(differing)}), so the numbers do not compare exactly."


def _lacking(wanted: Selection, found: Selection, lead: RunRecord) -> Iterable[str]:
    corpus = lead.corpus.name
    if wanted.base not in (None, found.base):
        yield f"No stored run here has the checkpoint {wanted.base}: {found.base} is shown."
    if wanted.corpus not in (None, found.corpus):
        yield f"No stored run here has {found.base} on the corpus {wanted.corpus}: {corpus} is shown."
    if wanted.task not in (None, found.task):
        yield f"No stored run here has the task {wanted.task} of {found.base} on {corpus}: {found.task} is shown."
    absent = [name for name in wanted.compared or () if name not in (found.compared or ()) and name != found.base]
    if absent:
        verb = "has" if len(absent) == 1 else "have"
        yield f"{', '.join(absent)} {verb} no stored run of {found.task} on {corpus}, and cannot be shown beside {found.base}."
