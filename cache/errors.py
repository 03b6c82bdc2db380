"""The one exception of the store that a user may read."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot do what was asked. `str(error)` is one sentence fit for a page or for standard error."""
