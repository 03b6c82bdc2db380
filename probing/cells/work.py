"""What a cell is given to answer, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cache.activations import Reader
from cache.keys import canonical_json
from probing import measures
from probing.corpora.sentence import Sentence
from probing.runs import Cell, RunSpec
from probing.tasks.task import Labelled


@dataclass(frozen=True)
class Given:
    """Where the vectors are that conditional V-information is given: a `layer` of what `reader` reads."""

    reader: Reader
    layer: int


@dataclass(frozen=True)
class Work:
    """One cell to answer.

    `sentences` by split are those that the task's items index; `offsets[split]` is where they begin among the reader's (and among
    `given`'s). `progress(done, total)` may raise to cancel.
    """

    cell: Cell
    spec: RunSpec
    labelled: Labelled
    sentences: dict[str, list[Sentence]]
    reader: Reader
    offsets: dict[str, int]
    given: Given | None
    device: str
    progress: Callable[[int, int], None]


@dataclass(frozen=True)
class Answer:
    """What a cell leaves: tidy rows (without `run`), scored items, probe weights, and notes for the reader."""

    rows: list[dict[str, Any]]
    items: pd.DataFrame
    probes: dict[str, np.ndarray]
    notes: list[str]


def tidy_row(
    cell: Cell, layer: int, split: str, metric: str, score: measures.Score, setting: Mapping[str, Any], seed: int | None = None
) -> dict[str, Any]:
    """A row of the tidy table, but for the run and the corpus."""
    return {
        "checkpoint": cell.checkpoint.name,
        "task": cell.task,
        "probe": cell.probe,
        "layer": layer,
        "setting": canonical_json(dict(setting)),
        "seed": seed,
        "split": split,
        "metric": metric,
        "value": score.value,
        "unit": measures.MEASURES.get(metric).unit if metric in measures.MEASURES else "fraction",
        "lower": score.lower,
        "upper": score.upper,
        "n": score.n,
    }


def part(progress: Callable[[int, int], None], stage: int, stages: int) -> Callable[[int, int], None]:
    """`progress` of one of `stages` equal stages."""
    return lambda done, total: progress(stage * total + done, stages * total)
