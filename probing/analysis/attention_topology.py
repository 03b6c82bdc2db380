"""How attention changed its shape between two checkpoints, from a comparison's rows: by layer and head, and in words. Pure."""

from __future__ import annotations

import pandas as pd

from probing.analysis.rows import against
from probing.measures import menu

METRIC = "topology_drift"
GRAPHS = menu("topology")  # measures of one checkpoint's graphs, with their short names


def topology_rows(table: pd.DataFrame, second: str) -> pd.DataFrame:
    """A comparison's rows of attention's shape against `second`: layer, head, of, threshold, metric, value, lower, upper, n. A row of a layer as
    a whole has no head, and one of drift no `of`."""
    rows = against(table, second, [METRIC, *GRAPHS], head="head", of="of", threshold="threshold")
    return rows[["layer", "head", "of", "threshold", "metric", "value", "lower", "upper", "n"]]


def by_layer(rows: pd.DataFrame) -> pd.DataFrame:
    """The drift of each layer as a whole, by layer; empty where there is none."""
    return rows[(rows["metric"] == METRIC) & rows["head"].isna()].sort_values("layer").set_index("layer")


def summary(
    rows: pd.DataFrame, random: pd.DataFrame, first: str, second: str, seeds: tuple[str, pd.DataFrame] | None = None
) -> str:
    """At which layer the shape of attention is furthest and nearest, beside random weights (`random`, which may be empty) and two seeds.

    `seeds` says who they are, and their `topology_rows`.
    """
    whole = by_layer(rows)
    value = dict(zip(whole.index.to_numpy(int).tolist(), whole["value"].tolist(), strict=True))
    most, least = max(value, key=lambda layer: value[layer]), min(value, key=lambda layer: value[layer])
    if not value[most]:
        return f"On these sentences the attention of {second} has the same shape as that of {first} in every layer."
    ends = f"[{whole.loc[most, 'lower']:.3f}, {whole.loc[most, 'upper']:.3f}]"
    sentence = (
        f"The attention of {second} differs most from that of {first} at layer {most} ({value[most]:.3f} {ends}) and least at layer {least} "
        f"({value[least]:.3f})."
    )
    beside = [("Random weights", random)] if len(random) else []
    beside += [seeds] if seeds else []
    for who, others in beside:
        other = by_layer(others)
        if most in other.index:
            sentence += f" {who} differ by {other.loc[most, 'value']:.3f} at layer {most}."
    return sentence
