"""One thread that writes shards while the next pass runs."""

from __future__ import annotations

import queue
import threading
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
        self._queue: queue.Queue[ShardContents | None] = queue.Queue(maxsize=1)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="shard writer", daemon=True)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Also after an error: what was encoded is kept.
        self._queue.put(None)
        self._thread.join()
        if error is None:
            self._raise()

    def put(self, shard: ShardContents) -> None:
        """Hand a shard over once the one before is written. Raises what writing that one raised."""
        self._queue.join()
        self._raise()
        self._queue.put(shard)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (shard := self._queue.get()) is not None:
            try:
                states = list(shard.words), list(shard.sentences)
                self._collection.write_shard(shard.keys, shard.counts, shard.present, *states, source=self._source)
                del states
            except BaseException as error:
                self._error = error
            del shard
            self._queue.task_done()
