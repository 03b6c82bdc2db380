"""Carry a plan out: extract once a checkpoint, answer each open cell, assemble the run's table.

Requested checkpoints come before random baselines, and of a checkpoint the cheap cells before the dear ones. The plan stays in its order.
Cells are kept as they finish, so a killed run resumes where it stood and another run that shares a cell reuses it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cache.locks import FileLock
from cache.store import Store
from cache.table import tidy
from probing import cells, precision, probes, tasks
from probing.cells.frontier import hypervolumes
from probing.cells.targets import targets
from probing.cells.work import BaselineVectors, Work
from probing.checkpoints import Checkpoint, mends
from probing.corpora.sentence import Corpus, Sentence
from probing.execution.encoding import encoded
from probing.execution.live import Publisher
from probing.execution.progress import Parts, Progress
from probing.execution.sizes import in_order, seconds_of
from probing.measures.codelength import as_published_rows
from probing.records import stored
from probing.records.record import CellRecord
from probing.records.run import RecordedCell, RecordedCheckpoint, RecordedCorpus, RecordedTask, RunRecord, Seconds
from probing.runs import OWN_VECTORS, Cell, Plan
from probing.tasks.task import Labelled

if TYPE_CHECKING:
    from cache.activations import Reader
    from probing.extraction.extract import ExtractionReport


@dataclass
class Outcome:
    """What this call did: `cached` is true where the whole run was there already."""

    run: str
    cached: bool
    forward_passes: int
    extract_seconds: float
    fit_seconds: float
    total_seconds: float


def execute(plan: Plan, store: Store, progress: Progress) -> Outcome:
    """Make the run whole in `store`. Two processes that ask for the same run at once: one works, the other waits.

    Raises BadInput for what cannot be asked; whatever cells were finished before stay.
    """
    began = time.monotonic()
    if plan.answered(store):
        return Outcome(plan.run, True, 0, 0.0, 0.0, time.monotonic() - began)
    with FileLock(store.locks / f"run-{plan.run}.lock"):
        if plan.answered(store):
            return Outcome(plan.run, True, 0, 0.0, 0.0, time.monotonic() - began)
        return _Execution(plan, store, progress).carry_out(began)


class _Execution:
    def __init__(self, plan: Plan, store: Store, progress: Progress) -> None:
        self.plan, self.store, self.progress = plan, store, progress
        self.corpus: Corpus = plan.source.load().first(plan.spec.limits)
        self.labelled: dict[str, Labelled] = {t: tasks.get_task(t).label(self.corpus) for t in plan.spec.tasks}
        self.passes = 0
        self.extract_seconds = self.fit_seconds = 0.0

    def carry_out(self, began: float) -> Outcome:
        order = in_order(self.plan, self.labelled, self.corpus)
        done = [cell for cell in order if self.store.results.has_cell(cell.id)]
        open_cells = [cell for cell in order if cell not in done]
        self.parts = Parts(self.progress, seconds_of(open_cells, self.plan, self.store, self.labelled, self.corpus))
        self.answered = len(done)
        self.live = Publisher(self.plan, self.store, order, done)
        try:
            for fingerprint in dict.fromkeys(cell.checkpoint.fingerprint for cell in open_cells):
                mine = [cell for cell in open_cells if cell.checkpoint.fingerprint == fingerprint]
                self._checkpoint(mine[0].checkpoint, mine)
            self.parts.say("writing the table", 0, 1)
            self._assemble(began)
            self.parts.say("writing the table", 1, 1)
        finally:
            self.live.close()
        total = time.monotonic() - began
        return Outcome(self.plan.run, not open_cells, self.passes, self.extract_seconds, self.fit_seconds, total)

    def _checkpoint(self, checkpoint: Checkpoint, mine: list[Cell]) -> None:
        asked = {cell.task: self.labelled[cell.task].indexed_sentences(self.corpus) for cell in mine}
        self.live.expect(self.parts.expected(checkpoint.fingerprint) + self._first_layer(mine[0]))
        offsets: dict[str, dict[str, int]] = {}
        forms: list[tuple[str, ...]] = []
        for task, splits in asked.items():
            # Most tasks share the corpus's own sentences.
            same = next((other for other in offsets if asked[other] is splits), None)
            offsets[task] = offsets[same] if same else {}
            if same is None:
                for name, sentences in splits.items():
                    offsets[task][name] = len(forms)
                    forms.extend(sentence.forms for sentence in sentences)
        beside = self.plan.conditional_on
        with ExitStack() as leases:
            reader, report = self._read(checkpoint, forms, leases)
            notes = report.notes(checkpoint.name)
            given = None
            if beside is not None:
                own = beside.checkpoint is None or beside.checkpoint.fingerprint == checkpoint.fingerprint
                other = reader if own else self._read(beside.checkpoint or checkpoint, forms, leases)[0]
                given = BaselineVectors(other, beside.layer)
            start = time.monotonic()
            device = precision.devices(self.plan.device)[0]
            self.parts.finish(checkpoint.fingerprint)
            for cell in mine:
                self.answered += 1
                number = f"cell {self.answered} of {len(self.plan.cells)}"
                stage = f"{checkpoint.name}: {cell.task}, {cell.probe} probe ({number})"
                self.live.expect(self._first_layer(cell))
                answer = cells.answer(
                    Work(
                        cell,
                        self.plan.spec,
                        self.labelled[cell.task],
                        asked[cell.task],
                        reader,
                        offsets[cell.task],
                        given if cell.conditional else None,
                        device,
                        partial(self.parts.tell, cell.id, stage),
                        self.live.rows,
                    )
                )
                stored.save_cell(
                    self.store,
                    cell.id,
                    CellRecord(task=cell.task, probe=cell.probe, checkpoint=checkpoint.name, notes=(*notes, *answer.notes)),
                    [row | {"run": self.plan.run, "corpus": self.plan.source.name} for row in answer.rows],
                    answer.items,
                    answer.probes,
                )
                self.parts.finish(cell.id)
                self.live.finished(cell)
            self.fit_seconds += time.monotonic() - start

    def _first_layer(self, cell: Cell) -> float:
        """How many seconds it is expected to take until a cell has its first layer."""
        whole = probes.FAMILIES.get(cell.probe).kind in OWN_VECTORS
        return self.parts.expected(cell.id) / (1 if whole else len(cell.layers))

    def _read(self, checkpoint: Checkpoint, forms: list[tuple[str, ...]], leases: ExitStack) -> tuple[Reader, ExtractionReport]:
        start = time.monotonic()
        plan = self.plan

        def told(stage: str, done: int, total: int, *_: object) -> None:
            # Loading and splitting words have counts of their own: the share follows what is read.
            if stage.endswith(": reading"):
                self.parts.tell(checkpoint.fingerprint, stage, done, total)
            else:
                self.parts.say(stage, done, total)

        reader, report = encoded(checkpoint, forms, self.store, plan.spec, plan.device, leases, told)
        self.extract_seconds += time.monotonic() - start
        self.passes += report.forward_passes
        return reader, report

    def _assemble(self, began: float) -> None:
        plan, results = self.plan, self.store.results
        frames, notes = [], []
        if self.corpus.complaints:
            first = self.corpus.complaints[0]
            notes.append(f"{plan.source.name}: {len(self.corpus.complaints):,} complaints about its files, the first at {first}")
        for cell in plan.cells:
            # A cell may have been made by another run, under another name for the same weights.
            frames.append(
                results.cell_table(cell.id).assign(run=plan.run, checkpoint=cell.checkpoint.name, corpus=plan.source.name)
            )
            notes.extend(stored.cell(self.store, cell.id, CellRecord).notes)
        table = pd.concat(frames, ignore_index=True)
        if plan.spec.measure == "decodability":
            more, doubts = self._together(table)
            table, notes = pd.concat([table, more], ignore_index=True), [*notes, *doubts]
        sentences = pd.DataFrame([row for name, splits in self._texts().items() for row in self._sentences(name, splits)])
        stored.save_run(self.store, self._record(list(dict.fromkeys(notes)), began), table, sentences)

    def _texts(self) -> dict[str, dict[str, list[Sentence]]]:
        """The sentences behind the items: the corpus's own under no name, and those of a task that has its own under the task's."""
        return {"": self.corpus.splits} | {
            task: labelled.sentences for task, labelled in self.labelled.items() if labelled.sentences is not None
        }

    def _sentences(self, task: str, splits: dict[str, list[Sentence]]) -> Iterator[dict[str, Any]]:
        """A row a sentence of the test splits; with what the tree view draws beside the words, where a task of the run is of trees."""
        trees = not task and any(labelled.level == "tree" for labelled in self.labelled.values())
        for name, sentences in splits.items():
            if name in ("train", "dev"):
                continue
            for index, sentence in enumerate(sentences):
                row = {"task": task, "split": name, "sentence": index, "id": sentence.id, "forms": list(sentence.forms)}
                if trees:
                    row |= {"heads": [word.head for word in sentence.words], "upos": [word.upos for word in sentence.words]}
                yield row

    def _together(self, table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
        """Rows that only the whole run can say, and notes."""
        ids = {(cell.checkpoint.name, cell.task, cell.probe): cell.id for cell in self.plan.cells}

        @lru_cache(maxsize=1)
        def arrays(cell: str) -> dict[str, np.ndarray]:
            return self.store.results.probes(cell)

        def array(checkpoint: str, task: str, probe: str, name: str) -> np.ndarray:
            return arrays(ids[checkpoint, task, probe])[name]

        classes = {name: len(labelled.classes) for name, labelled in self.labelled.items()}
        rows, notes = targets(table, array, classes, self.plan.baselines, self.plan.spec.epsilon)
        rows += hypervolumes(table, array)
        if self.plan.spec.as_published:
            rows += as_published_rows(table)
        return tidy([row | {"run": self.plan.run, "corpus": self.plan.source.name} for row in rows]), notes

    def _record(self, notes: list[str], began: float) -> RunRecord:
        plan = self.plan
        return RunRecord(
            run=plan.run,
            label=plan.label,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            extraction=mends.VERSION,
            spec=plan.spec,
            corpus=RecordedCorpus(name=plan.source.name, hash=plan.source.hash, spec=plan.source.spec),
            tasks=tuple(
                RecordedTask(name=name, level=labelled.level, classes=tuple(labelled.classes), group=tasks.get_task(name).group)
                for name, labelled in self.labelled.items()
            ),
            probes=plan.spec.probes,
            checkpoints=tuple(RecordedCheckpoint.of(checkpoint, plan) for checkpoint in plan.checkpoints),
            cells=tuple(map(RecordedCell.of, plan.cells)),
            notes=tuple(notes),
            seconds=Seconds(extract=self.extract_seconds, fit=self.fit_seconds, total=time.monotonic() - began),
            forward_passes=self.passes,
        )
