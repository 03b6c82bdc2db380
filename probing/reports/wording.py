"""Words that all reports share."""

from __future__ import annotations

from collections.abc import Sequence

from probing.measures import MEASURES


def some(names: Sequence[str], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def about(metric: str) -> tuple[str, str]:
    """How to read a measure's chart, and when it misleads, as its card says."""
    measure = MEASURES.get(metric)
    read, _, misleads = measure.caption.removeprefix("How to read it: ").partition("When it misleads: ")
    return capital(read.strip()), capital(misleads.strip() or measure.misleads)
