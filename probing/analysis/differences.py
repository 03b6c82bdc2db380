"""Differences between two checkpoints by layer: paired by stored items or replicates where both have the same, else from the table.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from probing.analysis.rows import curve_rows, matching, rows_over_seeds, values_over_seeds
from probing.errors import BadInput
from probing.measures import curve
from probing.measures.measure import Score
from probing.measures.scoring import resampled
from probing.measures.statistics import LEVEL as INTERVAL
from probing.measures.statistics import (
    benjamini_hochberg,
    detectable_from,
    mcnemar,
    normal_p,
    paired_detectable_difference,
    percentiles,
)

LEVEL = 0.05  # the false discovery rate that marks a cell
PLACES = ("sentence", "word", "end", "second_sentence", "second_word", "second_end")  # columns that say where an item stands
Parts = Callable[[pd.DataFrame], tuple[np.ndarray, np.ndarray]]


def _right(items: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return (items["gold"] == items["predicted"]).to_numpy(float), np.ones(len(items))


def _columns(over: str, under: str) -> Parts:
    return lambda items: (items[over].to_numpy(float), items[under].to_numpy(float))


# Metrics that are a sum over items by another: what each item gives to both.
RATIOS: dict[str, Parts] = {
    "accuracy": _right,
    "uuas": _columns("found", "arcs"),
    "root_accuracy": _columns("root_found", "roots"),
    "sp": _columns("sp", "words"),
}
REPLICATED = ("codelength", "esc")  # metrics of which cells keep replicates
COLUMNS = (
    *("task", "layer", "first_layer", "first", "second", "difference", "lower", "upper"),
    *("p", "adjusted", "least", "n", "paired"),
)


class ComparedCheckpoint(NamedTuple):
    """One checkpoint's part in a comparison: its name in the table, its number of layers, its items of one task (None: not at hand), and the
    replicates that its cell keeps by LAYER/code/task [B] and LAYER/curve/task [B, J]."""

    name: str
    depth: int
    items: pd.DataFrame | None
    replicates: Mapping[str, np.ndarray] = MappingProxyType({})


def matched(
    first_layers: Sequence[int], first_depth: int, second_layers: Sequence[int], second_depth: int
) -> list[tuple[int, int]]:
    """(first's, second's) layers: each of the second's with that of the first which is nearest in l/L, the lower of two as near."""
    if not len(first_layers):
        return []
    return [(min(first_layers, key=lambda i: (abs(i / first_depth - j / second_depth), i)), j) for j in second_layers]


def differences(
    table: pd.DataFrame, metric: str, split: str, task: str, probe: str, first: ComparedCheckpoint, second: ComparedCheckpoint
) -> pd.DataFrame:
    """Second minus first at each layer of the second: a row a layer, with COLUMNS; `adjusted` is still null.

    Paired where both have items and the metric is of items: interval by a bootstrap over sentences, p by McNemar's exact test for accuracy (of
    the first seed) and from the interval's width otherwise. A codelength and an εSC are paired where both cells keep replicates of the same
    sentences (`aligned`); the p of εSC is that of the ratio, on a log scale. Else the interval follows from both rows' own as if they were
    independent (Zou & Donner 2008), which is too wide for checkpoints that err on the same items. `least` is the least difference that
    would be seen (two-sided 5 %, power 80 %).

    Raises BadInput where the two did not answer the same items, or εSC is of other targets.
    """
    one, other = (_values(table, metric, split, task, probe, side.name) for side in (first, second))
    pairs = matched(list(one), first.depth, list(other), second.depth)
    of_items = bool(pairs) and metric in RATIOS and first.items is not None and second.items is not None
    replicates = (
        [_replicates_of(table, metric, task, probe, side) for side in (first, second)] if metric in REPLICATED else [{}, {}]
    )
    if metric == "esc":
        _same_target(table, task, probe, (first.name, second.name))
    same = aligned(table, task, probe, first.name, second.name)
    if of_items:
        assert first.items is not None
        assert second.items is not None
        was, now = (_by_layer(metric, items, split) for items in (first.items, second.items))
    found = []
    for i, j in pairs:
        row: dict[str, Any] = {"task": task, "layer": j, "first_layer": i, "paired": of_items}
        row |= {"first": one[i].value, "second": other[j].value}
        if of_items:
            row |= _paired(metric, was.get(i, {}), now.get(j, {}), (first.name, second.name))
        elif same and i in replicates[0] and j in replicates[1]:
            row |= {"paired": True} | _resampled(metric, (one[i], replicates[0][i]), (other[j], replicates[1][j]))
        else:
            row |= _unpaired(one[i], other[j])
        found.append(row)
    return pd.DataFrame(found, columns=list(COLUMNS)).assign(adjusted=np.nan)


