"""Several passes at once give what one at a time gives, in its order, and leave torch's threads as they were."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from probing.errors import BadInput
from probing.extraction import batches, passes
from probing.extraction.passes import Passes, lanes
from probing.extraction.tokens import Tokens


class Fake:
    """An encoder whose memory holds `limit` sub-words; its states are the batch's first ids."""

    def __init__(self, limit: int) -> None:
        self.name, self.device, self.company, self._limit = "fake", "cpu", "padded", limit

    def __call__(self, batch: batches.TokenBatch) -> object:
        if batch.ids.size > self._limit:
            raise torch.OutOfMemoryError("out of memory")
        return SimpleNamespace(batch=batch, first=batch.ids[:, 0].tolist())


def text(lengths: list[int]) -> Tokens:
    """Sentences of these lengths; every sub-word of sentence i has the id i."""
    start = np.concatenate([[0], np.cumsum(lengths)])
    ids = np.repeat(np.arange(len(lengths)), lengths).astype(np.int32)
    return Tokens(ids, np.zeros_like(ids), start)


def read(lengths: list[int], shard: int, budget: int, limit: int) -> tuple[list[int], Passes]:
    tokens = text(sorted(lengths))
    ranges = batches.shards(tokens.lengths, shard)
    texts = [("a",)] * len(lengths)
    reading = Passes(Fake(limit), tokens, texts, np.arange(len(lengths)), ranges, 0, budget)  # type: ignore[arg-type]
    found = []
    with lanes("cpu") as side_by_side:
        for piece, pooled in reading.read(side_by_side):
            first = ranges[piece.shard][0]
            assert pooled.first == list(range(first + piece.begin, first + piece.end))  # type: ignore[attr-defined]
            found += pooled.first  # type: ignore[attr-defined]
    return found, reading


@pytest.mark.parametrize("threads", [1, 3])
def test_every_sentence_comes_once_and_in_order(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(torch, "set_num_threads", lambda _count: None)

    @given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(1, 40), st.integers(1, 40), st.integers(9, 40))
    def check(lengths: list[int], shard: int, budget: int, limit: int) -> None:
        found, reading = read(lengths, shard, budget, limit)
        assert found == list(range(len(lengths)))
        assert reading.tokens == sum(lengths) <= reading.computed

    check()


def test_one_sentence_too_large_is_refused() -> None:
    with pytest.raises(BadInput, match="one sentence of 9 sub-words in fake"):
        read([3, 9], shard=100, budget=20, limit=8)


@pytest.mark.parametrize(("device", "threads", "expected"), [("cpu", 8, (5, 2)), ("cpu", 3, (4, 1)), ("cuda:1", 8, (2, 8))])
def test_lanes_share_the_cores(device: str, threads: int, expected: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    with lanes(device) as side_by_side:
        side_by_side.pool.submit(int).result()
        assert (side_by_side.ahead, asked[0]) == expected
        assert side_by_side.ahead <= passes.MOST + 1
    assert asked[-1] == threads
