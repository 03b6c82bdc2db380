"""The tidy table: one row a result, the same columns and types wherever it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pandas as pd

from cache.keys import canonical_json

COLUMNS = (
    "run", "checkpoint", "corpus", "task", "probe", "layer", "setting", "seed",
    "split", "metric", "value", "unit", "lower", "upper", "n",
)  # fmt: skip
INTEGERS = ("seed", "n")  # null = not known, or an aggregate
NUMBERS = ("value", "lower", "upper")  # null = not known, never 0
ABSENT: dict[str, Any] = {"layer": -1, "setting": "{}"}  # what stands for a null, of columns that have none
DTYPES: dict[str, str] = {
    name: "int64" if name == "layer" else "Int64" if name in INTEGERS else "float64" if name in NUMBERS else "str"
    for name in COLUMNS
}


def tidy(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table with the columns COLUMNS, typed as DTYPES; what a row lacks is null, `layer` -1, `setting` {}.

    `setting` may be a dict or JSON text. Raises ValueError for a column that is not one, a fraction where an integer
    belongs, text that is none, and a setting that is no JSON object.
    """
    rows = list(rows)
    unknown = sorted({key for row in rows for key in row if key not in DTYPES})
    if unknown:
        raise ValueError(f"the tidy table has no column {', '.join(unknown)}")
    columns = {name: pd.Series([_value(name, row.get(name)) for row in rows], dtype=object) for name in COLUMNS}
    return pd.DataFrame(columns).astype(DTYPES)


def _value(name: str, value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ABSENT.get(name)
    if name == "setting":
        return canonical_json(value) if isinstance(value, dict) else _setting_text(value)
    if name in NUMBERS:
        return float(value)
    if name == "layer" or name in INTEGERS:
        if int(value) != value:
            raise ValueError(f"{value!r} stands where an integer belongs")
        return int(value)
    if not isinstance(value, str):
        raise ValueError(f"{value!r} stands in the text column {name}")
    return value


@lru_cache(maxsize=4096)
def _setting_text(text: str) -> str:
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError(f"the setting {text!r} is no JSON object")
    return canonical_json(parsed)
