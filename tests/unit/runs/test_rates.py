"""Rates of this machine: kept, and not believed where they cannot be rates."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.estimate import FIT, FORWARD, Rates


def test_what_was_measured_is_kept(tmp_path: Path) -> None:
    assert Rates.read(tmp_path) == Rates()
    Rates(2e9, 3e7, True).write(tmp_path)
    assert Rates.read(tmp_path) == Rates(2e9, 3e7, True)


@pytest.mark.parametrize(
    "text",
    [
        '{"forward": 0, "fit": 1}',
        '{"forward": 1, "fit": -1}',
        '{"forward": NaN, "fit": 1}',
        '{"forward": Infinity, "fit": 1}',
        "[1, 2]",
        "null",
        "{",
        "",
        '{"forward": 1}',
        '{"forward": "much", "fit": []}',
        "[" * 10**5,
        f'{{"forward": 1{"0" * 400}, "fit": 1}}',
        "9" * 5000,
    ],
)
def test_what_cannot_be_a_rate_is_assumed_and_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "rates.json").write_text(text)
    found = Rates.read(tmp_path)
    assert (found.forward, found.fit, found.measured) == (FORWARD, FIT, False)
    assert f"{tmp_path / 'rates.json'} is damaged" in found.cautious
    Rates(2e9, 3e7, True).write(tmp_path)
    assert Rates.read(tmp_path).measured


def test_a_folder_in_its_place_stops_no_run(tmp_path: Path) -> None:
    (tmp_path / "rates.json" / "inner").mkdir(parents=True)
    assert "is damaged" in Rates.read(tmp_path).cautious
    Rates(2e9, 3e7, True).write(tmp_path)
    assert Rates.read(tmp_path).measured
