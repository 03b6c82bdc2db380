"""Tidy table and stored replicates → the loss-data curves of one task and probe, side by side. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from probing.analysis.rows import curve_rows
from probing.measures.effort import Curves

Key = tuple[str, int]  # checkpoint, layer


class LossCurves(NamedTuple):
    """`keys` [P] and their curves; `apart` names the checkpoints whose sizes are others, and which are not among them."""

    keys: list[Key]
    curves: Curves
    apart: list[str]

    def some(self, wanted: Callable[[Key], bool]) -> LossCurves:
        """Those whose key is wanted."""
        chosen = [place for place, key in enumerate(self.keys) if wanted(key)]
        of = self.curves
        less = of._replace(loss=of.loss[chosen], losses=of.losses[chosen], accuracy=of.accuracy[chosen], code=of.code[chosen])
        return LossCurves([self.keys[place] for place in chosen], less, self.apart)


def collect(
    table: pd.DataFrame, task: str, probe: str, classes: int, losses: Callable[[str, int], np.ndarray | None]
) -> LossCurves | None:
    """`losses(checkpoint, layer)` gives the replicates [B, J], None where they are not kept. None where there is no curve.

    Curves of one set of sizes compare: the set that most have is taken.
    """
    found: dict[tuple[int, ...], list[tuple[Key, tuple[np.ndarray, ...]]]] = {}
    by = {metric: _by_key(curve_rows(table, task, probe, metric)) for metric in ("loss_at_n", "accuracy_at_n", "codelength")}
    for key, (sizes, loss) in by["loss_at_n"].items():
        replicates, accuracy, code = losses(*key), by["accuracy_at_n"].get(key), by["codelength"].get(key)
        if replicates is None or accuracy is None or code is None:
            continue
        if len(sizes) == replicates.shape[1] == len(accuracy[1]) == len(code[1]):
            own = (loss, replicates.astype(np.float64), accuracy[1], code[1])
            found.setdefault(tuple(sizes.tolist()), []).append((key, own))
    if not found:
        return None
    common = max(found, key=lambda some: len(found[some]))
    keys, mine = zip(*found[common], strict=True)
    stacked = dict(zip(("loss", "losses", "accuracy", "code"), map(np.stack, zip(*mine, strict=True)), strict=True))
    curves = Curves(sizes=np.array(common, np.float64), ceiling=math.log2(classes), **stacked)
    others = {key[0] for some, rows in found.items() if some != common for key, _ in rows}
    return LossCurves(list(keys), curves, sorted(others))


def _by_key(rows: pd.DataFrame) -> dict[Key, tuple[np.ndarray, np.ndarray]]:
    rows = rows[rows["labels"] == "task"]
    return {
        (str(checkpoint), int(str(layer))): (own["n"].to_numpy(np.int64), own["value"].to_numpy(np.float64))
        for (checkpoint, layer), own in rows.groupby(["checkpoint", "layer"], sort=False, observed=True)
    }


def title(key: Key) -> str:
    return f"{key[0]}, layer {key[1]}"
