"""Online and variational codelengths of one task side by side, with the architectures that were left. Pure."""

from __future__ import annotations

import pandas as pd

from probing.analysis.rows import settings

CODES = {"codelength": "online", "variational_codelength": "variational"}


def side_by_side(table: pd.DataFrame, task: str) -> pd.DataFrame:
    """A row a (checkpoint, layer), a column of bits a (code, probe); `units left` of the first seed's variational probe, where there is one."""
    rows = table[table["metric"].isin(list(CODES)) & (table["task"] == task) & (table["layer"] >= 0)].astype(
        {"checkpoint": str, "metric": str, "probe": str, "setting": str}
    )
    whole = rows[(rows["setting"] == "{}") & rows["seed"].isna()]
    names = [f"{CODES[metric]}, {probe}, bits" for metric, probe in zip(whole["metric"], whole["probe"], strict=True)]
    found = whole.assign(name=names).pivot_table(index=["checkpoint", "layer"], columns="name", values="value", sort=False)
    said = zip(rows.index, settings(rows), strict=True)
    left = {row: one["architecture"] for row, one in said if "architecture" in one and "labels" not in one}
    if left:
        own = rows.loc[list(left)].assign(left=list(left.values())).sort_values("seed", kind="stable")
        found = found.join(
            own.drop_duplicates(["checkpoint", "layer"]).set_index(["checkpoint", "layer"])["left"].rename("units left")
        )
    return found.reset_index().rename_axis(None, axis=1)
