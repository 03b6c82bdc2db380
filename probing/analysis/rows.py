"""Which rows of a tidy table a question is answered from. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from probing.measures import MEASURES, Score

CONTROL_SETTING = '{"labels":"control"}'


class LayerQuestion(NamedTuple):
    """What a chart by layer asks of a tidy table: a measure of a task, by the probes of a family, on a split."""

    table: pd.DataFrame
    metric: str
    split: str
    task: str
    probe: str


def matching(table: pd.DataFrame, **values: str | int) -> pd.DataFrame:
    """The rows that have these values in the columns of these names."""
    return table[_chosen(table, values)]


def _chosen(table: pd.DataFrame, values: Mapping[str, str | int]) -> np.ndarray:
    """Which rows they are, bool [N]."""
    chosen = np.ones(len(table), dtype=bool)
    for column, value in values.items():
        own = table[column].array
        if not isinstance(own, pd.Categorical):
            chosen &= np.asarray(own == value, dtype=bool)
        elif value in own.categories:  # codes compare many times as quickly
            chosen &= own.codes == own.categories.get_loc(value)
        else:
            chosen[:] = False
    return chosen


def rows_over_seeds(table: pd.DataFrame, metric: str, split: str, task: str, probe: str, setting: str = "{}") -> pd.DataFrame:
    """The rows of a curve: over all seeds, of one `setting`, by default the measure itself; sorted by layer."""
    chosen = _chosen(table, {"metric": metric, "split": split, "task": task, "probe": probe, "setting": setting})
    places = np.flatnonzero(chosen & table["seed"].isna().to_numpy())
    names, layers = table["checkpoint"].array[places], table["layer"].to_numpy()[places]
    codes = np.asarray(names.codes if isinstance(names, pd.Categorical) else pd.factorize(names, sort=True)[0])
    # A page asks this dozens of times: pandas' own drop_duplicates and sort_values take three times as long.
    order = np.lexsort((layers, codes))
    codes, layers = codes[order], layers[order]
    first = np.append(True, (codes[1:] != codes[:-1]) | (layers[1:] != layers[:-1]))[: len(order)]
    return table.take(places[order][first])


def values_over_seeds(table: pd.DataFrame, metric: str, split: str, task: str, probe: str) -> dict[tuple[str, int], Score]:
    """(checkpoint, layer) → value over all seeds; NaN and an n of 0 are not known."""
    rows = rows_over_seeds(table, metric, split, task, probe)
    rows = rows.assign(n=rows["n"].fillna(0).astype(int))
    columns = (rows[name].tolist() for name in ("checkpoint", "layer", *Score._fields))
    return {(str(name), int(layer)): Score._make(row) for name, layer, *row in zip(*columns, strict=True)}


def known_values(table: pd.DataFrame, metric: str, split: str, task: str, probe: str) -> dict[tuple[str, int], Score]:
    """The same without those that are null."""
    found = values_over_seeds(table, metric, split, task, probe)
    return {key: score for key, score in found.items() if score.value == score.value}


def control_rows(table: pd.DataFrame, metric: str, split: str, task: str, probe: str) -> pd.DataFrame:
    """What the control task scores by the same measure; empty where it has none."""
    control = MEASURES.get(metric).control
    return rows_over_seeds(table, control, split, task, probe, CONTROL_SETTING if control == metric else "{}")


@lru_cache(maxsize=4096)
def setting(text: str) -> dict[str, Any]:
    """A row's setting; not to be changed."""
    found: dict[str, Any] = json.loads(text)
    return found


def settings(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The setting of each row; not to be changed."""
    return [setting(text) for text in rows["setting"].astype(str)]


def against(table: pd.DataFrame, second: str, metrics: Iterable[str], **columns: str) -> pd.DataFrame:
    """A comparison's rows of `metrics` to `second`, with what their settings say in `columns`: name → key of the setting."""
    rows = table[table["metric"].isin(list(metrics))]
    said: dict[str, Any] = {name: [one.get(key) for one in settings(rows)] for name, key in columns.items()}
    return rows.assign(**said)[np.array([one["second"] == second for one in settings(rows)], dtype=bool)]


def curve_rows(table: pd.DataFrame, task: str, probe: str, metric: str) -> pd.DataFrame:
    """Rows of a measure that has a value at each size, with `labels` ("task" or "control"), rising in n."""
    rows = matching(table[table["layer"] >= 0], metric=metric, task=task, probe=probe)
    rows = rows.assign(labels=[one.get("labels", "task") for one in settings(rows)])
    rows = rows[np.array(["as_published" not in one for one in settings(rows)], dtype=bool)].astype({"checkpoint": str})
    return rows.drop_duplicates(["checkpoint", "layer", "labels", "n"]).sort_values(["checkpoint", "layer", "labels", "n"])


def as_information(rows: pd.DataFrame, prior: float) -> pd.DataFrame:
    """Rows of the loss at n as V-information at n: what the labels cost without vectors, `prior`, less the loss. Of the task alone,
    since control labels cost something else."""
    rows = rows[rows["labels"] == "task"]
    return rows.assign(value=prior - rows["value"], lower=prior - rows["upper"], upper=prior - rows["lower"])


def ranks_of(table: pd.DataFrame, task: str, probe: str) -> dict[int, str]:
    """Rank → the setting of its rows, where several were requested."""
    found = map(str, matching(table, task=task, probe=probe)["setting"].unique())
    return dict(sorted((int(setting(text)["rank"]), text) for text in found if set(setting(text)) == {"rank"}))
