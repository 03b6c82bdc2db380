"""A cell's control labels: a map a seed, and which of them say nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from probing.execution.vectors import Split
from probing.runs import RunSpec
from probing.tasks import control


class Controls(NamedTuple):
    """`labels[seed][split]` [N]; in dev -1 where train lacks the type. `notes` say which seeds were left out."""

    labels: dict[int, dict[str, np.ndarray]]
    notes: list[str]


def controls(spec: RunSpec, splits: dict[str, Split], classes: int) -> Controls:
    """Those of every seed of a run."""
    train = splits["train"]
    labels: dict[int, dict[str, np.ndarray]] = {}
    unfit: dict[str, int] = {}
    for seed in range(spec.seed, spec.seed + spec.seeds):
        drawn = {name: control.control_labels(train.items.label, split.types, classes, seed) for name, split in splits.items()}
        reason = control.unfit(train.items.label, drawn["train"])
        if reason is not None:
            unfit[reason] = unfit.get(reason, 0) + 1
            continue
        # A control label of a type that train lacks cannot be learned, so it may not steer a choice either.
        drawn["dev"] = np.where(control.seen(train.types, splits["dev"].types), drawn["dev"], -1).astype(np.int32)
        labels[seed] = drawn
    notes = [
        f"the control task of {count} of {spec.seeds} seeds {reason}; those seeds were left out."
        for reason, count in unfit.items()
    ]
    return Controls(labels, notes)
