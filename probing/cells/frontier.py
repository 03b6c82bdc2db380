"""The complexity frontier of a layer: probes of one family at several complexities, the control's beside the task's."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cache.keys import canonical_json
from probing.cells.targets import StoredArray, value_of_dev
from probing.measures import frontier
from probing.measures.statistics import percentiles
from probing.probes.complexity import NUCLEAR, RANK, WIDTH, kind, nuclear_norm
from probing.probes.family import FittedProbe, ProbeFamily, ProbeOptions, Problem


@dataclass(frozen=True)
class Point:
    """A probe and how complex it is; `setting` names the complexity."""

    probe: FittedProbe
    setting: dict[str, float]


def points(
    family: ProbeFamily,
    train: np.ndarray,
    dev: np.ndarray,
    problems: Sequence[Problem],
    options: ProbeOptions,
    sweep: Sequence[float],
    progress: Callable[[int, int], None],
) -> list[list[Point]]:
    """For each of `problems` on `train` [N, D] and `dev` [M, D] its points, from simple to complex."""
    found: list[list[Point]] = [[] for _ in problems]
    if kind(family) == NUCLEAR:
        swept = [replace(problem, penalty=penalty) for problem in problems for penalty in sweep]
        for place, probe in enumerate(family.fit(train, dev, swept, options, progress)):
            norm = nuclear_norm(probe.state["weights_0"])
            found[place // len(sweep)].append(Point(probe, {NUCLEAR: round(norm, 4), "lambda": sweep[place % len(sweep)]}))
        return found
    for done, value in enumerate(sweep):
        progress(done, len(sweep))
        one = replace(options, rank=int(value)) if kind(family) == RANK else replace(options, width=int(value))
        for place, probe in enumerate(family.fit(train, dev, problems, one, lambda _done, _total: None)):
            found[place].append(Point(probe, {str(kind(family)): int(value)}))
    return found


def hypervolumes(table: pd.DataFrame, stored: StoredArray) -> list[dict[str, Any]]:
    """Rows of the hypervolume of every frontier in `table`, task and control, on the range that the run swept.

    `stored` gives replicates of the points' lifts [B, P], in the order of their rows, as LAYER/frontier/LABELS.
    """
    rows = table[(table["split"] == "dev") & (table["metric"] == "accuracy") & (table["layer"] >= 0)]
    points_of = rows.assign(swept=rows["setting"].map(_swept))
    points_of = points_of[points_of["swept"].notna()]
    result: list[dict[str, Any]] = []
    for (task, probe), some in points_of.groupby(["task", "probe"], sort=False):
        every = np.array([complexity for complexity, _ in some["swept"]])
        low, high = every[every > 0].min(), every.max()
        some = some.assign(complexity=every, labels=[labels for _, labels in some["swept"]])
        for (checkpoint, layer, labels), own in some.groupby(["checkpoint", "layer", "labels"], sort=False):
            gains = stored(str(checkpoint), str(task), str(probe), f"{layer}/frontier/{labels}").astype(np.float64)
            # A path's first norm may be 0, the prior: log2 has no place for it, and it lifts nothing.
            x = np.maximum(own["complexity"].to_numpy(np.float64), low)
            of = {"checkpoint": str(checkpoint), "task": str(task), "probe": str(probe)}
            setting = {"labels": labels} if labels != "task" else {}
            common = value_of_dev(table, metric="majority", setting=canonical_json(setting), **of)
            gain = frontier.lift(own["value"].to_numpy(np.float64), common)
            volume = frontier.hypervolume(x, gains, low, high)
            lower, upper = percentiles(volume)
            result.append(
                of
                | {"layer": int(str(layer)), "split": "dev", "metric": "hypervolume", "setting": setting, "unit": "fraction"}
                | {"value": float(frontier.hypervolume(x, gain, low, high)), "lower": lower, "upper": upper}
                | {"n": int(own["n"].iloc[0])}
            )
    return result


def _swept(setting: str) -> tuple[float, str] | None:
    """The complexity and the labels that a row's setting names; None where it names no complexity."""
    found = json.loads(setting)
    name = next((name for name in (NUCLEAR, RANK, WIDTH) if name in found), None)
    return None if name is None else (float(found[name]), found.get("labels", "task"))