def _values(table: pd.DataFrame, metric: str, split: str, task: str, probe: str, name: str) -> dict[int, Score]:
    """Layer → value of one checkpoint."""
    found = values_over_seeds(table, metric, split, task, probe)
    return {layer: score for (own, layer), score in found.items() if own == name and layer >= 0}


def aligned(table: pd.DataFrame, task: str, probe: str, first: str, second: str) -> bool:
    """Whether two checkpoints' replicates are of the same sentences, so that their differences are paired.

    Every cell draws sentences under one seed, so it is enough that both had the same. What the shares of train cost on dev, with its interval,
    is a fingerprint of the labels of both splits and of which sentences they stand in.
    """
    rows = rows_over_seeds(table, "v_entropy", "dev", task, probe)
    rows = rows[(rows["layer"] == -1) & rows["checkpoint"].isin((first, second))]
    intervals = rows[["value", "lower", "upper", "n"]].to_numpy(float)
    return len(intervals) == 2 and bool(np.array_equal(intervals[0], intervals[1]))


def _replicates_of(table: pd.DataFrame, metric: str, task: str, probe: str, side: ComparedCheckpoint) -> dict[int, np.ndarray]:
    """Layer → replicates [B] of the metric, as far as the cell keeps them."""
    if metric == "codelength":
        return {int(name.split("/")[0]): values for name, values in side.replicates.items() if name.endswith("/code/task")}
    goal = _epsilon(table, task, probe, side.name)
    if goal is None or not side.replicates:
        return {}
    rows = curve_rows(table[table["checkpoint"] == side.name], task, probe, "loss_at_n")
    sizes = {int(str(layer)): own["n"].to_numpy(float) for layer, own in rows[rows["labels"] == "task"].groupby("layer")}
    losses = {layer: side.replicates.get(f"{layer}/curve/task") for layer in sizes}
    return {
        layer: curve.sample_complexity(sizes[layer], values.astype(np.float64), goal)
        for layer, values in losses.items()
        if values is not None and values.shape[1] == len(sizes[layer])
    }


def _epsilon(table: pd.DataFrame, task: str, probe: str, name: str) -> float | None:
    rows = rows_over_seeds(table, "epsilon", "dev", task, probe)
    values = rows.loc[rows["checkpoint"] == name, "value"]
    return float(values.iloc[0]) if len(values) else None


def _same_target(table: pd.DataFrame, task: str, probe: str, names: tuple[str, str]) -> None:
    one, other = (_epsilon(table, task, probe, name) for name in names)
    if one is not None and other is not None and not np.isclose(one, other, rtol=1e-9):
        raise BadInput(
            f"The εSC of {names[0]} and {names[1]} on {task} are of other target losses ({one:.3f} and {other:.3f} bits): run both in one "
            "run, or both with one --epsilon."
        )


def largest(frames: Sequence[pd.DataFrame]) -> float:
    """The largest difference of all: where the colours of maps that stand together end, since on a scale of its own nothing looks like much."""
    sizes = [frame["difference"].abs().max() for frame in frames if len(frame)]
    return float(max((size for size in sizes if size == size), default=0.0))


