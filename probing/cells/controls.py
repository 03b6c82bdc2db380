"""A cell's control task: labels or numbers by a map a seed, and which seeds say nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from probing.cells.vectors import Split
from probing.cells.work import Work
from probing.tasks import control

CONTROL = {"labels": "control"}  # the setting of a row about them
# By split [N]; in dev, what train lacks the type of steers no choice: -1, or NaN of numbers.
ControlLabels = dict[str, np.ndarray]


class Controls(NamedTuple):
    """`of_seed[seed]` is what is sampled, for every seed whose control can be fitted. `notes` say which seeds were left out, and why."""

    of_seed: dict[int, ControlLabels]
    notes: list[str]


def labels(splits: dict[str, Split], classes: int, seed: int) -> ControlLabels:
    """The control labels under one seed."""
    gold = splits["train"].items.label
    sampled = {name: control.control_labels(gold, split.types, classes, seed) for name, split in splits.items()}
    # A control label of a type that train lacks cannot be learned, so it may not steer a choice either.
    sampled["dev"] = np.where(_learnable(splits), sampled["dev"], -1).astype(np.int32)
    return sampled


def of_labels(work: Work, splits: dict[str, Split]) -> Controls:
    """The control labels of every seed of a run; none where it asks for no baselines."""
    gold, classes = splits["train"].items.label, len(work.labelled.classes)
    return _of_seeds(work, lambda seed: labels(splits, classes, seed), lambda sampled: control.unfit(gold, sampled["train"]))


def of_numbers(work: Work, splits: dict[str, Split], gold: np.ndarray) -> Controls:
    """The control numbers of every seed of a run; `gold` [N] are train's. None where it asks for no baselines."""

    def draw(seed: int) -> ControlLabels:
        sampled = {name: control.control_numbers(gold, split.types, seed) for name, split in splits.items()}
        sampled["dev"] = np.where(_learnable(splits), sampled["dev"], np.nan)
        return sampled

    return _of_seeds(work, draw, lambda sampled: control.unfit_numbers(sampled["train"], sampled["dev"]))


def _learnable(splits: dict[str, Split]) -> np.ndarray:
    return control.seen(splits["train"].types, splits["dev"].types)


def _of_seeds(work: Work, draw: Callable[[int], ControlLabels], unfit: Callable[[ControlLabels], str | None]) -> Controls:
    spec = work.spec
    sampled: dict[int, ControlLabels] = {}
    reasons: dict[str, int] = {}
    for seed in range(spec.seed, spec.seed + spec.seeds) if spec.baselines else ():
        own = draw(seed)
        reason = unfit(own)
        if reason is None:
            sampled[seed] = own
        else:
            reasons[reason] = reasons.get(reason, 0) + 1
    notes = [
        f"{work.cell.task}: the control task of {count} of {spec.seeds} seeds {reason}; those seeds were left out."
        for reason, count in reasons.items()
    ]
    return Controls(sampled, notes)
