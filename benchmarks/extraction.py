"""Pooled vectors of every layer in memory: ours against loops over transformers; then the whole `extract()` to disk.

    python -m benchmarks.extraction --corpus FOLDER [--checkpoint minilm-l6] [--split dev] [--device auto] [--repeats 5] [--json FILE]

Peers run in fp32, and pool each batch with a few vectorised steps (the mean of a word's sub-words): one sentence a pass, batches of 32
in file order, batches of 32 by length. All start from the same token ids and take turns in one process; the first turn warms up and is
dropped, then medians. Before that the peers' vectors are compared with ours in fp32. The machine's ceiling is a matrix product of
4,096 × 4,096; the share that ours reaches counts all operations of the forward pass, and its time includes pooling.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

from benchmarks.report import Row, ceiling, finish, goal, seconds
from cache.store import Store
from probing import checkpoints, corpora, precision
from probing.checkpoints.trust import self_check
from probing.extraction import batches, extract
from probing.extraction.forward import Encoder
from probing.extraction.passes import Passes, keep_steady, lanes
from probing.extraction.tokens import SPECIAL, Splitter, Tokens

PEERS = {"one sentence a pass": "", "32 in file order": "", "32 by length": goal(2.6, 2, 1.1) + "×"}  # how, and the goal


class Ours:
    """The extraction's own passes. `made` holds the counts of the last run; `root` is where a self-check is kept."""

    def __init__(
        self, checkpoint: checkpoints.Checkpoint, tokens: Tokens, device: str, dtype: str, root: Path | None = None
    ) -> None:
        model, _ = checkpoints.load(checkpoint, device, dtype)
        self.encoder = Encoder(checkpoint, model, self_check(checkpoint, root, device), "mean", device)
        facts = checkpoint.facts
        self._tokens, self._device = tokens, device
        self._budget, shard = batches.limits(facts.layers, facts.hidden, device, None)
        self._order = np.argsort(tokens.lengths, kind="stable")
        self._shards = batches.shards(tokens.lengths[self._order], shard)
        self.made: Passes

    def run(self) -> list[tuple[np.ndarray, batches.TokenBatch, np.ndarray]]:
        """Every pass, with its states kept in memory."""
        return list(self.passes())

    def passes(self) -> Iterator[tuple[np.ndarray, batches.TokenBatch, np.ndarray]]:
        """A pass each: its sentences, its batch, its states [L+1, W+B, D]."""
        self.made = Passes(self.encoder, self._tokens, [("?",)] * len(self._order), self._order, self._shards, 0, self._budget)
        with lanes(self._device) as side_by_side:
            for piece, pooled in self.made.read(side_by_side):
                yield self._order[self._shards[piece.shard][0] :][piece.begin : piece.end], pooled.batch, pooled.numpy()

    def operations(self) -> int:
        """Floating-point operations of all forward passes."""
        from torch.utils.flop_counter import FlopCounterMode

        total = 0
        for _, batch, _ in self.passes():
            with FlopCounterMode(display=False) as counter:
                self.encoder(batch)
            total += counter.get_total_flops()
        return total


class Peer:
    """What one would write: right-padded batches in the given order, word means at every layer."""

    def __init__(self, model: Any, tokens: Tokens, order: np.ndarray, size: int, device: str) -> None:
        self._model, self._tokens, self._size, self._device, self.order = model, tokens, size, device, order

    @torch.inference_mode()
    def run(self) -> list[torch.Tensor]:
        """A batch each: [L+1, W, D], words in the order of the text."""
        tokens, found = self._tokens, []
        ids, words = torch.from_numpy(tokens.ids).long(), torch.from_numpy(tokens.words).long()
        for begin in range(0, len(self.order), self._size):
            ranges = [(int(tokens.start[i]), int(tokens.start[i + 1])) for i in self.order[begin : begin + self._size]]
            batch = torch.nn.utils.rnn.pad_sequence([ids[a:b] for a, b in ranges], batch_first=True)
            word = torch.nn.utils.rnn.pad_sequence([words[a:b] for a, b in ranges], batch_first=True, padding_value=SPECIAL)
            mask = torch.zeros_like(batch)
            for row, (a, b) in enumerate(ranges):
                mask[row, : b - a] = 1
            states = self._model(
                input_ids=batch.to(self._device), attention_mask=mask.to(self._device), output_hidden_states=True
            ).hidden_states
            longest = max(1, int(words.max()) + 1)
            flat = (word + longest * torch.arange(len(ranges))[:, None]).flatten()
            kept = (word != SPECIAL).flatten().nonzero()[:, 0].to(self._device)
            _, group, count = torch.unique_consecutive(flat.to(self._device)[kept], return_inverse=True, return_counts=True)
            sums = [
                torch.zeros(len(count), state.shape[-1], device=self._device).index_add_(0, group, state.flatten(0, 1)[kept])
                for state in states
            ]
            found.append((torch.stack(sums) / count[:, None]).cpu())
        return found


