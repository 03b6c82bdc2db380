"""What commands print: one JSON object, or an aligned table."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd


def print_json(value: Any) -> None:
    print(json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False))


def print_table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """Rows as text, columns aligned; the last column runs free."""
    cells = [[str("" if row.get(c) is None else row[c]) for c in columns] for row in rows]
    widths = [max([len(c), *(len(line[i]) for line in cells)]) for i, c in enumerate(columns)]
    for line in [list(columns), *cells]:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, null for what is missing."""
    found: Any = table.astype(object).where(table.notna(), None).to_dict("records")
    return found


def rounded(row: dict[str, Any], form: str = ".4f") -> dict[str, Any]:
    """A tidy row with its value and interval as text."""
    return row | {name: None if row[name] is None else f"{row[name]:{form}}" for name in ("value", "lower", "upper")}


def _jsonable(value: Any) -> Any:
    """JSON has no NaN, and null says the same: not known."""
    if isinstance(value, dict):
        return {str(key): _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(inner) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
