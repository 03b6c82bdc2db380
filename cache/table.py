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
TEXTS = tuple(name for name in COLUMNS if name not in (*INTEGERS, *NUMBERS, "layer", "setting"))
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
    columns = {
        "layer": pd.array([_integer(row.get("layer", -1), -1) for row in rows], dtype="int64"),
        "setting": [_setting(row.get("setting")) for row in rows],
        **{name: pd.array([_integer(row.get(name), None) for row in rows], dtype="Int64") for name in INTEGERS},
        **{name: [_number(row.get(name)) for row in rows] for name in NUMBERS},
        **{name: [_text(name, row.get(name)) for row in rows] for name in TEXTS},
    }
    return pd.DataFrame(columns, columns=list(COLUMNS)).astype(DTYPES)


def _null(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _integer(value: Any, absent: int | None) -> int | None:
    if _null(value):
        return absent
    if int(value) != value:
        raise ValueError(f"{value!r} stands where an integer belongs")
    return int(value)


def _number(value: Any) -> float:
    return float("nan") if _null(value) else float(value)


def _text(name: str, value: Any) -> str | None:
    if _null(value):
        return None
    if not isinstance(value, str):
        raise ValueError(f"{value!r} stands in the text column {name}")
    return value


def _setting(value: Any) -> str:
    if _null(value):
        return "{}"
    if isinstance(value, dict):
        return canonical_json(value)
    return _setting_text(value)


@lru_cache(maxsize=4096)
def _setting_text(text: str) -> str:
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError(f"the setting {text!r} is no JSON object")
    return canonical_json(parsed)
