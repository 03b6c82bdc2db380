"""Tables whose cells no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

from typing import Any

import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet begins to compute


def harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before every text, and every column's name, that a spreadsheet would compute; numbers stay numbers."""
    told = frame.copy()
    for name in frame:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            told[name] = frame[name].astype(object).map(cell)
    return told.rename(columns=cell)


def cell(value: Any) -> Any:
    """One of them."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
