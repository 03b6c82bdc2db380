"""How many items of train each layer needs to reach a target loss, as tidy rows and in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from probing.analysis.loss_curves import Key, LossCurves
from probing.analysis.rows import LayerQuestion
from probing.measures import curve
from probing.measures.effort import sample_complexity
from probing.measures.statistics import LEVEL

NAMED = 3  # checkpoints, or layers, that a sentence names before it counts them


class DataNeeded(NamedTuple):
    """`of` are the curves [P] and `items` [P] what each needs for a loss of `epsilon`, with 95 % intervals; infinite where all of train is not
    enough."""

    of: LossCurves
    epsilon: float
    items: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @property
    def most(self) -> float:
        """All items of train."""
        return float(self.of.curves.sizes[-1])


def data_needed(of: LossCurves, epsilon: float) -> DataNeeded:
    return DataNeeded(of, epsilon, *sample_complexity(of.curves, epsilon))


def question(task: str, probe: str, metric: str, keys: Sequence[Key], *columns: np.ndarray) -> LayerQuestion:
    """A chart by layer of what is computed here and not stored: value, lower and upper [P] of each of `keys`. Infinite is not known."""
    value, lower, upper = (np.where(np.isfinite(column), column, np.nan) for column in columns)
    rows = pd.DataFrame({"checkpoint": [name for name, _ in keys], "layer": [layer for _, layer in keys], "value": value})
    rows = rows.assign(lower=lower, upper=upper, n=np.nan, seed=np.nan, setting="{}")
    return LayerQuestion(rows.assign(task=task, probe=probe, metric=metric, split="dev"), metric, "dev", task, probe)


def by_layer(found: DataNeeded, task: str, probe: str) -> LayerQuestion:
    """εSC by layer. Where all of train is not enough, the value is missing and its lower end is all of train."""
    least = np.where(np.isinf(found.items), found.most, np.minimum(found.lower, found.most))
    return question(task, probe, "esc", found.of.keys, found.items, least, found.upper)


def headline(found: DataNeeded, names: Sequence[str], task: str, n: float) -> str:
    """One line on who needs the least data, a second on the others, and a third on what `n` items give where they are not all of train.

    Of one checkpoint its easiest and its hardest layers are compared, of several their easiest layers.
    """
    best = {name: place for name in names if (place := _easiest(found, name)) is not None}
    if not best:
        return ""
    if np.isinf([found.items[place] for place in best.values()]).all():
        place = min(best.values(), key=lambda one: found.of.curves.loss[one, -1])
        name, layer = found.of.keys[place]
        return (
            f"No layer reaches {found.epsilon:.2f} bits an item on {task} with all {found.most:,.0f} items of train; "
            f"layer {layer} of {name} comes closest, with {found.of.curves.loss[place, -1]:.2f}."
        )
    lines = _of_one(found, *best.popitem(), task) if len(best) == 1 else _of_several(found, best, task)
    return "\n".join([*lines, *_at(found, names, n)])


def _easiest(found: DataNeeded, name: str) -> int | None:
    own = [place for place, key in enumerate(found.of.keys) if key[0] == name]
    return min(own, key=lambda place: (found.items[place], found.of.curves.loss[place, -1]), default=None)


def _of_one(found: DataNeeded, name: str, easy: int, task: str) -> list[str]:
    own = [place for place, key in enumerate(found.of.keys) if key[0] == name and place != easy]
    least = f"For {found.epsilon:.2f} bits an item on {task}, layer {found.of.keys[easy][1]} of {name} needs {found.items[easy]:,.0f} items"
    never = [found.of.keys[place][1] for place in own if np.isinf(found.items[place])]
    if never:
        layers = (
            f"layer {never[0]}"
            if len(never) == 1
            else f"layers {_list(never)}"
            if len(never) <= NAMED
            else f"{len(never)} others"
        )
        return [f"{least}, {layers} more than {found.most:,.0f}."]
    if not own:
        return [f"{least}."]
    hard = max(own, key=lambda place: found.items[place])
    return [f"{least}, layer {found.of.keys[hard][1]} {found.items[hard]:,.0f}."]


def _of_several(found: DataNeeded, best: dict[str, int], task: str) -> list[str]:
    order = sorted(best, key=lambda name: (found.items[best[name]], found.of.curves.loss[best[name], -1]))
    first, others = order[0], order[1:]
    told, alike = [], []
    for name in others:
        place = best[name]
        if np.isinf(found.items[place]):
            told.append(f"{name} more than {found.most:,.0f}")
            continue
        ratio, low, high = _ratio(found, best[first], place)
        ends = f"at least {low:.1f}" if np.isinf(high) else f"{low:.1f} to {high:.1f}"
        told.append(f"{name} {found.items[place]:,.0f} at layer {found.of.keys[place][1]} ({ratio:.1f} times as many, {ends})")
        if low <= 1:
            alike.append(name)
    lead = (
        f"{first} needs the {'fewest items' if alike else 'least data'} for {task}: {found.items[best[first]]:,.0f} items, at layer "
        f"{found.of.keys[best[first]][1]}, for {found.epsilon:.2f} bits an item."
    )
    if alike:
        lead += f" {_list(alike)} may need as few: the difference is not significant."
    more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
    return [lead, f"Compared: {'; '.join(told[:NAMED])}{more}."]


def _ratio(found: DataNeeded, easy: int, hard: int) -> tuple[float, float, float]:
    """How many times as many items `hard` needs, with its 95 % interval; both are resampled together."""
    losses = found.of.curves.losses[[easy, hard]]
    one, other = curve.sample_complexity(found.of.curves.sizes, losses, found.epsilon)
    # An infinite need of both is a ratio of at least 1.
    ratios = np.where(np.isinf(one), np.where(np.isinf(other), 1.0, 0.0), other / np.where(np.isinf(one), 1.0, one))
    low, high = np.quantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    return float(found.items[hard] / found.items[easy]), float(low), float(high)


def _at(found: DataNeeded, names: Sequence[str], n: float) -> list[str]:
    """What those reach who have `n` items; nothing where that is all of train."""
    if n >= found.most:
        return []
    own = [place for place, key in enumerate(found.of.keys) if key[0] in names]
    accuracy = curve.loss_at(found.of.curves.sizes, found.of.curves.accuracy, max(n, found.of.curves.sizes[0]), np.nan)
    place = max(own, key=lambda one: -np.inf if np.isnan(accuracy[one]) else accuracy[one])
    reached = int((found.items[own] <= n).sum())
    name, layer = found.of.keys[place]
    count = "none" if not reached else "all" if reached == len(own) else f"{reached}"
    return [
        f"With {n:,.0f} items {count} of these {len(own)} layers {'reaches' if reached == 1 else 'reach'} it; the most accurate is layer {layer} of "
        f"{name}: {accuracy[place]:.3f} on dev."
    ]


def _list(names: Sequence[object]) -> str:
    shown = [*map(str, names[:NAMED]), *([f"{len(names) - NAMED} more"] if len(names) > NAMED else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
