"""Scored items → pointwise V-information: the hardest, and those that every layer answers with one other label. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

AGREED = 0.8  # share of layers that give one and the same other label before a gold label is doubted


def with_information(items: pd.DataFrame, prior: np.ndarray, classes: Sequence[str]) -> pd.DataFrame:
    """`items` as a cell keeps them, with `pvi`: log2 p of the gold label given the vector, less that of `prior` [K], log2, of train."""
    without = dict(zip(classes, prior.tolist(), strict=True))
    return items.assign(pvi=items["log2p"].to_numpy(np.float64) - items["gold"].map(without).to_numpy(np.float64))


def hardest(items: pd.DataFrame, layer: int) -> pd.DataFrame:
    """The items of `layer`, the least pointwise information first; the mean over seeds, the first seed's answer."""
    own = items[items["layer"] == layer]
    of = ["sentence", "word"]
    means = own.groupby(of, sort=False)["pvi"].mean()
    first = own.drop_duplicates(of).set_index(of)
    return first.assign(pvi=means).reset_index().sort_values("pvi", kind="stable")[[*of, "gold", "predicted", "pvi"]]


def doubtful(items: pd.DataFrame) -> pd.DataFrame:
    """Items that nearly all layers answer with one and the same other label, and worse than without their vectors: columns
    sentence, word, gold, predicted, `layers` (share that agrees), pvi (mean over layers), the least first."""
    of = ["sentence", "word"]
    rows = items.groupby([*of, "gold"], sort=False)
    mean = rows["pvi"].mean()
    layers = rows.size()
    wrong = items[items["predicted"] != items["gold"]]
    votes = wrong.groupby([*of, "gold", "predicted"], sort=False).size().reset_index(name="votes")
    votes = votes.sort_values("votes", ascending=False, kind="stable").drop_duplicates(of)
    index = pd.MultiIndex.from_frame(votes[[*of, "gold"]])
    votes = votes.assign(layers=votes["votes"].to_numpy() / layers.loc[index].to_numpy(), pvi=mean.loc[index].to_numpy())
    chosen = votes[(votes["layers"] >= AGREED) & (votes["pvi"] < 0)]
    return chosen.drop(columns="votes").sort_values("pvi", kind="stable").reset_index(drop=True)


def largest_errors(items: pd.DataFrame) -> pd.DataFrame:
    """The items with `error` (predicted less gold), the furthest off first."""
    found = items.assign(error=items["predicted"] - items["gold"])
    return found.sort_values("error", key=np.abs, ascending=False, kind="stable")
