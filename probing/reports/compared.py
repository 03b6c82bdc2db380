"""The differences of a report: of all checkpoints of a run from its base, by one measure."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from probing import measures
from probing.analysis.differences import LEVEL
from probing.analysis.rows import rows_over_seeds
from probing.errors import BadInput
from probing.reports.references import INTERVALS, MANY, PAIRED, UNPAIRED
from probing.reports.stored_run import StoredRun


class Differences(NamedTuple):
    """Of all requested checkpoints from the base, by a measure of a probe family on a split."""

    metric: str
    probe: str
    split: str
    frames: dict[str, pd.DataFrame]
    refused: str = ""

    @property
    def unit(self) -> str:
        return measures.MEASURES.get(self.metric).difference


def compared(run: StoredRun) -> Differences | None:
    """The differences of the report: of the first measure that checkpoints are compared by. None for one checkpoint."""
    if len(run.requested) < 2:
        return None
    for metric in measures.menu("compare"):
        own = [one for one in run.asked if not rows_over_seeds(*run.question(one, metric)).empty]
        if not own:
            continue
        probe, split = own[0].probe, own[0].split
        tasks = [one.task for one in own if (one.probe, one.split) == (probe, split)]
        try:
            frames = run.differences(metric, split, probe, tasks)
        except BadInput as error:
            return Differences(metric, probe, split, {}, str(error))
        return Differences(metric, probe, split, frames)
    return None


def tests(found: Differences | None) -> list[str]:
    """What its intervals and tests cite, by the names of references.py."""
    if found is None or not found.frames:
        return [INTERVALS]
    every = pd.concat(list(found.frames.values()))["paired"]
    paired = [PAIRED] if found.metric == "accuracy" and every.any() else []
    return [INTERVALS, *paired, *([] if every.all() else [UNPAIRED]), MANY]


def tested(found: Differences) -> str:
    """How differences were tested, in a sentence or two."""
    every = pd.concat(list(found.frames.values()))
    how = "Differences are paired by item" if every["paired"].all() else "Some differences are unpaired, which detects less"
    test = " and tested by McNemar's exact test" if found.metric == "accuracy" and every["paired"].all() else ""
    return (
        f"{how}{test}; intervals are 95 % of a bootstrap over sentences; significant is 5 % after Benjamini–Hochberg over all layers and tasks of a "
        "checkpoint."
    )


def surest(frame: pd.DataFrame) -> float:
    """The largest significant difference of a frame; 0 where there is none."""
    sure = frame.loc[frame["adjusted"] <= LEVEL, "difference"].abs()
    return float(sure.max()) if len(sure) else 0.0


def least(frame: pd.DataFrame, found: Differences) -> str:
    known = frame["least"].dropna()
    if known.empty:
        return ""
    size = f"{100 * known.median():.1f} points" if found.unit == "points" else f"{known.median():.3g} {found.unit}"
    return f"In a typical cell a difference under {size} is too small to detect."
