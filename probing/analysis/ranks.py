"""Which layer is easiest to read under four measures at one budget of train items. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from probing.analysis.loss_curves import Key, LossCurves, title
from probing.measures import MEASURES
from probing.measures.effort import Effort, ranks

EFFORT = {"accuracy": "accuracy", "code": "codelength", "sdl": "sdl", "esc": "esc"}  # field of Effort → measure
COLUMNS = {
    field: (MEASURES.get(name).short, MEASURES.get(name).better == "more") for field, name in EFFORT.items()
}  # title, high is good


def rank_table(keys: Sequence[Key], of: Effort, n: float) -> pd.DataFrame:
    """A row a (checkpoint, layer): the four measures with bounds, and their ranks, the best mean rank first.

    `esc` is null where n items do not reach the target; its lower end is then n.
    """
    reached = np.isfinite(of.esc)
    frame = pd.DataFrame(
        {
            "checkpoint": [name for name, _ in keys],
            "layer": [layer for _, layer in keys],
            "accuracy": of.accuracy,
            "loss": of.loss,
            "codelength": of.code,
            "sdl": of.sdl,
            "sdl lower": of.sdl_lower,
            "sdl upper": of.sdl_upper,
            "esc": np.where(reached, of.esc, np.nan),
            "esc lower": np.minimum(of.esc_lower, n),
            "esc upper": np.where(reached & np.isfinite(of.esc_upper), of.esc_upper, np.nan),
        }
    )
    for name, (measure, high) in COLUMNS.items():
        frame[f"rank, {measure}"] = ranks(getattr(of, name), high)
    order = frame[[f"rank, {measure}" for measure, _ in COLUMNS.values()]].mean(axis=1).sort_values(kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def winners(table: pd.DataFrame) -> dict[str, Key]:
    """By the title of each measure who is first; εSC names nobody where none reaches the target."""
    found = {}
    for measure, _ in COLUMNS.values():
        first = table[table[f"rank, {measure}"] == 1].to_dict("records")[0]
        if measure == COLUMNS["esc"][0] and np.isnan(first["esc"]):
            continue
        found[measure] = (str(first["checkpoint"]), int(first["layer"]))
    return found


def summary(table: pd.DataFrame, of: LossCurves, whole: Effort, n: float) -> str:
    """Who is first with n items, by `table` of `rank_table`, and who would be with all of train, whose effort is `whole`."""
    most = float(of.curves.sizes[-1])
    now = winners(table)
    said = f"With {n:,.0f} items the easiest layer is, by {'; '.join(f'{name}: {title(key)}' for name, key in now.items())}."
    if n >= most:
        return said
    later = winners(rank_table(of.keys, whole, most))
    changed = [f"{name} {title(key)}" for name, key in later.items() if now.get(name) != key]
    return f"{said} With all {most:,.0f} it " + (f"is, by {'; '.join(changed)}." if changed else "is the same.")
