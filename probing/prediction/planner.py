"""The reverse question: which probes to run on a new checkpoint, and what they cost. Imports no torch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cache.store import Store
from probing import runs, tasks
from probing.errors import BadInput
from probing.estimate import Estimate, estimate
from probing.prediction.table import in_column
from probing.runs import RunSpec
from probing.settings import Settings

_FEATURE = re.compile(r"(?P<task>.+)_layer_(?P<layer>\d+)")


@dataclass(frozen=True)
class Probe:
    """One feature as something to run."""

    feature: str
    task: str | None  # a task of ours; None where the table's task is none
    layer: int


def probes(features: Sequence[str]) -> list[Probe]:
    """The task and layer behind each feature's name. A feature of a task that is none of ours has to be measured elsewhere."""
    found = []
    for feature in features:
        match = _FEATURE.fullmatch(feature)
        if match is None:
            raise BadInput(f"{feature} names no task and layer: features are called TASK_layer_N.")
        written = match["task"].removeprefix("codelength_").removeprefix("esc_")
        found.append(Probe(feature, _task(written), int(match["layer"])))
    return found


def question(wanted: Sequence[Probe], checkpoint: str, corpus: str) -> RunSpec | None:
    """The run that measures what of `wanted` can be measured here, without baselines; None where nothing can."""
    here = [probe for probe in wanted if probe.task is not None]
    if not here:
        return None
    return RunSpec.parse(
        {
            "checkpoints": (checkpoint,),
            "corpus": corpus,
            "tasks": tuple(dict.fromkeys(str(probe.task) for probe in here)),
            "layers": tuple(sorted({probe.layer for probe in here})),
            "measure": "accuracy"
            if all(one.feature.startswith(f"{in_column(str(one.task))}_layer_") for one in here)
            else "decodability",
            "baselines": False,
        }
    )


def cost(spec: RunSpec, settings: Settings, store: Store) -> Estimate:
    """What the run will take on this machine, at the rates it was last measured at. Reads the corpus, loads no model."""
    return estimate(runs.plan(spec, settings), store)


def _task(written: str) -> str | None:
    """The registered task whose name is written so in a column; `feats_Number` is `feats:Number`."""
    known = next((name for name in tasks.TASKS.names() if in_column(name) == written), None)
    if known:
        return known
    feature = written.removeprefix("feats_")
    return f"feats:{feature}" if feature != written else None
