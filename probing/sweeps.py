"""A sweep: methods × training sizes × seeds of one fine-tuning, the arms that answer it, and the id it has everywhere.

One method, one size and one seed are a sweep of one arm, so the lab has one way to ask. An arm is answered by a cell of the store: the tidy rows
of its scores, and what its training was. A checkpoint comes of it too, which may be removed and the scores stay. Imports no torch.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pandas as pd
from pydantic import Field, field_validator

from cache.keys import SCHEMA, canonical_json, digest
from cache.store import Store
from cache.table import tidy
from probing import checkpoints, corpora, precision
from probing.checkpoints import Checkpoint, products
from probing.corpora import Source
from probing.errors import BadInput
from probing.numerals import whole
from probing.records import stored
from probing.records.training import TrainingRecord
from probing.settings import Settings
from probing.tuning import method_of
from probing.tuning.method import versions_of
from probing.tuning.specs import Tuned, TuneSpec, tuned_id

Size = int | Literal["all"]
GRID = (10**-0.5, 1.0, 10**0.5)  # a method's own rate, and half a power of ten to both sides
PILOT_SEED = 0  # of the trainings that choose a rate


class SweepSpec(Tuned):
    """What a user asks. Frozen, no unknown keys; `parse` turns a wrong one into a sentence."""

    named = "The sweep's {}"

    methods: tuple[str, ...] = Field(min_length=1, description="methods, each with its argument behind a colon")
    sizes: tuple[Size, ...] = Field(
        ("all",), min_length=1, description="train sentences: numbers, or all; a smaller draw begins a larger one"
    )
    seeds: int = Field(1, ge=1, le=20, description="how many seeds, from 0: of the draw, the head, the batches and dropout")
    rates: Literal["recorded", "grid"] = Field(
        "recorded",
        description="each method's recorded learning rate, or the best on dev of three around it, chosen once at the middle size",
    )
    keep: Literal["all", "first", "none"] = Field(
        "all", description="whose checkpoints stay: of all seeds, of the first, of none"
    )

    @field_validator("methods", "sizes")
    @classmethod
    def _once(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if twice := [value for value, count in Counter(values).items() if count > 1]:
            raise ValueError(f"{twice[0]} is named twice")
        return values

    @field_validator("sizes")
    @classmethod
    def _ascending(cls, values: tuple[Size, ...]) -> tuple[Size, ...]:
        if small := [value for value in values if value != "all" and value < 2]:
            raise ValueError(f"{small[0]} train sentences are too few: give 2 or more")
        return tuple(sorted(values, key=lambda size: float("inf") if size == "all" else size))


@dataclass(frozen=True)
class Arm:
    """One training. `product` is the name its checkpoint gets, None where it is not kept; `pilot`: its dev score alone is asked, to choose a rate."""

    id: str
    spec: TuneSpec
    product: str | None
    pilot: bool = False

    @property
    def size(self) -> Size:
        return self.spec.max_train or "all"

    @property
    def label(self) -> str:
        said = f"{self.spec.method}, {'all' if self.size == 'all' else f'{self.size:,}'} sentences, seed {self.spec.seed}"
        return f"{said}, rate {self.spec.lr:.2g}" if self.pilot else said


@dataclass(frozen=True)
class Sweep:
    """A sweep made concrete; `spec` is canonical. `run` is its id, as a job's. Arms whose rate is still to be chosen are not known yet."""

    run: str
    spec: SweepSpec
    parent: Checkpoint
    source: Source
    device: str
    kind: ClassVar[str] = "sweep"  # of its job

    @property
    def label(self) -> str:
        count = len(self.spec.methods) * len(self.spec.sizes) * self.spec.seeds
        what = self.spec.methods[0] if len(self.spec.methods) == 1 else f"{len(self.spec.methods)} methods"
        arms = "" if count == 1 else f" · {count} trainings"
        return f"Fine-tuning: {self.parent.name} · {self.spec.task} of {self.source.name} · {what}{arms}"

    @property
    def count(self) -> int:
        """How many trainings there are in all, pilots among them."""
        return len(self.pilots()) + len(self.spec.methods) * len(self.spec.sizes) * self.spec.seeds

    def pilots(self) -> list[Arm]:
        """The trainings that choose rates; none where the recorded ones are taken."""
        if self.spec.rates == "recorded":
            return []
        middle = self.spec.sizes[(len(self.spec.sizes) - 1) // 2]
        return [self._arm(method, middle, PILOT_SEED, rate, True) for method in self.spec.methods for rate in grid(method)]

    def chosen(self, store: Store) -> dict[str, float]:
        """The rate of each method for which it is known: recorded, or the pilot's with the best dev score (of equal ones the lower rate)."""
        if self.spec.rates == "recorded":
            return {method: recorded(method) for method in self.spec.methods}
        scores: dict[str, dict[float, float]] = {method: {} for method in self.spec.methods}
        for pilot in self.pilots():
            if store.results.has_cell(pilot.id):
                assert pilot.spec.lr is not None
                score = stored.cell(store, pilot.id, TrainingRecord).dev_score
                scores[pilot.spec.method][pilot.spec.lr] = float("-inf") if score is None else score
        return {
            method: max(sorted(found), key=found.__getitem__)
            for method, found in scores.items()
            if len(found) == len(grid(method))
        }

    def arms(self, store: Store) -> list[Arm]:
        """The trainings of every method whose rate is known: small before large, and a method after the other within a seed."""
        rate = self.chosen(store)
        return [
            self._arm(method, size, seed, rate[method], False)
            for seed in range(self.spec.seeds)
            for size in self.spec.sizes
            for method in self.spec.methods
            if method in rate
        ]

    @property
    def reads(self) -> tuple[Checkpoint, ...]:
        return (self.parent,)

    def answered(self, store: Store) -> bool:
        """Whether every arm has its scores, and its product where one is kept."""
        arms = self.arms(store)
        return len(arms) == self.count - len(self.pilots()) and all(done(arm, store) for arm in arms)

    def answers(self, store: Store) -> list[tuple[Arm, TrainingRecord]]:
        """The arms that are done, each with its record."""
        return [(arm, stored.cell(store, arm.id, TrainingRecord)) for arm in self.arms(store) if store.results.has_cell(arm.id)]

    def table(self, store: Store) -> pd.DataFrame:
        """The tidy rows of what is done, under this sweep's id; `checkpoint` is the arm's product, or its parent where none was kept."""
        frames = []
        for arm, _ in self.answers(store):
            rows = store.results.cell_table(arm.id)
            frames.append(rows.assign(run=self.run, checkpoint=arm.product or self.parent.name))
        return pd.concat(frames, ignore_index=True) if frames else tidy([])

    def notes(self, store: Store) -> list[str]:
        """What the trainings want known, each sentence once, with the count of trainings that said it."""
        said = Counter(note for _, record in self.answers(store) for note in record.notes)
        return [note if count == 1 else f"{note} ({count} trainings)" for note, count in said.items()]

    def _arm(self, method: str, size: Size, seed: int, rate: float, pilot: bool) -> Arm:
        own = {name: getattr(self.spec, name) for name in Tuned.model_fields}
        if method_of(method)[0].card.name != "tree":
            own |= {"init_probe": None, "weight": TuneSpec.model_fields["weight"].default}
        spec = TuneSpec.parse(own | {"method": method, "max_train": None if size == "all" else size, "seed": seed, "lr": rate})
        id = tuned_id(spec, self.parent, self.source.hash)
        id = digest("pilot", id) if pilot else id  # a pilot has no score of test
        saved = not pilot and (self.spec.keep == "all" or (self.spec.keep == "first" and seed == 0))
        said = f"{self.parent.name}-{self.source.name}-{method}-{size}-s{seed}".removeprefix(products.PREFIX)
        return Arm(id, spec, products.PREFIX + products.slug_of(f"{said[:100]}-{id[:6]}") if saved else None, pilot)


def done(arm: Arm, store: Store) -> bool:
    """Whether an arm has its scores, and its product where one is kept; of one that diverged there is none to keep."""
    if not store.results.has_cell(arm.id):
        return False
    there = arm.product is None or (products.folder_of(arm.product, store.root) / products.RECORD).is_file()
    return there or stored.cell(store, arm.id, TrainingRecord).diverged


def recorded(method: str) -> float:
    """The learning rate recorded for a method in its file."""
    return method_of(method)[0].rate.value


def grid(method: str) -> list[float]:
    """The rates that are tried for a method, two significant digits each."""
    return [float(f"{recorded(method) * factor:.2g}") for factor in GRID]


def read_sizes(text: str) -> tuple[Size, ...]:
    """`64,256,all`. Raises BadInput for what is neither a number nor all."""
    found: list[Size] = []
    for part in text.split(","):
        word = part.strip().lower()
        size: Size | None = "all" if word == "all" else whole(word)
        if size is None:
            raise BadInput(
                f"The sizes are {text!r}: give numbers of train sentences with commas between them, and all for all of them."
            )
        found.append(size)
    return tuple(found)


def ladder(count: int, least: int = 64, factor: int = 4) -> list[Size]:
    """Log-spaced sizes for `count` train sentences: 64, 256, 1,024 … below it, and all."""
    found: list[Size] = []
    size = least
    while size < count:
        found.append(size)
        size *= factor
    return [*found, "all"]


def plan(spec: SweepSpec, settings: Settings) -> Sweep:
    """Resolve what `spec` names.

    Raises BadInput for anything that cannot be resolved. Data are hashed and not yet read.
    """
    for method in spec.methods:
        method_of(method)
    parent = checkpoints.find(spec.checkpoint, settings)
    source = corpora.named(spec.data, settings)
    device = precision.devices(precision.resolve_device(settings.device))[0]
    canonical = spec.model_copy(update={"checkpoint": parent.spec, "data": source.spec})
    content = canonical.model_dump(mode="json", exclude={"checkpoint", "data"})
    # The rates that are tried are part of the question.
    content["tried"] = {method: [recorded(method)] if spec.rates == "recorded" else grid(method) for method in spec.methods}
    mended = {method: found for method in spec.methods if (found := versions_of(method_of(method)[0].card.name))}
    if mended:
        content["versions"] = mended
    identity = [SCHEMA, "sweep", parent.fingerprint, parent.name, source.hash, content]
    return Sweep(digest(canonical_json(identity))[:16], canonical, parent, source, device)


def refuse_sizes(sweep: Sweep, available: int) -> None:
    """Raise BadInput for a size that the data do not have, before anything is trained."""
    for size in sweep.spec.sizes:
        if size != "all" and size > available:
            raise BadInput(
                f"{size:,} train sentences were asked for, and {sweep.source.name} has {available:,} for {sweep.spec.task}: ask for at "
                "most that many, or for all."
            )
