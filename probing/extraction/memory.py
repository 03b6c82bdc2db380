"""Keeps the memory of extraction independent of the length of the text."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

PRIMITIVES = "64"  # linear.py's few shapes need fewer; shapes beyond them would otherwise stay compiled for good
RETURNED = 16 << 20  # bytes from which a freed buffer goes back to the system at once
_M_MMAP_THRESHOLD = -3


def keep_steady() -> None:
    """Call before the first forward pass: bounds what oneDNN keeps of each shape, and lets go of freed shards.

    Batches have many shapes, and the C library would keep the shards' buffers: both grow with the text.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", PRIMITIVES)
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library without this switch
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, RETURNED)
