"""Tables of the page."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def _row(cells: Sequence[str]) -> str:
    """A bar inside a cell would begin another."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
