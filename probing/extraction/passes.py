"""The forward passes of an extraction, several at once: on a CPU, several passes on few cores each are faster than one on all cores.

A pass has hundreds of small steps, after each of which the cores wait for each other. Imports torch inside functions only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from probing import threads
from probing.checkpoints.foreign import foreign, shown
from probing.errors import BadInput
from probing.extraction import batches
from probing.extraction.tokens import Tokens

if TYPE_CHECKING:
    from probing.extraction.forward import Encoder, Pooled

MOST = 4  # lanes: each holds a batch's states of every layer
PRIMITIVES = "64"  # forward.py's few shapes need fewer; shapes beyond them would otherwise stay compiled for good
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


@dataclass(frozen=True)
class Lanes:
    """Threads that make passes; `ahead` of them are asked for before the first is fetched, so that no lane waits."""

    pool: ThreadPoolExecutor
    ahead: int


@contextlib.contextmanager
def lanes(device: str) -> Iterator[Lanes]:
    """One lane for a GPU, which is fed while the pass before is fetched; on a CPU up to MOST, which share its cores."""
    import torch

    before = torch.get_num_threads()
    count = 1 if device.startswith("cuda") else min(threads.lanes(before), MOST)
    pool = ThreadPoolExecutor(count, "pass", initializer=torch.set_num_threads, initargs=(max(1, before // count),))
    try:
        yield Lanes(pool, count + 1)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)  # a lane's number is what threads to come would start with


@dataclass(frozen=True)
class SentenceRange:
    """Sentences that go through the model together: positions `begin` to `end` in the shard of that number."""

    shard: int
    begin: int
    end: int


class Passes:
    """Reads sentences shard by shard and counts what that took. `order` [S] are sentences by length, `shards` ranges of it; `texts` are
    the words of each, for an error to show."""

    def __init__(
        self,
        encoder: Encoder,
        tokens: Tokens,
        texts: Sequence[Sequence[str]],
        order: np.ndarray,
        shards: list[tuple[int, int]],
        pad_id: int,
        budget: int,
    ) -> None:
        self._encoder, self._tokens, self._texts, self._pad_id, self._budget = encoder, tokens, texts, pad_id, budget
        self._order, self._shards = order, shards
        self._lengths = tokens.lengths[order]
        self.made = self.tokens = self.computed = 0

    def read(self, lanes: Lanes) -> Iterator[tuple[SentenceRange, Pooled]]:
        """Every piece with its states, in order. Where the device's memory does not hold one, it is cut in smaller ones.

        Raises BadInput where the memory does not hold one sentence.
        """
        import torch

        coming = (piece for number, (begin, end) in enumerate(self._shards) for piece in self._cut(number, 0, end - begin))
        waiting: deque[tuple[SentenceRange, Future[Pooled]]] = deque()
        while True:
            while len(waiting) < lanes.ahead and (piece := next(coming, None)):
                waiting.append((piece, lanes.pool.submit(self._pass, piece)))
            if not waiting:
                return
            piece, future = waiting.popleft()
            pooled = None
            try:
                pooled = future.result()
            except torch.OutOfMemoryError as error:
                self._shrink(piece, error)
            # What was raised holds on to the tensors of the pass that failed.
            del future
            if pooled is None:
                torch.cuda.empty_cache()
                again = list(self._cut(piece.shard, piece.begin, piece.end))
                waiting.extendleft((smaller, lanes.pool.submit(self._pass, smaller)) for smaller in reversed(again))
                continue
            self.made += 1
            self.tokens += pooled.batch.tokens
            self.computed += pooled.batch.ids.size
            yield piece, pooled

    def _cut(self, shard: int, begin: int, end: int) -> Iterator[SentenceRange]:
        """Pieces of a shard's positions `begin` to `end`, each cut by the budget as it is when it is asked for."""
        first = self._shards[shard][0]
        while begin < end:
            size = batches.batch_size(self._lengths[first + begin : first + end], self._budget, self._encoder.company)
            yield SentenceRange(shard, begin, begin + size)
            begin += size

    def _pass(self, piece: SentenceRange) -> Pooled:
        first = self._shards[piece.shard][0]
        sentences = self._order[first + piece.begin : first + piece.end]
        with foreign(
            f"{self._encoder.name} cannot read the sentence {shown(self._texts[sentences[0]])}: its model raised an error",
            "leave the sentence out, or take another checkpoint",
        ):
            return self._encoder(batches.assemble(self._tokens, sentences, self._pad_id))

    def _shrink(self, piece: SentenceRange, error: BaseException) -> None:
        """Halve the budget after a piece that the memory did not hold."""
        size = piece.end - piece.begin
        longest = int(self._lengths[self._shards[piece.shard][0] + piece.end - 1])
        if size == 1:
            raise BadInput(
                f"{self._encoder.device} has too little memory for one sentence of {longest:,} sub-words in "
                f"{self._encoder.name}: free some, or set STRATA_DEVICE=cpu."
            ) from error
        self._budget = max(1, min(self._budget, size * longest) // 2)
