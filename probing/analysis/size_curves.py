"""Scores of a sweep by training size: points, means with intervals, and where two methods change places. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from probing.analysis.rows import matching, settings
from probing.measures.statistics import LEVEL

COLLAPSED, DIVERGED = "collapsed", "diverged"
REFERENCE = "full"  # the method that others are compared with, where it is there


def points(table: pd.DataFrame, metric: str, split: str, diverged: Sequence[tuple[str, int, int]] = ()) -> pd.DataFrame:
    """A row a training: method, n (train sentences), seed, value, lower, upper (of the sentence bootstrap), state ("", collapsed or diverged).

    `diverged` are (method, n, seed) of trainings that have no score; theirs is NaN.
    """
    own = matching(table, metric=metric, split=split)
    said = settings(own)
    found = pd.DataFrame(
        {
            "method": [one["method"] for one in said],
            "n": [int(one["train"]) for one in said],
            "seed": own["seed"].to_numpy(dtype=int),
            "value": own["value"].to_numpy(float),
            "lower": own["lower"].to_numpy(float),
            "upper": own["upper"].to_numpy(float),
            "state": [COLLAPSED if one.get(COLLAPSED) else "" for one in said],
        }
    )
    lost = pd.DataFrame([(*arm, np.nan, np.nan, np.nan, DIVERGED) for arm in diverged], columns=list(found.columns))
    both = pd.concat([found, lost], ignore_index=True) if len(lost) else found
    return both.drop_duplicates(["method", "n", "seed"]).sort_values(["n", "seed"], ignore_index=True)


def means(scored: pd.DataFrame) -> pd.DataFrame:
    """A row a method and size: the mean over seeds of all that have a score, its 95 % interval, how many seeds, how many went wrong, and the mean
    without those (`value_sound`, NaN where none is left).

    The interval has both sources: with several seeds Student's t over them, and the sentence bootstrap that they share, added as squares; with one
    seed the bootstrap alone.
    """
    rows = []
    for (method, n), some in scored.groupby(["method", "n"], sort=False):
        have, sound = some[some["value"].notna()], some[some["state"] == ""]
        row = {
            "method": method,
            "n": n,
            "seeds": len(some),
            "wrong": len(some) - len(sound),
            "value_sound": sound["value"].mean(),
        }
        value = have["value"].mean()
        seeds = _reach(have["value"].to_numpy(float))
        below = np.hypot(seeds, (have["value"] - have["lower"]).mean())
        above = np.hypot(seeds, (have["upper"] - have["value"]).mean())
        rows.append(row | {"value": value, "lower": value - below, "upper": value + above})
    columns = ["method", "n", "value", "lower", "upper", "seeds", "wrong", "value_sound"]
    return pd.DataFrame(rows, columns=columns).sort_values(["method", "n"], ignore_index=True)


def lead(scored: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """A row a size that both have: n, value (first minus second, mean over the seeds of both), lower, upper, decided (whether 0 lies outside).

    Seeds are paired: they share draw, head and batches. Sentences are not, since single answers are not kept: their intervals add as squares,
    which makes it wide rather than narrow.
    """
    sides = [scored[(scored["method"] == name) & scored["value"].notna()] for name in (first, second)]
    joined = sides[0].merge(sides[1], on=["n", "seed"], suffixes=("_first", "_second"))
    rows = []
    for n, some in joined.groupby("n"):
        apart = (some["value_first"] - some["value_second"]).to_numpy(float)
        spread = [float((some[f"upper_{side}"] - some[f"lower_{side}"]).mean()) / 2 for side in ("first", "second")]
        half, value = float(np.hypot(_reach(apart), np.hypot(spread[0], spread[1]))), float(apart.mean())
        rows.append({"n": n, "value": value, "lower": value - half, "upper": value + half, "decided": abs(value) > half})
    return pd.DataFrame(rows, columns=["n", "value", "lower", "upper", "decided"]).astype({"n": int, "decided": bool})


def crossing(scored: pd.DataFrame, first: str, second: str) -> str:
    """One or two sentences on who leads at which size, and whether the lines are seen to cross."""
    found = lead(scored, first, second)
    if found.empty:
        return f"{first} and {second} have no size in common yet."
    sizes = found["n"].tolist()
    if len(sizes) == 1:
        where = f"at {sizes[0]:,} sentences"
        if not found["decided"].iloc[0]:
            return f"{first} and {second}: {where} their intervals overlap, and one size shows no crossing."
        return f"{first if found['value'].iloc[0] > 0 else second} leads {where}; one size shows no crossing."
    span = f"between {sizes[0]:,} and {sizes[-1]:,}"
    sure = found[found["decided"]]
    firsts, seconds = (sure.loc[sure["value"] > 0, "n"].tolist(), sure.loc[sure["value"] < 0, "n"].tolist())
    if not len(sure):
        turns = (found["value"] > 0).any() and (found["value"] < 0).any()
        changes = " The means change places, but no difference is outside its interval." if turns else ""
        return f"{first} and {second}: the intervals overlap at every size {span}, so whether they cross is unclear.{changes}"
    if not firsts or not seconds:
        who = first if firsts else second
        if len(sure) == len(found):
            return f"{first} and {second}: no crossing is to be seen {span}: {who} leads throughout."
        return (
            f"{first} and {second}: no crossing is to be seen {span}: {who} leads at {_list(firsts or seconds)}, and elsewhere "
            "it cannot be told."
        )
    early, late = (first, second) if min(firsts) < min(seconds) else (second, first)
    before, after = (firsts, seconds) if early == first else (seconds, firsts)
    if max(before) < min(after):
        return f"{early} leads up to {max(before):,} sentences, {late} from {min(after):,} on: the lines cross between."
    return f"{first} and {second} change places more than once: {first} leads at {_list(firsts)}, {second} at {_list(seconds)}."


def summary(scored: pd.DataFrame, methods: Sequence[str]) -> list[str]:
    """Who leads where, a sentence a pair with full fine-tuning, and what collapsed or diverged, each named."""
    base = REFERENCE if REFERENCE in methods else methods[0]
    found = [crossing(scored, name, base) for name in methods if name != base]
    for state, said in ((COLLAPSED, "said one class of everything"), (DIVERGED, "ended with a loss that is no number")):
        wrong = scored[scored["state"] == state]
        names = [f"{row['method']}, {row['n']:,} sentences, seed {row['seed']}" for row in wrong.to_dict("records")]
        if names:
            found.append(f"{len(names)} training{'s' if len(names) > 1 else ''} {said}: {'; '.join(names)}.")
    middle = means(scored)
    for row in middle[middle["value"].notna() & (middle["value"] != middle["value_sound"])].to_dict("records"):
        sound = "nothing without" if np.isnan(row["value_sound"]) else f"{row['value_sound']:.3f} without"
        found.append(f"{row['method']} at {row['n']:,}: {row['value']:.3f} with what went wrong, {sound}.")
    return found or [f"{base} alone is done: there is nothing to hold it against yet."]


def _reach(values: np.ndarray) -> float:
    """Half the 95 % interval of a mean over seeds by Student's t; 0 for one seed, which tells nothing of seeds."""
    if len(values) < 2:
        return 0.0
    return float(stdtrit(len(values) - 1, (1 + LEVEL) / 2) * values.std(ddof=1) / np.sqrt(len(values)))


def _list(sizes: Sequence[int]) -> str:
    return ", ".join(f"{size:,}" for size in sizes)
