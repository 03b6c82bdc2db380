"""What probes reach without the model (random weights, answers without vectors), and curves as differences from a base. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from probing.analysis.rows import LayerQuestion, matching, rows_over_seeds
from probing.measures import MEASURES

# What needs no vector, by its title: what its rows' setting calls it.
WITHOUT_VECTORS = {name: name for name in ("bag of words", "length", "position")} | {
    "linear chain": "chain",
    "constant depth": "constant",
}


def trivial(question: LayerQuestion) -> dict[str, list[float]]:
    """What is answered without any vector, by name; a value for each different one, since runs on other test sentences have another."""
    found = {"majority": rows_over_seeds(*question._replace(metric="majority"))} if question.metric == "accuracy" else {}
    for name, setting in WITHOUT_VECTORS.items():
        rows = rows_over_seeds(*question, f'{{"baseline":"{setting}"}}')
        found[name] = rows[rows["layer"] == -1]
    values = {name: np.unique(rows["value"].dropna().to_numpy(float)).tolist() for name, rows in found.items()}
    return {name: one for name, one in values.items() if one}


def floor(
    question: LayerQuestion, baselines: Sequence[str], depths: Mapping[str, int] | None = None
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The best of the baselines at each place: places (layers, or with `depths` layer / layers), values, and what the baselines are.

    Empty where nothing is known. Of a measure of which less is better, the best is the lowest.
    """
    rows = rows_over_seeds(*question)
    rows = rows[rows["checkpoint"].isin(list(baselines)) & (rows["layer"] >= 0)].dropna(subset=["value"])
    scale = np.array([depths[str(name)] if depths else 1 for name in rows["checkpoint"]], dtype=float)
    found = pd.DataFrame({"x": rows["layer"].to_numpy(float) / scale, "value": rows["value"].to_numpy(float)})
    less = MEASURES.get(question.metric).better == "less"
    best = found.groupby("x")["value"].min() if less else found.groupby("x")["value"].max()
    names = ["random weights"] if len(best) else []
    for name, values in trivial(question).items():
        if not len(best):
            layers = matching(question.table, task=question.task, probe=question.probe)["layer"]
            best = pd.Series(min(values) if less else max(values), index=[0.0, 1.0 if depths else float(layers.max())])
        best = best.clip(upper=min(values)) if less else best.clip(lower=max(values))
        names.append(name)
    return best.index.to_numpy(float), best.to_numpy(float), names


def minus_base(question: LayerQuestion, base: str, layers: Mapping[str, int]) -> LayerQuestion:
    """The same of rows by layer that are each less that of the base at the same layer, or at the same relative depth where depths differ.

    Intervals are left out: those of two curves say nothing of their difference. `layers` are those of each checkpoint; the base itself is 0.
    """
    rows = rows_over_seeds(*question)
    rows = rows[rows["layer"] >= 0]
    own = rows[rows["checkpoint"] == base].dropna(subset=["value"])
    if own.empty:
        return question._replace(table=rows.iloc[:0])
    names = rows["checkpoint"].astype(str)
    at = rows["layer"].to_numpy(float) * layers[base] / np.array([layers.get(name, layers[base]) for name in names])
    reference = np.interp(at, own["layer"].to_numpy(float), own["value"].to_numpy(float))
    return question._replace(table=rows.assign(value=rows["value"].to_numpy(float) - reference, lower=np.nan, upper=np.nan))


def highlights(
    question: LayerQuestion, checkpoints: Sequence[str], chosen: Mapping[str, int | None]
) -> list[tuple[str, int, float]]:
    """(checkpoint, layer, value) for each: at the layer that dev chose (`chosen`), or where dev chose none at the best one."""
    rows = rows_over_seeds(*question)
    rows = rows[rows["layer"] >= 0].dropna(subset=["value"])
    found = []
    for name in checkpoints:
        own = rows[rows["checkpoint"] == name].set_index("layer")["value"]
        if own.empty:
            continue
        values = own.to_numpy(float)
        best = values.argmin() if MEASURES.get(question.metric).better == "less" else values.argmax()
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
    best: tuple[int, float] | None = None,
) -> str:
    """The finding of a chart by layer in one sentence, about the measure that is drawn. `level`: what the baselines reach at the base's layer;
    `best`: layer and value where the base's curve is best, told where dev chose another layer."""
    if not found:
        return ""
    axis = MEASURES.get(metric).axis or metric
    name, layer, value = found[0]
    extreme = "lowest here" if MEASURES.get(metric).better == "less" else "highest here"
    how = "chosen on dev" if chosen.get(name) == layer else extreme
    if best is not None and best[0] != layer and f"{best[1]:.3f}" != f"{value:.3f}":
        how += f"; {extreme} {best[1]:.3f} at layer {best[0]}"
    sentence = f"{name}: {axis} {value:.3f} for {task} at layer {layer} ({how})"
    if level is not None:
        sentence += f"; its baselines reach {level:.3f}"
    others = [f"{other} {number:.3f} at layer {place}" for other, place, number in found[1:4]]
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    return sentence + (f". Compared: {', '.join(others)}{more}." if others else ".")


def finding(
    question: LayerQuestion, checkpoints: Sequence[str], baselines: Sequence[str], chosen: Mapping[str, int | None]
) -> str:
    """`headline` of the question: the first of `checkpoints` and its baselines at the layer that dev chose, the others beside it."""
    found = highlights(question, checkpoints, chosen)
    x, values, _ = floor(question, baselines)
    level = float(values[x == found[0][1]][0]) if found and (x == found[0][1]).any() else None
    best = [(layer, value) for _, layer, value in highlights(question, checkpoints[:1], {})]
    return headline(found, question.metric, question.task, chosen, level, best[0] if best else None)
