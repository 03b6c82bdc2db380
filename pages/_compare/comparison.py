"""The stored comparison of two shown checkpoints, and pairs of seeds that show the seed noise."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cache.store import Store
from pages.shared import controls, frame
from probing import comparisons
from probing.comparisons import Comparison, ComparisonSpec, Kind, Pair
from probing.errors import BadInput
from probing.records.run import RecordedCheckpoint, RunRecord

Records = Sequence[RunRecord]
NamedCheckpoints = dict[str, RecordedCheckpoint]


@dataclass(frozen=True)
class ShownComparison:
    """An answered comparison of `other` with `base`, by the names that the page shows."""

    base: str
    other: str
    comparison: Comparison
    table: pd.DataFrame

    @property
    def second(self) -> str:
        """The other's name in the table."""
        return next(pair.second.name for pair in self.comparison.pairs if pair.second.spec == self.comparison.spec.checkpoints[1])

    @property
    def seeds_sentence(self) -> str:
        """Two seeds as a sentence begins with them."""
        return f"Two seeds of one recipe ({self.base} and {self.other})"

    @property
    def label(self) -> str:
        """Two seeds as a menu and a legend name them."""
        return seeds_label(self.base, self.other)

    def pair(self, kind: Kind) -> Pair | None:
        """The requested pair; None where the two cannot be compared in this way."""
        return next((pair for pair in self._pairs(kind) if pair.second.spec == self.comparison.spec.checkpoints[1]), None)

    def random_pair(self, kind: Kind) -> Pair | None:
        """The base and its random baseline; None where that is the requested pair."""
        return next((pair for pair in self._pairs(kind) if pair is not self.pair(kind)), None)

    def _pairs(self, kind: Kind) -> list[Pair]:
        return [pair for pair in self.comparison.pairs if pair.kind == kind]


def question(records: Records, entries: NamedCheckpoints, base: str, other: str, items: str) -> Comparison:
    """The comparison on the text that the base's run read, as it read it. Raises BadInput where a checkpoint is not to be found any more."""
    record = next(record for record in records if base in {entry.name for entry in record.checkpoints})
    settings = frame.settings()
    read = record.spec.model_dump(include={"max_test", "pooling", "precision", "submodule"})
    fields = {
        "checkpoints": tuple(spec_of(records, name) for name in (base, other)),
        "corpus": record.corpus.spec,
        "items": items,
    }
    found = comparisons.plan(ComparisonSpec.parse(fields | read), settings.of_results())
    have = {side.fingerprint for pair in found.pairs for side in (pair.first, pair.second)}
    changed = next((name for name in (base, other) if entries[name].fingerprint not in have), None)
    if changed:
        raise BadInput(f"{changed} has changed since it was probed: run it again, then compare.")
    return found


def spec_of(records: Records, name: str) -> str:
    """What a run called the checkpoint that is shown under `name`. Raises BadInput where no record says it."""
    for record in records:
        entries = {entry.name: entry for entry in record.checkpoints}
        if name not in entries:
            continue
        requested = [entry.name for entry in record.checkpoints if entry.requested]
        specs = record.spec.checkpoints
        if name in requested and len(requested) == len(specs):
            return controls.refuse_dots(specs[requested.index(name)])
        of = [other for other in entries[name].baseline_of if other in requested]
        if of and len(requested) == len(specs):
            return f"random:{controls.refuse_dots(specs[requested.index(of[0])])}@0"
        # The run is cut down to what is shown: its checkpoints go by their names.
        shown: dict[str, str] = getattr(record, "shown", {})
        own = {now: name for name, now in shown.items()}
        for other, form in [(name, "{}"), *((other, "random:{}@0") for other in of)]:
            if spec := next((spec for spec in specs if is_named(spec, own.get(other, other))), None):
                return form.format(controls.refuse_dots(spec))
    raise BadInput(f"The chosen runs do not say where {name} is stored, so its layers cannot be compared: run it again.")


def is_named(spec: str, name: str) -> bool:
    """Whether a checkpoint that is found by `spec` has the name."""
    return name in (spec, spec.removeprefix("lab:"), Path(spec).name) or spec.startswith(f"bundle:{name}@")


def seeds_label(one: str, other: str) -> str:
    return f"{other} against {one} (seeds)"


def seeds(records: Records, entries: NamedCheckpoints) -> list[tuple[str, str]]:
    """Pairs of shown checkpoints that differ by seed alone."""
    named = {}
    for name in [name for name, entry in entries.items() if entry.requested]:
        with contextlib.suppress(BadInput):  # the page reports it where the checkpoint itself is requested
            named[name] = spec_of(records, name)
    settings = frame.settings()
    return comparisons.seed_pairs(named, settings.of_results())


def seeds_beside(
    records: Records, entries: NamedCheckpoints, pairs: Sequence[tuple[str, str]], base: str, other: str, items: str, store: Store
) -> ShownComparison | None:
    """The answer about two seeds of which one is `base` or `other`, where it is stored."""
    for pair in pairs:
        if len({*pair} & {base, other}) != 1:
            continue
        for one, two in (pair, pair[::-1]):
            with contextlib.suppress(BadInput):  # without seeds the requested comparison is still shown
                comparison = question(records, entries, one, two, items)
                if comparison.answered(store):
                    return ShownComparison(one, two, comparison, comparison.table(store))
    return None
