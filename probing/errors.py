"""The one exception a user may read: a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations


class BadInput(ValueError):
    """Input that cannot be used. `str(error)` is one sentence fit for a page or for standard error (exit 2)."""
