"""What a run can say only of all its checkpoints together: one target loss ε, and what it takes each layer to reach it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from probing.measures import curve

StoredArray = Callable[[str, str, str, str], np.ndarray]  # checkpoint, task, probe, name → what their cell stores by that name


def targets(
    table: pd.DataFrame, stored: StoredArray, classes: dict[str, int], baselines: frozenset[str], epsilon: float | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows of ε, SDL(ε) and εSC for every curve of `table`, and notes. `classes`: K by task; `stored`: LAYER/curve/task, [B, J].

    Without an `epsilon` the target asks for most of the V-information of the best layer of those requested (curve.SHARE).
    """
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    points = table[(table["metric"] == "loss_at_n") & ~table["setting"].map(lambda text: "labels" in json.loads(text))]
    for pair, some in points.groupby(["task", "probe"], sort=False):
        task, probe = (str(part) for part in pair)
        without = value_of_dev(table, metric="v_entropy", task=task, probe=probe)
        last = some[some["n"] == some["n"].max()]
        requested = last[~last["checkpoint"].isin(baselines)]
        best = float(requested["value"].min())
        goal = curve.target(best, without) if epsilon is None else epsilon
        notes += _doubts(task, goal, best, without)
        base = {"task": task, "probe": probe, "split": "dev", "setting": "{}"}
        for checkpoint in some["checkpoint"].unique():
            rows.append(base | {"checkpoint": checkpoint, "layer": -1, "metric": "epsilon", "value": goal, "unit": "bits"})
        for key, points_of in some.groupby(["checkpoint", "layer"], sort=False):
            checkpoint, layer = str(key[0]), int(str(key[1]))
            ordered = points_of.sort_values("n")
            sizes, loss = ordered["n"].to_numpy(np.int64), ordered["value"].to_numpy(np.float64)
            sampled = stored(checkpoint, task, probe, f"{layer}/curve/task").astype(np.float64)
            of = base | {"checkpoint": checkpoint, "layer": layer, "n": int(sizes[-1])}
            ceiling = math.log2(classes[task])
            surplus = curve.surplus(sizes, sampled, goal, ceiling)
            rows.append(
                of
                | {"metric": "sdl", "unit": "bits", "value": float(curve.surplus(sizes, loss, goal, ceiling))}
                | dict(zip(("lower", "upper"), np.quantile(surplus, [0.025, 0.975]).tolist(), strict=True))
            )
            rows.append(of | {"metric": "esc", "unit": "items"} | _reached(sizes, loss, sampled, goal))
    return rows, notes


def value_of_dev(table: pd.DataFrame, **columns: str) -> float:
    """The value of the first row of no layer and dev with these columns."""
    wanted = pd.Series(columns | {"layer": -1, "split": "dev"})
    return float(table[(table[wanted.index] == wanted).all(axis=1)]["value"].iloc[0])


def _reached(sizes: np.ndarray, loss: np.ndarray, sampled: np.ndarray, goal: float) -> dict[str, float | None]:
    """Where ε is not reached the value is null and the lower end all of train; an upper end that no train reaches is null."""
    value = float(curve.sample_complexity(sizes, loss, goal))
    # Whole replicates, not means of two: one of them may be infinite.
    found = curve.sample_complexity(sizes, sampled, goal)
    lower, upper = np.quantile(found, [0.025, 0.975], method="inverted_cdf").tolist()
    if math.isinf(value):
        return {"value": None, "lower": float(min(lower, sizes[-1])), "upper": None}
    return {"value": value, "lower": float(min(lower, value)), "upper": None if math.isinf(upper) else upper}


def _doubts(task: str, goal: float, best: float, without: float) -> list[str]:
    if goal >= without:
        return [
            f"{task}: ε is {goal:.3f} bits, and the shares of train alone cost {without:.3f}: every curve is there before it has "
            "learned anything. Take a smaller --epsilon."
        ]
    if goal < best:
        return [
            f"{task}: ε is {goal:.3f} bits, below the {best:.3f} that the best layer comes to with all of train: no curve reaches it. "
            "Take a larger --epsilon."
        ]
    return []
