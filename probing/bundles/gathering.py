"""What belongs into a bundle: the runs, comparisons and trainings that are named, and what the pages show beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cache.errors import StoreError
from cache.jobs import Job
from cache.store import Store
from probing import checkpoints, comparisons, corpora, distillations, sweeps
from probing.checkpoints import Checkpoint
from probing.comparisons import Comparison, ComparisonSpec
from probing.corpora import Source
from probing.distillations import Distillation
from probing.errors import BadInput
from probing.records import history, names, stored
from probing.records.history import Note
from probing.records.names import Given
from probing.records.run import RunRecord
from probing.runs import BASELINE_SEED
from probing.settings import Settings
from probing.sweeps import Sweep, SweepSpec
from probing.tuning.available import key, material_of
from probing.tuning.specs import DistillSpec

MOST_JOBS = 2_000  # that are looked through for what belongs to a run
Asked = Comparison | Sweep | Distillation


@dataclass
class Gathered:
    """Records by id, ids of cells, the jobs that asked what no run did, and what of checkpoints and corpora can be told."""

    runs: dict[str, RunRecord] = field(default_factory=dict)
    cells: set[str] = field(default_factory=set)
    jobs: dict[str, Job] = field(default_factory=dict)
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)  # by spec
    corpora: dict[str, Source] = field(default_factory=dict)  # by spec
    materials: dict[str, dict[str, Any]] = field(default_factory=dict)  # by a corpus's spec
    names: dict[str, Given] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)

    @property
    def people(self) -> list[str]:
        """The checkpoints' names, those of runs first."""
        asked = [one.name for record in self.runs.values() for one in record.checkpoints if one.requested]
        return list(dict.fromkeys([*asked, *(one.name for one in self.checkpoints.values() if one.random_seed is None)]))

    @property
    def texts(self) -> list[str]:
        """The corpora's names."""
        every = [*(record.corpus.name for record in self.runs.values()), *(source.name for source in self.corpora.values())]
        return list(dict.fromkeys(every))


def gather(store: Store, ids: Sequence[str], settings: Settings) -> Gathered:
    """All that the ids name, and the comparisons and trainings of the same checkpoints that the store has answered.

    Raises BadInput for an id that the store does not know, or a run some of whose results are gone.
    """
    settings, found = replace(settings, weightless=True), Gathered()
    for id in dict.fromkeys(ids):
        if store.results.has_run(id):
            _add_run(found, stored.run(store, id), settings)
        elif (job := store.jobs.get(id)) is not None and job.state == "done" and job.kind != "run":
            _add_job(found, job, _planned(job, settings), store)
        else:
            raise BadInput(
                f"The store has no finished run, comparison or training {id[:60]!r}: python -m probing store ls and the page History list them."
            )
    _add_related(found, store, settings)
    if lacking := next((cell for cell in sorted(found.cells) if not store.results.has_cell(cell)), None):
        owner = next((run for run in found.runs.values() if any(cell.id == lacking for cell in run.cells)), None)
        raise BadInput(
            f"The result {lacking[:12]} of {owner.label if owner else 'a training'} is not in the store any more: run it again, then share it."
        )
    _add_said(found, store)
    return found


def _add_run(found: Gathered, record: RunRecord, settings: Settings) -> None:
    found.runs[record.run] = record
    found.cells |= {cell.id for cell in record.cells}
    for spec in record.spec.checkpoints:
        for name in (spec, f"random:{spec}@{BASELINE_SEED}"):
            _add_checkpoint(found, name, settings)
    with contextlib.suppress(BadInput):  # its files are gone: the run is shown without them
        found.corpora[record.corpus.spec] = corpora.named(record.corpus.spec, settings)


def _add_checkpoint(found: Gathered, spec: str, settings: Settings) -> None:
    with contextlib.suppress(BadInput):  # it is gone, and its results are shown without it
        one = checkpoints.find(spec, settings)
        found.checkpoints[one.spec] = one


def _add_related(found: Gathered, store: Store, settings: Settings) -> None:
    """Comparisons among the runs' checkpoints, and the trainings that made them."""
    fingerprints = {one.fingerprint for record in found.runs.values() for one in record.checkpoints}
    products = {one.name for record in found.runs.values() for one in record.checkpoints if one.lineage is not None}
    for job in store.jobs.recent(MOST_JOBS) if found.runs else ():
        if job.state != "done" or job.kind == "run" or job.run in found.jobs:
            continue
        with contextlib.suppress(BadInput, StoreError):  # what is gone or changed is not shown on the pages either
            asked = _planned(job, settings)
            if isinstance(asked, Comparison):
                belongs = {one.fingerprint for one in asked.reads if one.random_seed is None} <= fingerprints
            elif isinstance(asked, Sweep):
                belongs = any(arm.product and arm.product.removeprefix("lab:") in products for arm in asked.arms(store))
            else:
                belongs = asked.product.removeprefix("lab:") in products
            if belongs:
                _add_job(found, job, asked, store)


def _planned(job: Job, settings: Settings) -> Asked:
    """What a job asked. Raises BadInput where it means something else by now."""
    asked: Asked
    if job.kind == "comparison":
        asked = comparisons.plan(ComparisonSpec.parse(job.spec), settings)
    elif job.kind == "sweep":
        asked = sweeps.plan(SweepSpec.parse(job.spec), settings)
    else:
        asked = distillations.plan(DistillSpec.parse(job.spec), settings)
    if asked.run != job.run:
        raise BadInput(f"What “{job.label}” was asked of has changed since, so it cannot be shared: start it again.")
    return asked


def _add_job(found: Gathered, job: Job, asked: Asked, store: Store) -> None:
    """A comparison or training with its cells, its checkpoints and its corpus. Raises BadInput where its answer is not whole."""
    if isinstance(asked, Comparison):
        cells = [pair.id for pair in asked.pairs]
    elif isinstance(asked, Sweep):
        cells = [arm.id for arm in (*asked.pilots(), *asked.arms(store))]
    else:
        cells = [asked.id]
    if not cells or not all(map(store.results.has_cell, cells)):
        raise BadInput(f"“{job.label}” is not answered whole in this store: start it again, then share it.")
    found.jobs[job.run] = job
    found.cells |= set(cells)
    found.checkpoints |= {one.spec: one for one in asked.reads}
    if asked.source is None:
        return
    found.corpora[asked.source.spec] = asked.source
    if not isinstance(asked, Comparison) and asked.spec.task:
        with contextlib.suppress(BadInput):  # the files are gone, and with them what the chart says of the majority
            told = material_of(asked.source, asked.spec.task, asked.spec.column).content()
            found.materials.setdefault(asked.source.spec, {})[key(asked.spec.task, asked.spec.column)] = told


def _add_said(found: Gathered, store: Store) -> None:
    """Names of checkpoints and notes on runs that somebody gave by hand."""
    every: Iterable[str] = {one.name for record in found.runs.values() for one in record.checkpoints} | {*found.people}
    found.names = {name: given for name, given in names.read(store).items() if name in every}
    found.notes = {id: note for id, note in history.read(store).items() if id in found.runs or id in found.jobs}
