"""What a measure is: a number of the tidy table, its card, and all that lists, menus and figures need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, SupportsFloat

import numpy as np

from probing.measures.statistics import percentiles
from probing.registry import Card, Registry


class Score(NamedTuple):
    """A value with its 95 % interval, NaN where it has none, and the number of items scored."""

    value: float
    lower: float
    upper: float
    n: int

    @classmethod
    def of(cls, value: SupportsFloat, replicates: np.ndarray, n: int) -> Score:
        """With the percentiles of its `replicates` [B]; all is NaN where the value is no number."""
        number = float(value)
        return cls(number, *percentiles(replicates), n) if np.isfinite(number) else cls(np.nan, np.nan, np.nan, n)

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.lower:.3f}, {self.upper:.3f}]" if self.bounded else f"{self.value:.3f}"

    @property
    def bounded(self) -> bool:
        return not np.isnan(self.lower + self.upper)


@dataclass(frozen=True)
class Predictions:
    """One probe's answers to N items, and where they stand: `sentence` [N] counts from 0 to `sentences` - 1."""

    log2p: np.ndarray  # [N, K]
    gold: np.ndarray  # [N]
    sentence: np.ndarray  # [N]
    sentences: int

    @property
    def classes(self) -> int:
        return self.log2p.shape[1]

    def summed(self, column: np.ndarray, columns: int, weight: np.ndarray | None = None) -> np.ndarray:
        """[S, columns]: the `weight` [N] (default 1 each) of the items of each sentence, by their `column` [N]."""
        flat = np.bincount(self.sentence * columns + column, weight, self.sentences * columns)
        return flat.reshape(self.sentences, columns).astype(np.float64)


# What rows are of: a cell, by the kind of its family; of labels also a cell of decodability, its loss-data curve, and a family that codes for
# itself; the whole run; a pair of checkpoints, by what is compared; a training.
OfCell = Literal["labels", "numbers", "conditional", "trees", "edges"]
OfPair = Literal["similarity", "topology", "drift"]
Source = Literal[OfCell, "decodability", "curve", "code", "run", OfPair, "training"]
Menu = Literal[OfCell, "decodability", "compare", OfPair, "prediction"]


@dataclass(frozen=True, kw_only=True)
class Measure(Card):
    """A registered measure, its card among it: what it is called, how it is drawn, what its rows are of, and the function that computes it.

    What reads single predictions brings `statistics`, sums for each sentence [S, F], so that one product serves all: its `formula` turns their
    weighted totals [B, F] into B values. `rises` marks a value that resampling alone raises: its interval is shifted back by that much.
    `classes` is how many a task must have for the measure to be read of it, where it matters.
    """

    unit: str  # "fraction", "bits", "ratio", "correlation", "items", "layers", "depth²", "weight" or "degrees"
    sources: tuple[Source, ...]
    formula: Callable[..., Any]
    statistics: Callable[[Predictions], np.ndarray] | None = None
    rises: bool = False
    classes: int | None = None
    short: str = ""  # in menus, and so in addresses
    axis: str = ""  # the title of its axis
    better: Literal["more", "less", ""] = ""  # "" where neither is
    zero: bool = False  # whether it is 0 where the vectors say nothing
    log: bool = False  # whether it is drawn on a log axis
    ends: tuple[float, float] | None = None  # of its colours on a map
    split: str = ""  # whose rows it has; "" for every split that is scored
    control: str = ""  # the measure of the control task; its own name where the setting tells the control's rows apart
    menus: Mapping[Menu, int] = field(default_factory=dict)  # the menus that offer it, and its place there
    some: bool = False  # whether some tasks of its kind alone have it: a menu offers it where it was measured
    otherwise: Mapping[Menu, str] = field(default_factory=dict)  # its name in menus that call it otherwise
    higher: str = ""  # what a higher value means, where checkpoints are compared by it
    caption: str = ""  # how to read its chart, and when it misleads

    @property
    def module(self) -> str:
        """The file that has the formula, such as probing/measures/accuracy.py."""
        return self.formula.__module__.replace(".", "/") + ".py"

    @property
    def difference(self) -> str:
        """The unit of a difference between two values."""
        return "points" if self.unit == "fraction" else self.unit


MEASURES: Registry[Measure] = Registry("measure")


def menu(name: Menu) -> dict[str, str]:
    """What a menu offers, in its order: measure → short name."""
    offered = sorted((one for one in MEASURES if name in one.menus), key=lambda one: one.menus[name])
    return {one.card.name: one.otherwise.get(name, one.short) for one in offered}


def axis(metric: str) -> str:
    """The title of a metric's axis; its name where none is registered."""
    return (MEASURES.get(metric).axis if metric in MEASURES else "") or metric
