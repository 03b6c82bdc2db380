"""A distillation as a job: what is asked, the name that its student gets, and the id it has everywhere. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from cache.store import Store
from probing import checkpoints, corpora, precision
from probing.checkpoints import Checkpoint, products
from probing.corpora import Source
from probing.records import stored
from probing.records.training import DistillationRecord
from probing.settings import Settings
from probing.tuning.specs import DistillSpec, distilled_id


@dataclass(frozen=True)
class Distillation:
    """A distillation made concrete; `spec` is canonical. `run` is its id, as a job's; `product` the name that the student gets."""

    run: str
    id: str
    spec: DistillSpec
    parent: Checkpoint
    source: Source
    product: str
    device: str
    kind: ClassVar[str] = "distillation"  # of its job

    @property
    def label(self) -> str:
        size = f"{self.spec.layers} layers" if self.spec.layers else self.spec.student
        wide = f", {self.spec.hidden} wide" if self.spec.hidden else ""
        return f"Distillation: {self.parent.name} to {size}{wide} · {self.spec.task or 'text'} of {self.source.name}"

    @property
    def reads(self) -> tuple[Checkpoint, ...]:
        return (self.parent,)

    def answered(self, store: Store) -> bool:
        there = (products.folder_of(self.product, store.root) / products.RECORD).is_file()
        return there and store.results.has_cell(self.id)

    def table(self, store: Store) -> pd.DataFrame:
        """The tidy rows of scores and of the loss's terms. Raises StoreError where it is not done."""
        return store.results.cell_table(self.id).assign(run=self.run)

    def record(self, store: Store) -> DistillationRecord:
        """What the distillation was. Raises StoreError where it is not done."""
        return stored.cell(store, self.id, DistillationRecord)


def plan(spec: DistillSpec, settings: Settings) -> Distillation:
    """Resolve what `spec` names. Raises BadInput."""
    parent = checkpoints.find(spec.teacher, settings)
    source = corpora.named(spec.data, settings)
    existing = checkpoints.find(spec.student, settings) if spec.student else None
    named = {"teacher": parent.spec, "data": source.spec, "student": existing.spec if existing else None}
    canonical = spec.model_copy(update=named)
    id = distilled_id(canonical, parent, existing, source.hash)
    size = f"{spec.layers}-layers" + (f"-{spec.hidden}-wide" if spec.hidden else "") if spec.layers else "student"
    said = f"{parent.name}-{size}-{source.name}-s{spec.seed}"
    product = products.PREFIX + products.slug_of(f"{said[:100]}-{id[:6]}")
    device = precision.devices(precision.resolve_device(settings.device))[0]
    return Distillation(id[:16], id, canonical, parent, source, product, device)
