"""Which rows of a tidy table a question is answered from. Pure."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import pandas as pd

from probing.measures import MEASURES

CONTROL_SETTING = '{"labels":"control"}'


def rows_over_seeds(table: pd.DataFrame, metric: str, split: str, task: str, probe: str, setting: str = "{}") -> pd.DataFrame:
    """The rows of a curve: over all seeds, of one `setting`, by default the measure itself; sorted by layer."""
    chosen = (
        (table["metric"] == metric)
        & (table["split"] == split)
        & (table["task"] == task)
        & (table["probe"] == probe)
        & (table["setting"] == setting)
        & table["seed"].isna()
    )
    return table[chosen].drop_duplicates(["checkpoint", "layer"]).sort_values(["checkpoint", "layer"])


def control_rows(table: pd.DataFrame, metric: str, split: str, task: str, probe: str) -> pd.DataFrame:
    """What the control task scores by the same measure; empty where it has none."""
    control = MEASURES.get(metric).control
    return rows_over_seeds(table, control, split, task, probe, CONTROL_SETTING if control == metric else "{}")


@lru_cache(maxsize=4096)
def setting(text: str) -> dict[str, Any]:
    """A row's setting; not to be changed."""
    found: dict[str, Any] = json.loads(text)
    return found


def curve_rows(table: pd.DataFrame, task: str, probe: str, metric: str) -> pd.DataFrame:
    """Rows of a measure that has a value at each size, with `labels` ("task" or "control"), rising in n."""
    rows = table[(table["metric"] == metric) & (table["task"] == task) & (table["probe"] == probe) & (table["layer"] >= 0)]
    settings = [setting(text) for text in rows["setting"].astype(str)]
    rows = rows.assign(
        labels=[one.get("labels", "task") for one in settings], as_measured=["as_published" not in one for one in settings]
    )
    rows = rows[rows["as_measured"]].astype({"checkpoint": str})
    return rows.drop_duplicates(["checkpoint", "layer", "labels", "n"]).sort_values(["checkpoint", "layer", "labels", "n"])


def as_information(rows: pd.DataFrame, prior: float) -> pd.DataFrame:
    """Rows of the loss at n as V-information at n: what the labels cost without vectors, `prior`, less the loss. Of the task alone,
    since control labels cost something else."""
    rows = rows[rows["labels"] == "task"]
    return rows.assign(value=prior - rows["value"], lower=prior - rows["upper"], upper=prior - rows["lower"])


def ranks_of(table: pd.DataFrame, task: str, probe: str) -> dict[int, str]:
    """Rank → the setting of its rows, where several were requested."""
    wanted = (table["task"] == task) & (table["probe"] == probe)
    settings = [str(text) for text in table.loc[wanted, "setting"].unique()]
    return dict(sorted((int(setting(text)["rank"]), text) for text in settings if set(setting(text)) == {"rank"}))
