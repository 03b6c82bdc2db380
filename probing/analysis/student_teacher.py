"""What a student keeps of its teacher's scores. Pure."""

from __future__ import annotations

import pandas as pd

from probing.analysis.rows import settings
from probing.measures import axis


def scores(table: pd.DataFrame) -> pd.DataFrame:
    """The scores of a distillation's table: who (student or teacher), split, metric, value, lower, upper, n."""
    own = table[table["metric"] != "distillation_loss"]
    who = ["teacher" if one.get("role") == "teacher" else "student" for one in settings(own)]
    return own.assign(who=who)[["who", "split", "metric", "value", "lower", "upper", "n"]]


def finding(shown: pd.DataFrame) -> str:
    """How much of the teacher's first score the student keeps; "" without a teacher's. `shown` are `scores`."""
    first = shown[shown["split"] != "dev"].head(1)
    for metric, split in zip(first["metric"], first["split"], strict=True):
        own = shown[(shown["metric"] == metric) & (shown["split"] == split)].set_index("who")["value"]
        if {"student", "teacher"} <= set(own.index) and own["teacher"]:
            share = own["student"] / own["teacher"]
            return f"The student keeps {share:.0%} of the teacher's {axis(metric)} on {split}: {own['student']:.3f} of {own['teacher']:.3f}."
    return ""
