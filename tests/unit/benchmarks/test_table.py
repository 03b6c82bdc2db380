"""The tables of docs/performance.md: one for each kind of processor."""

from __future__ import annotations

from benchmarks.__main__ import replaced

PAGE = "before\n<!-- bench AMX -->\n### AMX\n\nold\n<!-- /bench -->\nafter\n"


def test_the_table_of_a_kind_is_replaced() -> None:
    assert replaced(PAGE, "AMX", "new") == PAGE.replace("old", "new")


def test_another_kind_comes_after_and_leaves_the_first_alone() -> None:
    page = replaced(PAGE, "AVX2", "slow")
    assert page.startswith(PAGE.removesuffix("after\n").rstrip())
    assert page.endswith("### AVX2\n\nslow\n<!-- /bench -->\nafter\n")
    assert replaced(page, "AVX2", "faster") == page.replace("slow", "faster")
