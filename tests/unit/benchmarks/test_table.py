"""The tables of docs/performance.md: one for each kind of processor."""

from __future__ import annotations

import pytest

from benchmarks import report
from benchmarks.__main__ import replaced

PAGE = "before\n<!-- bench AMX -->\n### AMX\n\nold\n<!-- /bench -->\nafter\n"


def test_the_table_of_a_kind_is_replaced() -> None:
    assert replaced(PAGE, "AMX", "new") == PAGE.replace("old", "new")


def test_another_kind_comes_after_and_leaves_the_first_alone() -> None:
    page = replaced(PAGE, "AVX2", "slow")
    assert page.startswith(PAGE.removesuffix("after\n").rstrip())
    assert page.endswith("### AVX2\n\nslow\n<!-- /bench -->\nafter\n")
    assert replaced(page, "AVX2", "faster") == page.replace("slow", "faster")


@pytest.mark.parametrize(("kind", "aim"), [("AMX", "≥ 3"), ("AVX-512 with bf16", "≥ 2"), ("AVX2", "≥ 1.2"), ("other", "≥ 1.2")])
def test_a_goal_is_that_of_the_kind_of_processor(kind: str, aim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "processor", lambda: ("a processor", kind))
    assert report.goal(3, 2, 1.2) == aim
