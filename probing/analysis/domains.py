"""Whether a difference between two checkpoints changes on other text: differences of differences. Pure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from probing.analysis.differences import LEVEL, adjust
from probing.measures.statistics import normal_p

COLUMNS = ("task", "layer", "here", "there", "difference", "lower", "upper", "p", "adjusted", "least")


def apart(here: pd.DataFrame, there: pd.DataFrame) -> pd.DataFrame:
    """Two frames of `differences`, of one pair of checkpoints on two texts → there less here, a row a common task and layer, with COLUMNS.

    The texts share no sentence, so the intervals are taken as independent (Zou & Donner 2008), and so are the least differences that could be seen;
    `adjusted` is Benjamini–Hochberg over all rows.
    """
    both = here.merge(there, on=["task", "layer", "first_layer"], suffixes=("", "_there"))
    value = both["difference_there"] - both["difference"]
    lower = value - np.hypot(both["difference_there"] - both["lower_there"], both["upper"] - both["difference"])
    upper = value + np.hypot(both["upper_there"] - both["difference_there"], both["difference"] - both["lower"])
    intervals = [*zip(value, lower, upper, strict=True)]
    found = both[["task", "layer"]].assign(
        here=both["difference"],
        there=both["difference_there"],
        difference=value,
        lower=lower,
        upper=upper,
        p=[normal_p(*one) for one in intervals],
        least=np.hypot(both["least"], both["least_there"]),
    )
    return adjust(found)[list(COLUMNS)]


def summary(frame: pd.DataFrame, here: str, there: str, scale: float, unit: str) -> str:
    """What the rows of `apart` say together; `scale` turns a difference into `unit`."""
    known = frame[frame["adjusted"].notna()]
    if known.empty:
        return f"No task and layer has an interval on both {here} and {there}, so their differences cannot be compared."
    sure = known[known["adjusted"] <= LEVEL]
    least = f"a change under {scale * known['least'].median():.3g} {unit} is too small to detect here"
    if sure.empty:
        return f"In none of {len(known)} cells does the difference on {there} differ significantly from that on {here}; {least}."
    most = sure.iloc[int(sure["difference"].abs().to_numpy().argmax())]
    return (
        f"In {len(sure)} of {len(known)} cells the difference on {there} differs from that on {here} (5 %, Benjamini–Hochberg), most for "
        f"{most['task']} at layer {int(most['layer'])}: {scale * most['here']:+.3g} {unit} on {here}, "
        f"{scale * most['there']:+.3g} on {there}; {least}."
    )