def adjust(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows, `adjusted` by Benjamini and Hochberg over all of them: those that are shown together."""
    return frame.assign(adjusted=benjamini_hochberg(frame["p"].to_numpy(float)))


def together(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all frames of `differences` that are shown together, adjusted over all of them; no row where there is none."""
    found = [frame for frame in frames if len(frame)]
    return adjust(pd.concat(found, ignore_index=True)) if found else pd.DataFrame(columns=list(COLUMNS))


def place(row: Mapping[Any, Any], first: str) -> str:
    """`layer 2`, and where the two have other numbers of layers also the one of `first` that it is compared with."""
    own, other = int(row["layer"]), int(row["first_layer"])
    return f"layer {own}" if own == other else f"layer {own} (against layer {other} of {first})"


def summary(frame: pd.DataFrame, first: str, second: str, metric: str) -> str:
    """What the cells of an adjusted frame say together, counted from them."""
    known = frame[frame["adjusted"].notna()]
    if known.empty:
        return f"No cell of {second} against {first} has an interval, so no difference can be tested."
    sure = known[known["adjusted"] <= LEVEL]
    sentence = f"{len(sure)} of {len(known)} cells differ at 5 % after Benjamini–Hochberg"
    if len(sure):
        above = int((sure["difference"] > 0).sum())
        most = sure.iloc[int(sure["difference"].abs().to_numpy().argmax())]
        sentence += (
            f": {second} is higher in {above} and lower in {len(sure) - above}; the largest is {most['task']} at {place(most.to_dict(), first)}, "
            f"{_interval(most, metric)}"
        )
    least = known["least"].median()
    sentence += f". In a typical cell a difference under {_size(least, metric).lstrip('+')} is too small to detect here."
    if not known["paired"].all():
        sentence += " The intervals are unpaired, so they detect small differences less often than paired ones."
    return sentence


def headline(frame: pd.DataFrame, first: str, second: str, metric: str) -> str:
    """The finding of an adjusted frame in one sentence."""
    known = frame[frame["adjusted"].notna()]
    if known.empty:
        return f"{second} against {first}: no cell has an interval, so no difference can be tested."
    sure = known[known["adjusted"] <= LEVEL]
    if sure.empty:
        least = _size(known["least"].median(), metric).lstrip("+")
        cells = f"any of {len(known)} cells" if len(known) > 1 else "the one cell"
        return f"{second} does not differ significantly from {first} in {cells}; under {least} is too small to detect."
    most = sure.iloc[int(sure["difference"].abs().to_numpy().argmax())]
    return (
        f"{second} differs from {first} in {len(sure)} of {len(known)} cells, most on {most['task']} at {place(most.to_dict(), first)}: "
        f"{_interval(most, metric)}."
    )


def shown_tasks(frames: Sequence[pd.DataFrame], tasks: Sequence[str], first: str | None, most: int) -> list[str]:
    """At most so many of `tasks`, in their order: `first`, then those with the largest significant differences, then the others."""
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
    here = [task for task in tasks if (rows["task"] == task).any()]
    size = rows.assign(size=rows["difference"].abs())[rows["adjusted"] <= LEVEL].groupby("task")["size"].max()
    ranked = sorted(here, key=lambda task: (task != first, -float(size.get(task, 0.0))))[:most]
    return [task for task in here if task in ranked]


def _interval(row: pd.Series, metric: str) -> str:
    """The difference with its interval, whose unit is that of the difference."""
    lower, upper = (_size(row[end], metric).removesuffix(" points") for end in ("lower", "upper"))
    return f"{_size(row['difference'], metric)} [{lower}, {upper}]"


def _size(value: float, metric: str) -> str:
    return f"{100 * value:+.1f} points" if metric in ("accuracy", "uuas", "root_accuracy") else f"{value:+,.3g}"


class _Answers(NamedTuple):
    """The N items of a layer and seed: where they stand [N, places], their gold labels [N] or None, and what each gives to a ratio [N]."""

    places: np.ndarray
    gold: np.ndarray | None
    over: np.ndarray
    under: np.ndarray

    def take(self, which: np.ndarray) -> _Answers:
        return _Answers(self.places[which], None if self.gold is None else self.gold[which], self.over[which], self.under[which])


def _by_layer(metric: str, items: pd.DataFrame, split: str) -> dict[int, dict[int, _Answers]]:
    """Layer → seed (-1: none) → answers. The columns are read once for all layers."""
    rows = matching(items, split=split)
    layers, seeds = rows["layer"].to_numpy(int), rows["seed"].fillna(-1).to_numpy(int)
    places = rows[[name for name in PLACES if name in rows]].fillna(-1).to_numpy(np.int64)
    every = _Answers(places, rows["gold"].to_numpy() if "gold" in rows else None, *RATIOS[metric](rows))
    order = np.lexsort((seeds, layers))
    begins = np.flatnonzero(np.diff(layers[order], prepend=-2) | np.diff(seeds[order], prepend=-2))
    found: dict[int, dict[int, _Answers]] = {}
    for which in np.split(order, begins[1:]) if len(order) else ():
        found.setdefault(int(layers[which[0]]), {})[int(seeds[which[0]])] = every.take(which)
    return found


def _in_common(first: _Answers, second: _Answers) -> tuple[_Answers, _Answers]:
    """The items that both have, in one order."""
    if np.array_equal(first.places, second.places):  # as in one run
        return first, second
    width = first.places.shape[1]
    keys = [np.ascontiguousarray(one.places).view([("", np.int64)] * width)[:, 0] for one in (first, second)]
    _, one, other = np.intersect1d(keys[0], keys[1], return_indices=True)
    return first.take(one), second.take(other)


def _paired(metric: str, first: Mapping[int, _Answers], second: Mapping[int, _Answers], names: tuple[str, str]) -> dict[str, Any]:
    sums, answers = [], []
    for seed in sorted(first.keys() & second.keys()):
        one, other = _in_common(first[seed], second[seed])
        if one.gold is not None and other.gold is not None and (one.gold != other.gold).any():
            raise BadInput(
                f"{names[0]} and {names[1]} answered other items, so their answers cannot be paired: compare them in one run."
            )
        parts = [other.over, other.under, one.over, one.under]
        _, place = np.unique(one.places[:, 0], return_inverse=True)
        sums.append(np.stack([np.bincount(place, part) for part in parts], 1))
        answers.append((one.over > 0, other.over > 0))
    if not sums or not len(sums[0]):
        raise BadInput(f"{names[0]} and {names[1]} share no items, so their answers cannot be paired: compare them in one run.")
    score = resampled(sums, _difference, len(answers[0][0]))
    row: dict[str, Any] = {"difference": score.value, "lower": score.lower, "upper": score.upper, "n": score.n}
    if metric == "accuracy":
        was, now = answers[0]
        return row | {"p": mcnemar(was, now), "least": paired_detectable_difference(score.n, int((was != now).sum()))}
    return row | {"p": normal_p(*score[:3]), "least": detectable_from(score.lower, score.upper)}


def _difference(totals: np.ndarray) -> np.ndarray:
    """[B, 4] → [B]: a ratio less another."""
    return totals[:, 0] / totals[:, 1] - totals[:, 2] / totals[:, 3]


def _resampled(metric: str, first: tuple[Score, np.ndarray], second: tuple[Score, np.ndarray]) -> dict[str, Any]:
    """From two values and replicates [B] of the same draws. Bounds, p and `least` are NaN where too many replicates reach no εSC."""
    (one, was), (other, now) = first, second
    finite = np.isfinite(was) & np.isfinite(now)
    value, n = other.value - one.value, min(one.n, other.n) or None
    # With 2.5 % on either side beyond train, an end of the interval would be unknown too.
    if np.isnan(value) or (~finite).mean() > (1 - INTERVAL) / 2:
        return {"difference": value, "n": n} | dict.fromkeys(("lower", "upper", "p", "least"), float("nan"))
    lower, upper = percentiles(now[finite] - was[finite])
    row = {"difference": value, "lower": lower, "upper": upper, "least": detectable_from(lower, upper), "n": n}
    if metric != "esc":
        return row | {"p": normal_p(value, lower, upper)}
    return row | {"p": normal_p(float(np.log(other.value / one.value)), *percentiles(np.log(now[finite] / was[finite])))}


def _unpaired(first: Score, second: Score) -> dict[str, Any]:
    """From two values with intervals of their own (the square-and-add rule)."""
    value = second.value - first.value
    lower = value - float(np.hypot(second.value - second.lower, first.upper - first.value))
    upper = value + float(np.hypot(second.upper - second.value, first.value - first.lower))
    row = {"difference": value, "lower": lower, "upper": upper, "n": min(first.n, second.n) or None}
    return row | {"p": normal_p(value, lower, upper), "least": detectable_from(lower, upper)}
