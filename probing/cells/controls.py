"""A cell's control task: labels or numbers by a map a seed, and which seeds say nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from probing.cells.vectors import Split
from probing.cells.work import Work
from probing.tasks import control

CONTROL = {"labels": "control"}  # the setting of a row about them
Drawn = dict[str, np.ndarray]  # by split [N]; in dev, what train lacks the type of steers no choice: -1, or NaN of numbers


class Controls(NamedTuple):
    """`of_seed[seed]` is what is drawn, for every seed whose control can be fitted. `notes` say which seeds were left out, and why."""

    of_seed: dict[int, Drawn]
    notes: list[str]


def labels(splits: dict[str, Split], classes: int, seed: int) -> Drawn:
    """The control labels under one seed."""
    gold = splits["train"].items.label
    drawn = {name: control.control_labels(gold, split.types, classes, seed) for name, split in splits.items()}
    # A control label of a type that train lacks cannot be learned, so it may not steer a choice either.
    drawn["dev"] = np.where(_learnable(splits), drawn["dev"], -1).astype(np.int32)
    return drawn


def of_labels(work: Work, splits: dict[str, Split]) -> Controls:
    """The control labels of every seed of a run; none where it asks for no baselines."""
    gold, classes = splits["train"].items.label, len(work.labelled.classes)
    return _of_seeds(work, lambda seed: labels(splits, classes, seed), lambda drawn: control.unfit(gold, drawn["train"]))


def of_numbers(work: Work, splits: dict[str, Split], gold: np.ndarray) -> Controls:
    """The control numbers of every seed of a run; `gold` [N] are train's. None where it asks for no baselines."""

    def draw(seed: int) -> Drawn:
        drawn = {name: control.control_numbers(gold, split.types, seed) for name, split in splits.items()}
        drawn["dev"] = np.where(_learnable(splits), drawn["dev"], np.nan)
        return drawn

    return _of_seeds(work, draw, lambda drawn: control.unfit_numbers(drawn["train"], drawn["dev"]))


def _learnable(splits: dict[str, Split]) -> np.ndarray:
    return control.seen(splits["train"].types, splits["dev"].types)


def _of_seeds(work: Work, draw: Callable[[int], Drawn], unfit: Callable[[Drawn], str | None]) -> Controls:
    spec = work.spec
    drawn: dict[int, Drawn] = {}
    reasons: dict[str, int] = {}
    for seed in range(spec.seed, spec.seed + spec.seeds) if spec.baselines else ():
        own = draw(seed)
        reason = unfit(own)
        if reason is None:
            drawn[seed] = own
        else:
            reasons[reason] = reasons.get(reason, 0) + 1
    notes = [
        f"{work.cell.task}: the control task of {count} of {spec.seeds} seeds {reason}; those seeds were left out."
        for reason, count in reasons.items()
    ]
    return Controls(drawn, notes)