def difference(
    ours: list[tuple[np.ndarray, batches.TokenBatch, np.ndarray]], theirs: list[torch.Tensor], order: np.ndarray
) -> float:
    """The largest difference between our words and a peer's, read in `order`; of the largest value."""
    expected = torch.cat(theirs, 1).numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    sentence = np.concatenate([place[sentences[batch.row]] for sentences, batch, _ in ours])
    word = np.concatenate([batch.word for _, batch, _ in ours])
    mine = np.concatenate([states[:, : len(batch.row)] for _, batch, states in ours], axis=1)[:, np.lexsort((word, sentence))]
    return float(np.abs(mine - expected).max() / np.abs(expected).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--checkpoint", default="minilm-l6")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    keep_steady()
    with tempfile.TemporaryDirectory() as folder:
        measure(options, Path(folder))


def measure(options: argparse.Namespace, folder: Path) -> None:
    device = precision.resolve_device(options.device)
    checkpoint = checkpoints.resolve(options.checkpoint, folder)
    text = [sentence.forms for sentence in corpora.find(options.corpus).load().splits[options.split]]
    model, tokenizer = checkpoints.load(checkpoint, device)
    tokens = Splitter(tokenizer.backend_tokenizer, checkpoint.facts.max_length).tokens(text, lambda _done, _total: None)
    dtypes = dict.fromkeys((precision.resolve("auto", device), "fp32"))
    ours = {dtype: Ours(checkpoint, tokens, device, dtype) for dtype in dtypes}
    in_order, by_length = np.arange(len(text)), np.argsort(tokens.lengths, kind="stable")
    peers = {
        name: Peer(model, tokens, order, size, device)
        for name, order, size in zip(PEERS, (in_order, in_order, by_length), (1, 32, 32), strict=True)
    }
    work: dict[str, Callable[[], Any]] = {**{d: o.run for d, o in ours.items()}, **{n: p.run for n, p in peers.items()}}
    # The warm-up also shows that all do the same work.
    first = {name: run() for name, run in work.items()}
    gap = max(difference(first["fp32"], first[name], peer.order) for name, peer in peers.items())
    print(f"fp32, ours and the peers' words: the largest difference is {gap:.1e} of the largest value", flush=True)
    del first
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(options.repeats):
        for name, run in work.items():
            times[name].append(seconds(run))
    speed = {name: len(tokens.ids) / median(taken) for name, taken in times.items()}

    unit, rows = "sub-words/s", []
    for dtype in ours:
        made = ours[dtype].made
        note = f"{made.made} passes, {made.tokens / made.computed:.1%} of what they compute is text"
        for name, aimed in PEERS.items():
            aim = aimed if dtype == next(iter(ours)) else ""
            mine, theirs = speed[dtype], speed[name]
            rows.append(
                Row(f"vectors in memory, {dtype}", f"transformers fp32, {name}", aim, mine, theirs, unit, mine / theirs, note)
            )
            note = ""
    if device == "cpu":
        top = ceiling()
        for dtype in ours:
            reached = ours[dtype].operations() / len(tokens.ids) * speed[dtype] / 1e9
            against = "a product of 4,096 × 4,096"
            rows.append(Row(f"forward and pooling, {dtype}", against, "", reached, top[dtype], "GFLOP/s", reached / top[dtype]))
    whole = []
    for turn in range(options.repeats + 1):
        report = extract(checkpoint, text, Store(folder / str(turn)), device=device)
        whole.append(report.tokens / report.seconds)
    best = next(iter(ours))
    note = f"{report.encoded:,} distinct sentences, without loading and tokenising"
    rows.append(
        Row(
            f"extract() to disk, {best}",
            "in memory",
            "",
            median(whole[1:]),
            speed[best],
            unit,
            median(whole[1:]) / speed[best],
            note,
        )
    )
    finish("extraction", rows, options.json, corpus=options.corpus, split=options.split, sub_words=len(tokens.ids), device=device)


if __name__ == "__main__":
    main()
