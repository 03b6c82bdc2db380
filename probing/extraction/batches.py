"""Batches and shards: sentences in order of length, cut by their number of tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probing.checkpoints.selfcheck import ALONE, EVEN, PADDED
from probing.extraction.tokens import SPECIAL, Tokens

SHARD_BYTES = 32 << 20  # of a shard on disk, in fp16: each is a point to resume from
BATCH_BYTES = 256 << 20  # of a batch's pooled states at most, so that wide models do not fill the memory
PADDING = 0.06  # of a batch that may be pads …
WORTH = 1 / 8  # … once it holds this share of the budget
BUDGET = {"cpu": 2048, "cuda": 32768}  # sub-words a batch with its padding, measured to be near the fastest


def order(lengths: np.ndarray, keys: list[str]) -> np.ndarray:
    """Positions by length, then by key: the same set of sentences has one order, whatever order it came in."""
    return np.lexsort((np.array(keys, dtype="S"), lengths))


def limits(layers: int, hidden: int, device: str, token_budget: int | None) -> tuple[int, int]:
    """(sub-words a batch, sub-words a shard) for a model of `layers` + 1 states, `hidden` wide. Never below 1."""
    token_bytes = 2 * (layers + 1) * hidden
    budget = token_budget or BUDGET["cuda" if device.startswith("cuda") else "cpu"]
    budget = max(1, min(budget, BATCH_BYTES // token_bytes))
    return budget, max(SHARD_BYTES // token_bytes, budget)


def shards(lengths: np.ndarray, limit: int) -> list[tuple[int, int]]:
    """Consecutive ranges (begin, end) of ascending `lengths` whose sum is at most `limit`, filled greedily.

    A sentence beyond the limit stands alone. As lengths ascend, taking whole ranges away leaves the others
    as they were: what remains after a kill is cut as before.
    """
    ranges, begin, total = [], 0, 0
    for end, length in enumerate(lengths.tolist()):
        if total + length > limit and end > begin:
            ranges.append((begin, end))
            begin, total = end, 0
        total += length
    return [*ranges, (begin, len(lengths))] if len(lengths) else []


def batch_size(lengths: np.ndarray, budget: int, company: str = PADDED) -> int:
    """How many of the first of ascending `lengths` go through the model together, 1 at least.

    All pads counted they fit the budget; and once a batch is worth a pass it ends before more than PADDING of it pads. `company` is what
    the checkpoint's self-check says: padded, even (sentences of one length share a batch) or alone.
    """
    if company == ALONE:
        return 1
    if company == EVEN:
        lengths = lengths[: int(np.searchsorted(lengths, lengths[0], side="right"))]
    size = np.arange(1, len(lengths) + 1)
    padded, real = size * lengths, np.cumsum(lengths)
    wasteful = (padded - real > PADDING * padded) & (np.append(0, padded[:-1]) >= budget * WORTH)
    over = np.flatnonzero((padded > budget) | wasteful)
    return max(1, int(over[0])) if len(over) else len(lengths)


@dataclass(frozen=True)
class TokenBatch:
    """B sentences padded on the right to T tokens, and where their W words with a vector stand.

    Positions are flat in B·T. `row` and `word` [W] say which word each is; `first` and `count` [W] which sub-words it
    has; `head` and `tail` [B] are the tokens that stand for a sentence:
    its first special (else first) token, and its last sub-word of a word (-1: it has none).
    """

    ids: np.ndarray
    mask: np.ndarray
    row: np.ndarray
    word: np.ndarray
    first: np.ndarray
    count: np.ndarray
    head: np.ndarray
    tail: np.ndarray

    @property
    def tokens(self) -> int:
        return int(self.mask.sum())


def assemble(tokens: Tokens, sentences: np.ndarray, pad_id: int) -> TokenBatch:
    """The batch of the given sentences [B], in that order."""
    begin, lengths = tokens.start[sentences], tokens.lengths[sentences]
    longest = int(lengths.max())
    mask = np.arange(longest) < lengths[:, None]
    take = np.concatenate([np.arange(b, b + n) for b, n in zip(begin, lengths, strict=True)])
    ids = np.full(mask.shape, pad_id, dtype=np.int64)
    ids[mask] = tokens.ids[take]
    words = np.full(mask.shape, SPECIAL, dtype=np.int64)
    words[mask] = tokens.words[take]
    flat, place = words[mask], np.flatnonzero(mask)
    row = np.repeat(np.arange(len(sentences)), lengths)
    # A run of sub-words ends where the word or the sentence changes.
    change = np.flatnonzero(np.append(True, (flat[1:] != flat[:-1]) | (row[1:] != row[:-1])))
    count = np.diff(np.append(change, len(flat)))
    real = flat[change] != SPECIAL
    content = words != SPECIAL
    special = mask & ~content
    offset = np.arange(len(sentences)) * longest
    tail = np.where(content.any(1), offset + longest - 1 - content[:, ::-1].argmax(1), -1)
    return TokenBatch(
        ids=ids,
        mask=mask,
        row=row[change][real],
        word=flat[change][real],
        first=place[change][real],
        count=count[real],
        head=offset + np.where(special.any(1), special.argmax(1), 0),
        tail=tail,
    )
