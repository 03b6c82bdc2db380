"""The same question gives the same rows: tables that were stored before a change of the code, held against those it gives now."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.questions import FILE, KEY, MEASURED, QUESTIONS
from tests.golden.store import answered

# Of a value, or of 1 where it is smaller. On one machine rows are equal to the bit; processors differ in the last digits of a product, and a
# convex fit ends within a thousandth of its optimum, so that an item or two may fall to another class.
TOLERANCE = 0.06


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return tmp_path_factory.mktemp("golden") / "store"


def named(key: list[Any]) -> str:
    """What a row is of. The norm of a fit's weights is a result, although it stands in the setting."""
    setting = {name: value for name, value in json.loads(key[KEY.index("setting")]).items() if name != "nuclear_norm"}
    return json.dumps([setting if place == KEY.index("setting") else part for place, part in enumerate(key)])


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_stored_table_is_given_again(name: str, root: Path) -> None:
    stored: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))[name]
    found = json.loads(json.dumps(answered(name, root)))
    assert found["run"] == stored["run"], "the same question has another id"
    size = len(KEY)
    before, now = ({named(row[:size]): row[size:] for row in table["rows"]} for table in (stored, found))
    assert before.keys() == now.keys()
    assert len(before) == len(stored["rows"]) > 40
    far = []
    for key, values in before.items():
        for part, old, new in zip(MEASURED, values, now[key], strict=True):
            same = new == old if old is None or new is None else abs(new - old) <= TOLERANCE * max(1.0, abs(old))
            if not same:
                far.append((key, part, old, new))
    assert far == []
