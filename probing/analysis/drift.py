"""How much parameters changed between two checkpoints, from a comparison's rows: by kind and layer, and in words. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from probing.analysis.rows import against


def drift_rows(table: pd.DataFrame, second: str, metric: str) -> pd.DataFrame:
    """[kinds, layers] of a comparison's drift to `second`; the row of "" is the layer as a whole. Empty where there is none."""
    rows = against(table, second, [metric], kind="parameter")
    if rows.empty:
        return pd.DataFrame()
    return (
        rows.assign(kind=rows["kind"].fillna(""))
        .pivot(index="kind", columns="layer", values="value")
        .sort_index()
        .sort_index(axis=1)
    )


def summary(values: pd.DataFrame, second: str, title: str, seeds: tuple[str, pd.DataFrame] | None = None) -> str:
    """Which kind and layer changed most, and how many did not change, from `drift_rows`; `seeds` says who they are, and theirs of the same metric."""
    layers = [int(layer) for layer in values.columns if int(layer) >= 1]
    kinds = [kind for kind in values.index if kind]
    number = values.loc[kinds, layers].to_numpy(float)
    count, still = int((~np.isnan(number)).sum()), int((number == 0).sum())
    if not count:
        return f"No parameter inside a layer of {second} was compared."
    if still == count:
        return f"No parameter inside a layer of {second} has changed."
    kind, layer = np.unravel_index(int(np.nan_to_num(number, nan=-1.0).argmax()), number.shape)
    changed = [name for name, row in zip(kinds, number, strict=True) if (row > 0).any()]
    sentence = (
        f"Inside the layers of {second} only biases changed. "
        if still and all(name.endswith(".bias") for name in changed)
        else ""
    )
    sentence += f"Of {count} kinds of parameters by layer, {kinds[kind]} of layer {layers[layer]} changed most ({title} {number[kind, layer]:.2g})"
    sentence += f"; {still} did not change." if still else "; all of them changed."
    if seeds and kinds[kind] in seeds[1].index and layers[layer] in seeds[1].columns:
        sentence += f" {seeds[0]} differ there by {float(seeds[1].loc[kinds[kind], layers[layer]]):.2g}."
    return sentence
