"""A table from stored runs: one row per checkpoint, one column per task and layer."""

from __future__ import annotations

import pandas as pd

from probing.errors import BadInput
from probing.measures import MEASURES, menu
from probing.prediction.table import NAMES, in_column

SPLITS = {name: MEASURES.get(name).split or "test" for name in menu("prediction")}  # measure → the split whose row it is


def features(rows: pd.DataFrame, measure: str = "accuracy", probe: str = "linear") -> pd.DataFrame:
    """Columns checkpoint and `TASK_layer_L` (`MEASURE_TASK_layer_L` but for accuracy), from rows of the tidy table.

    Aggregates over seeds alone are read; of several rows for one cell the first. A column that some checkpoint lacks is left out.
    Raises BadInput where nothing is left.
    """
    if measure not in SPLITS:
        raise BadInput(f"{measure!r} is no feature to predict from: choose {', '.join(SPLITS)}.")
    wanted = (rows["metric"] == measure) & (rows["split"] == SPLITS[measure]) & (rows["probe"] == probe)
    means = rows[wanted & (rows["layer"] >= 0) & rows["seed"].isna() & (rows["setting"] == "{}") & rows["value"].notna()]
    if means.empty:
        raise BadInput(f"No stored run has {measure} of a {probe} probe: run one, or choose another measure.")
    prefix = "" if measure == "accuracy" else f"{measure}_"
    named = [f"{prefix}{in_column(task)}_layer_{layer}" for task, layer in zip(means["task"], means["layer"], strict=True)]
    wide = (
        means.assign(feature=named, checkpoint=means["checkpoint"].astype(str))
        .drop_duplicates(["checkpoint", "feature"])
        .pivot(index="checkpoint", columns="feature", values="value")
    )
    whole = wide.dropna(axis=1)
    if whole.empty:
        raise BadInput(f"The checkpoints probed have no task and layer in common for {measure}: ask the same tasks of each.")
    order = list(dict.fromkeys(name for name in named if name in whole.columns))
    return whole[order].rename_axis(columns=None).reset_index()


def join(probed: pd.DataFrame, scores: pd.DataFrame, source: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Probe features with the scores that a user brings (a column of checkpoints and columns of scores).

    Returns the rows that have both, and the probed checkpoints without a score: those are to be predicted. Raises BadInput.
    """
    named = next((name for name in scores.columns if str(name).lower() in NAMES), None)
    if named is None:
        raise BadInput(f"{source} has no column of checkpoints: call it checkpoint.")
    clash = [str(name) for name in scores.columns if name != named and name in probed.columns]
    if clash:
        raise BadInput(f"{source} has a column {clash[0]!r}, as the probes have: rename it.")
    names = scores[named].astype(str).str.strip()
    if names.duplicated().any():
        raise BadInput(f"{source}: {names[names.duplicated()].iloc[0]!r} stands more than once in {named}; rename one.")
    scores = scores.assign(checkpoint=names)[["checkpoint", *(name for name in scores.columns if name != named)]]
    both = scores.merge(probed, on="checkpoint")
    if both.empty:
        known = ", ".join(probed["checkpoint"].head(5))
        raise BadInput(f"{source} names no checkpoint that has been probed here: the probed ones are {known}.")
    return both, probed[~probed["checkpoint"].isin(set(names))].reset_index(drop=True)
