"""A shard of activations: its manifest, and the precision of its numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cache import files
from cache.errors import StoreError
from cache.keys import SCHEMA

HALF_LARGEST = 65504.0  # beyond it fp16 has only infinity
HALF_FINE = 2.0**-12  # a tensor all below it would fall among fp16's subnormal numbers and lose its digits


@dataclass(frozen=True)
class ShardManifest:
    """A manifest: which sentences a shard holds, and what its file must be."""

    name: str
    keys: list[str]  # S sentence keys
    counts: list[int]  # S: words in each
    layers: int  # L + 1: the embedding layer too
    width: int  # D
    bytes: int
    sha256: str
    schema: int = SCHEMA
    source: str = ""  # names the files of the checkpoint as they were read for these vectors; empty where nobody looked


def manifest(path: Path) -> ShardManifest | None:
    """What a manifest says; None where it is missing, cut short, altered or of another schema."""
    record = files.unsealed(path)
    if record is None or record.get("schema") != SCHEMA or record.get("name") != path.stem:
        return None
    with contextlib.suppress(TypeError):
        return ShardManifest(**record)
    return None


def compact(vectors: np.ndarray, layer: int) -> np.ndarray:
    """[N, D] as fp16, or fp32 where fp16 would overflow or lose all digits.

    Raises StoreError for NaN and infinities.
    """
    if vectors.size == 0:
        return np.ascontiguousarray(vectors, dtype=np.float16)
    low, high = float(vectors.min()), float(vectors.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise StoreError(
            f"Layer {layer} gives values that are not finite (NaN or infinity): the checkpoint's weights are damaged, "
            "or its precision is too small; try --precision fp32."
        )
    largest = max(-low, high)
    halved = largest <= HALF_LARGEST and (largest == 0 or largest >= HALF_FINE)
    return np.ascontiguousarray(vectors, dtype=np.float16 if halved else np.float32)


def check_shapes(
    sentences: int, counts: list[int], present: np.ndarray, words: Sequence[np.ndarray], vectors: Sequence[np.ndarray]
) -> None:
    """Raises ValueError where counts, `present` [W], words [W, D] and sentence vectors [S, D] disagree."""
    total = sum(counts)
    if len(counts) != sentences or any(count < 0 for count in counts):
        raise ValueError(f"{sentences} sentences have {len(counts)} word counts")
    if present.shape != (total,):
        raise ValueError(f"`present` has shape {present.shape}, not ({total},)")
    if not words or len(words) != len(vectors):
        raise ValueError(f"{len(words)} layers of words and {len(vectors)} of sentences")
    width = words[0].shape[-1]
    if any(w.shape != (total, width) for w in words) or any(v.shape != (sentences, width) for v in vectors):
        raise ValueError(f"vectors must be [{total}, {width}] for words and [{sentences}, {width}] for sentences at every layer")
