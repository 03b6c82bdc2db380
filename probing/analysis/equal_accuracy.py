"""Pairs of equal accuracy that need different numbers of items: as a table, and what to take away. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from probing.analysis.loss_curves import Key, title
from probing.measures.effort import Effort, Pair


def pair_table(keys: Sequence[Key], accuracy: np.ndarray, of: Effort, found: Sequence[Pair]) -> pd.DataFrame:
    """A row a pair. Ratios of who never reaches ε are the least they can be."""
    rows = []
    for pair in found:
        rows.append(
            {
                "easier": title(keys[pair.easy]),
                "harder": title(keys[pair.hard]),
                "accuracy, easier": accuracy[pair.easy],
                "accuracy, harder": accuracy[pair.hard],
                "difference": pair.difference,
                "difference lower": pair.difference_lower,
                "difference upper": pair.difference_upper,
                "εSC, easier": of.esc[pair.easy],
                "εSC, harder": np.nan if pair.bound else of.esc[pair.hard],
                "times as many": pair.ratio,
                "times lower": pair.ratio_lower,
                "times upper": np.nan if np.isinf(pair.ratio_upper) else pair.ratio_upper,
                "at least": pair.bound,
            }
        )
    return pd.DataFrame(rows)


def summary(
    keys: Sequence[Key],
    accuracy: np.ndarray,
    of: Effort,
    most: float,
    found: Sequence[Pair],
    task: str,
    split: str,
    epsilon: float,
) -> str:
    """What a reader should take away, from the numbers: the pair furthest apart whose interval leaves no doubt that it is."""
    sure = [pair for pair in found if pair.ratio_lower > 1]
    if not sure:
        doubt = f" {len(found)} are at least twofold apart, but each interval of the ratio holds 1." if found else ""
        return (
            f"At ε = {epsilon:.2f} bits no two of these {len(keys)} answer {task} on {split} alike and need surely different numbers of "
            f"items.{doubt}"
        )
    pair = sure[0]
    easy, hard = title(keys[pair.easy]), title(keys[pair.hard])
    needs = f"more than the {most:,.0f} items of train" if pair.bound else f"{of.esc[pair.hard]:,.0f} items"
    times = f"more than {pair.ratio:.1f} times as many" if pair.bound else f"{pair.ratio:.1f} times as many"
    ends = f"at least {pair.ratio_lower:.1f}" if pair.bound else f"{pair.ratio_lower:.1f} to {pair.ratio_upper:.1f}"
    return (
        f"{easy} and {hard} answer {task} on {split} alike ({accuracy[pair.easy]:.3f} and {accuracy[pair.hard]:.3f}; the difference of "
        f"{100 * pair.difference:+.1f} points [{100 * pair.difference_lower:+.1f}, {100 * pair.difference_upper:+.1f}] may be chance), but "
        f"to read it at {epsilon:.2f} bits an item {hard} needs {needs} where {easy} needs {of.esc[pair.easy]:,.0f}: {times} ({ends})."
    )
