"""Similarity of the layers of two checkpoints, from a comparison's rows: nearest layers, where measures disagree, a summary. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from probing.analysis.rows import against
from probing.measures import MEASURES, menu

APART = 0.25  # of all pairs of layers: places in two orders that differ by more are a disagreement


def similarity_rows(table: pd.DataFrame, second: str) -> pd.DataFrame:
    """The rows of a comparison's table that are of layers of the first and of `second`: layer, other, metric, value, lower, upper, n."""
    rows = against(table, second, menu("similarity"), other="second_layer")
    return rows[["layer", "other", "metric", "value", "lower", "upper", "n"]]


def grid(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """[first's layers, second's layers] of one metric of `similarity_rows`."""
    return rows[rows["metric"] == metric].pivot(index="layer", columns="other", values="value").sort_index().sort_index(axis=1)


def disagreements(rows: pd.DataFrame) -> list[tuple[int, int]]:
    """Pairs of layers whose place in the order of all pairs differs by more than `APART` of them between debiased CKA and RSA."""
    wide = (
        rows.pivot(index=["layer", "other"], columns="metric", values="value")
        .reset_index()
        .dropna(subset=["cka_debiased", "rsa"])
    )
    apart = (wide["cka_debiased"].rank() - wide["rsa"].rank()).abs() > APART * len(wide)
    pairs = wide.loc[apart, ["layer", "other"]].to_numpy(int)
    return [(int(i), int(j)) for i, j in pairs]


def nearest(rows: pd.DataFrame, metric: str) -> dict[int, int]:
    """Each layer of the second → the most similar layer of the first; layers without a value are left out."""
    values = grid(rows, metric)
    number = values.to_numpy(float) * (-1 if MEASURES.get(metric).better == "less" else 1)
    known = ~np.isnan(number).all(0)
    best = np.nan_to_num(number, nan=-np.inf).argmax(0)
    return {int(values.columns[j]): int(values.index[int(best[j])]) for j in np.flatnonzero(known).tolist()}


def summary(
    rows: pd.DataFrame, random: pd.DataFrame, first: str, second: str, seeds: tuple[str, pd.DataFrame] | None = None
) -> str:
    """The similarity of layers with the same number, beside random weights and two seeds, and where the measures disagree.

    From `similarity_rows` of the second and of the random weights (`random`, which may be empty); `seeds` says who they are, and their rows.
    """
    values = grid(rows, "cka_debiased")
    same = {i: float(values.loc[i, i]) for i in values.index if i in values.columns and not np.isnan(values.loc[i, i])}
    if not same:
        return f"No layer of {first} and {second} with the same number was compared."
    least, most = min(same, key=lambda i: same[i]), max(same, key=lambda i: same[i])
    sentence = (
        f"Layer by layer, {second} is most similar to {first} at layer {most} (debiased CKA {same[most]:.3f}) and least at layer {least} "
        f"({same[least]:.3f})."
    )
    for who, others in (("Random weights", random), *((seeds,) if seeds else ())):
        beside = grid(others, "cka_debiased") if len(others) else pd.DataFrame()
        if least in beside.index and least in beside.columns:
            sentence += f" {who} reach {float(beside.loc[least, least]):.3f} there."
    apart = disagreements(rows)
    part = f"{len(apart)} of {values.size} pairs of layers" if apart else "no pair of layers"
    return f"{sentence} CKA and RSA disagree on {part} by more than a quarter of all ranks."
