"""What probes reach without the model (random weights, answers without vectors), and curves as differences from a base. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from probing.analysis.rows import rows_over_seeds
from probing.measures import MEASURES

WITHOUT_VECTORS = ("bag of words", "length", "position")


def trivial(table: pd.DataFrame, metric: str, split: str, task: str, probe: str) -> dict[str, list[float]]:
    """What is answered without any vector, by name; a value for each different one, since runs on other test sentences have another."""
    found = {"majority": rows_over_seeds(table, "majority", split, task, probe)} if metric == "accuracy" else {}
    for name in WITHOUT_VECTORS:
        rows = rows_over_seeds(table, metric, split, task, probe, f'{{"baseline":"{name}"}}')
        found[name] = rows[rows["layer"] == -1]
    values = {name: np.unique(rows["value"].dropna().to_numpy(float)).tolist() for name, rows in found.items()}
    return {name: one for name, one in values.items() if one}


def floor(
    table: pd.DataFrame,
    metric: str,
    split: str,
    task: str,
    probe: str,
    baselines: Sequence[str],
    depths: Mapping[str, int] | None = None,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The best of the baselines at each place: places (layers, or with `depths` layer / layers), values, and what the baselines are.

    Empty where nothing is known. Of a measure of which less is better, the best is the lowest.
    """
    rows = rows_over_seeds(table, metric, split, task, probe)
    rows = rows[rows["checkpoint"].isin(list(baselines)) & (rows["layer"] >= 0)].dropna(subset=["value"])
    scale = np.array([depths[str(name)] if depths else 1 for name in rows["checkpoint"]], dtype=float)
    found = pd.DataFrame({"x": rows["layer"].to_numpy(float) / scale, "value": rows["value"].to_numpy(float)})
    less = MEASURES.get(metric).better == "less"
    best = found.groupby("x")["value"].min() if less else found.groupby("x")["value"].max()
    names = ["random weights"] if len(best) else []
    for name, values in trivial(table, metric, split, task, probe).items():
        if not len(best):
            layers = table.loc[(table["task"] == task) & (table["probe"] == probe) & (table["layer"] >= 0), "layer"]
            best = pd.Series(min(values) if less else max(values), index=[0.0, 1.0 if depths else float(layers.max())])
        best = best.clip(upper=min(values)) if less else best.clip(lower=max(values))
        names.append(name)
    return best.index.to_numpy(float), best.to_numpy(float), names


def minus_base(
    table: pd.DataFrame, metric: str, split: str, task: str, probe: str, base: str, layers: Mapping[str, int]
) -> pd.DataFrame:
    """The rows of the measure by layer, each less that of the base at the same layer, or at the same relative depth where depths differ.

    Intervals are left out: those of two curves say nothing of their difference. `layers` are those of each checkpoint; the base itself is 0.
    """
    rows = rows_over_seeds(table, metric, split, task, probe)
    rows = rows[rows["layer"] >= 0]
    own = rows[rows["checkpoint"] == base].dropna(subset=["value"])
    if own.empty:
        return rows.iloc[:0]
    names = rows["checkpoint"].astype(str)
    at = rows["layer"].to_numpy(float) * layers[base] / np.array([layers.get(name, layers[base]) for name in names])
    reference = np.interp(at, own["layer"].to_numpy(float), own["value"].to_numpy(float))
    return rows.assign(value=rows["value"].to_numpy(float) - reference, lower=np.nan, upper=np.nan)


def highlights(
    table: pd.DataFrame,
    metric: str,
    split: str,
    task: str,
    probe: str,
    checkpoints: Sequence[str],
    chosen: Mapping[str, int | None],
) -> list[tuple[str, int, float]]:
    """(checkpoint, layer, value) for each: at the layer that dev chose (`chosen`), or where dev chose none at the best one."""
    rows = rows_over_seeds(table, metric, split, task, probe)
    rows = rows[rows["layer"] >= 0].dropna(subset=["value"])
    found = []
    for name in checkpoints:
        own = rows[rows["checkpoint"] == name].set_index("layer")["value"]
        if own.empty:
            continue
        values = own.to_numpy(float)
        best = values.argmin() if MEASURES.get(metric).better == "less" else values.argmax()
        layer = chosen.get(name)
        layer = int(own.index[int(best)]) if layer is None or layer not in own.index else layer
        found.append((name, layer, float(own[layer])))
    return found


def headline(
    found: Sequence[tuple[str, int, float]],
    metric: str,
    task: str,
    chosen: Mapping[str, int | None],
    level: float | None,
) -> str:
    """The finding of a chart by layer in one sentence, about the measure that is drawn. `level`: what the baselines reach at the base's layer."""
    if not found:
        return ""
    axis = MEASURES.get(metric).axis or metric
    name, layer, value = found[0]
    how = (
        "chosen on dev"
        if chosen.get(name) == layer
        else "lowest here"
        if MEASURES.get(metric).better == "less"
        else "highest here"
    )
    sentence = f"{name}: {axis} {value:.3f} for {task} at layer {layer} ({how})"
    if level is not None:
        sentence += f"; its baselines reach {level:.3f}"
    others = [f"{other} {number:.3f} at layer {place}" for other, place, number in found[1:4]]
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    return sentence + (f". Compared: {', '.join(others)}{more}." if others else ".")
