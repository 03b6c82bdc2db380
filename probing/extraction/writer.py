"""One thread that writes shards while the next pass runs."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from cache.activations import Collection


@dataclass(frozen=True)
class ShardContents:
    """What `Collection.write_shard` takes: S sentences, W words, states [L+1, W, D] and [L+1, S, D] float32."""

    keys: list[str]
    counts: list[int]
    present: np.ndarray
    words: np.ndarray
    sentences: np.ndarray


class Writer:
    """A context manager. One shard is written while the next is made, never more; an error comes back to the caller. `source` names the files
    that the vectors come from."""

    def __init__(self, collection: Collection, source: str = "") -> None:
        self._collection, self._source = collection, source
        self._thread = ThreadPoolExecutor(1, "shard writer")
        self._last: Future[None] | None = None

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._thread.shutdown()  # also after an error: what was encoded is kept
        if error is None and self._last is not None:
            self._last.result()

    def put(self, shard: ShardContents) -> None:
        """Hand a shard over once the one before is written. Raises what writing that one raised."""
        if self._last is not None:
            self._last.result()
        self._last = self._thread.submit(self._write, shard)

    def _write(self, shard: ShardContents) -> None:
        states = list(shard.words), list(shard.sentences)
        self._collection.write_shard(shard.keys, shard.counts, shard.present, *states, source=self._source)
