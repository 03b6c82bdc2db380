"""Seed noise: differences between seeds of one method beside differences between methods, of fine-tuned checkpoints. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from probing.analysis.differences import PLACES, RATIOS
from probing.errors import BadInput
from probing.measures.measure import Score
from probing.measures.statistics import sentence_weights

if TYPE_CHECKING:
    from probing.records.run import Lineage

ALL = "all tasks"
# What checkpoints that are compared with each other share; older records lack the last two.
SAME = ("parent_fingerprint", "task", "data_hash", "train", "steps", "columns", "batch")
RECIPE = {"learning_rate", "weight", "init_probe"}  # what seeds of one method share beside


class SeedGroup(NamedTuple):
    """Products that differ by seed and method alone: `methods` by name, each the names of its checkpoints, one a seed."""

    task: str
    data: str
    train: int
    steps: int
    methods: dict[str, tuple[str, ...]]

    @property
    def title(self) -> str:
        methods = ", ".join(f"{method} × {len(names)}" for method, names in self.methods.items())
        return f"{self.task} on {self.data}, {self.train:,} sentences, {self.steps:,} steps: {methods}"

    @property
    def repeated(self) -> list[str]:
        """The methods with two seeds or more."""
        return [method for method, names in self.methods.items() if len(names) > 1]


def seed_groups(lineages: Mapping[str, Lineage | None]) -> list[SeedGroup]:
    """Checkpoint → lineage, as a run records it → groups that are compared: arms in which some method has two seeds, the most first."""
    found: dict[tuple[Any, ...], dict[tuple[str, str], dict[Any, str]]] = {}
    for name, lineage in lineages.items():
        if lineage is None or lineage.how != "finetune":
            continue
        shared = tuple(lineage.model_dump_json(include={name}) for name in SAME)
        recipe = (str(lineage.method), lineage.model_dump_json(include=RECIPE))
        seeds = found.setdefault(shared, {}).setdefault(recipe, {})
        seeds.setdefault(lineage.seed, name)
    made = []
    for recipes in found.values():
        several = Counter(method for method, _ in recipes)
        named = {
            method if several[method] == 1 else f"{method}, {_rate(lineages[next(iter(seeds.values()))])}": tuple(seeds.values())
            for (method, _), seeds in recipes.items()
        }
        one = lineages[next(iter(next(iter(named.values()))))]
        if one is not None:
            made.append(SeedGroup(str(one.task), str(one.data), one.train or 0, one.steps or 0, named))
    return sorted((group for group in made if group.repeated), key=lambda group: -sum(map(len, group.methods.values())))


def _rate(lineage: Lineage | None) -> str:
    """What tells two recipes of one method apart."""
    rates = lineage.learning_rate if lineage else None
    more = [f"weight {lineage.weight:g}"] if lineage and lineage.weight else []
    return ", ".join([f"rate {rates and (rates.encoder or rates.head)}", *more])


class SeedNoise(NamedTuple):
    """`cells`: task (also ALL, their mean), layer, seeds, methods: mean |Δ| between seeds of a method and between methods, NaN where there are none.

    `seeds`, `methods` and `more` (methods less seeds) are means over all cells with 95 % intervals; NaN where there is none.
    """

    cells: pd.DataFrame
    seeds: Score
    methods: Score
    more: Score


def seed_noise(
    group: SeedGroup, metric: str, split: str, tasks: Sequence[str], items: Callable[[str, str], pd.DataFrame | None]
) -> SeedNoise:
    """`items(checkpoint, task)` are those that its cell keeps, None where it has no such cell; tasks that not all have are left out.

    Intervals draw the sentences of `split`, the same for all checkpoints: they hold for these seeds, not for others that were not trained. As the
    mean of sizes grows with noise, replicates are moved so that their mean is the value. Raises BadInput where no task is common.
    """
    names = [name for some in group.methods.values() for name in some]
    whose = [method for method, some in group.methods.items() for _ in some]
    pairs = [*combinations(range(len(names)), 2)]
    same = np.array([whose[i] == whose[j] for i, j in pairs])
    rows: list[dict[str, Any]] = []
    sampled: list[np.ndarray] = []  # a cell: [2, B], between seeds and between methods
    for task in tasks:
        sides = [items(name, task) for name in names]
        if any(side is None for side in sides):
            continue
        own = [side[side["split"] == split] for side in sides if side is not None]
        for layer in sorted(set.intersection(*({int(at) for at in side["layer"].unique()} for side in own))):
            value, replicates = _scores(metric, [side[side["layer"] == layer] for side in own], names)
            gaps = np.stack([np.abs(value[i] - value[j]) for i, j in pairs])
            redrawn = np.stack([np.abs(replicates[i] - replicates[j]) for i, j in pairs])
            rows.append({"task": task, "layer": layer, "seeds": _mean(gaps, same), "methods": _mean(gaps, ~same)})
            sampled.append(np.stack([_mean(redrawn, same), _mean(redrawn, ~same)]))
    if not rows:
        raise BadInput(f"No task was measured for all of {', '.join(names)} with this probe: run them with the same tasks.")
    cells = pd.DataFrame(rows)
    mean = cells.groupby("layer", as_index=False)[["seeds", "methods"]].mean().assign(task=ALL)
    seeds, methods = np.mean(sampled, 0)
    mean_of = cells[["seeds", "methods"]].mean()
    return SeedNoise(
        pd.concat([cells, mean], ignore_index=True) if cells["task"].nunique() > 1 else cells,
        _size(_score(float(mean_of["seeds"]), seeds, len(cells))),
        _size(_score(float(mean_of["methods"]), methods, len(cells))),
        _score(float(mean_of["methods"] - mean_of["seeds"]), methods - seeds, len(cells)),
    )


def _size(score: Score) -> Score:
    """A size is not below 0, and so is no end of its interval."""
    return score._replace(lower=float(np.maximum(score.lower, 0.0)))


def _mean(gaps: np.ndarray, chosen: np.ndarray) -> Any:
    """Over the pairs kept; NaN where there is none."""
    return gaps[chosen].mean(0) if chosen.any() else np.full(gaps.shape[1:], np.nan)[()]


def _score(value: float, replicates: np.ndarray, count: int) -> Score:
    return Score.of(value, replicates - replicates.mean() + value, count)


def _scores(metric: str, sides: Sequence[pd.DataFrame], names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """[P] values of the metric on the items that all have, and [P, B] replicates; the probe's seeds are added up."""
    keys = [column for column in PLACES if column in sides[0]]
    sums = []
    for side in sides:
        over, under = RATIOS[metric](side)
        sums.append(side[keys].assign(over=over, under=under).groupby(keys).sum())
    common = reduce(pd.Index.intersection, [one.index for one in sums])
    if not len(common):
        raise BadInput(f"{', '.join(names)} share no items, so their answers cannot be paired: compare them in one run.")
    _, place = np.unique(common.get_level_values("sentence"), return_inverse=True)
    parts = [one.reindex(common) for one in sums]
    over, under = (np.stack([np.bincount(place, part[column]) for part in parts]) for column in ("over", "under"))  # [P, S]
    weights = sentence_weights(over.shape[1])
    return over.sum(1) / under.sum(1), (over @ weights.T) / (under @ weights.T)


def summary(found: SeedNoise, group: SeedGroup, scale: float, unit: str) -> str:
    """Whether seeds differ less than methods, or that the data do not show it."""

    def said(score: Score) -> str:
        return f"{scale * score.value:.2g} [{scale * score.lower:.2g}, {scale * score.upper:.2g}] {unit}"

    between = f"Two seeds of one method differ by {said(found.seeds)} on average over layers and tasks"
    if len(group.methods) < 2:
        return f"{between}; only {next(iter(group.methods))} was trained like this, so there is no difference between methods to compare."
    both = f"{between}, two methods by {said(found.methods)}"
    if len(group.repeated) < len(group.methods):
        single = ", ".join(method for method in group.methods if method not in group.repeated)
        return f"{both}; whether methods differ more is unclear, because {single} has one seed."
    if found.more.lower > 0:
        return f"{both}: seeds differ less than methods, by {said(found.more)}."
    if found.more.upper < 0:
        return f"{both}: methods differ less than seeds do, so a difference between methods is within seed noise."
    return f"{both}: which differ more is not significant (methods less seeds: {said(found.more)})."
