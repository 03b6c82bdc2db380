"""Shards of a collection as tests write, find and open them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cache import activations
from cache.activations import Collection
from cache.keys import sentence_key
from cache.store import Store

Toy = Callable[..., dict[str, Any]]
WRITER = """
import os, signal, sys, time
import numpy as np
from pathlib import Path
from cache import activations, files
from cache.keys import sentence_key
from cache.store import Store
collection = Store(Path(sys.argv[1])).collection({"checkpoint": "toy", "pooling": "mean"})
def write(names, value=1.0, width=4):
    ones = np.full((2 * len(names), width), value, np.float32)
    collection.write_shard([sentence_key([n]) for n in names], [2] * len(names), np.ones(2 * len(names), bool),
                           [ones, ones], [ones[: len(names)], ones[: len(names)]])
"""


def keys(*names: str) -> list[str]:
    return [sentence_key(name.split()) for name in names]


def only_file(collection: Collection, suffix: str) -> Path:
    found = [path for path in collection.folder.glob(f"*.{suffix}") if path.stem != "facts"]
    assert len(found) == 1
    return found[0]


def reopened(store: Store) -> Collection:
    """As another process would see it: nothing remembered, no checksum trusted."""
    activations._checked.clear()
    return store.collection({"checkpoint": "toy", "pooling": "mean"})
