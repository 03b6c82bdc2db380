"""Checkpoint × sentences → activations in the store, every layer in one pass. Imports torch only when it encodes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cache.activations import Collection
from cache.keys import SCHEMA, sentence_key
from cache.locks import FileLock
from cache.store import Store
from probing import precision as arithmetic
from probing.checkpoints import Checkpoint, load
from probing.errors import BadInput
from probing.extraction import batches
from probing.extraction.memory import keep_steady
from probing.extraction.report import Report
from probing.extraction.tokens import Splitter, Tokens
from probing.extraction.writer import Shard, Writer

if TYPE_CHECKING:
    from probing.extraction.forward import Encoder, Pooled

POOLINGS = ("mean", "first", "last", "max")
Progress = Callable[[str, int, int], None]


def facts_of(checkpoint: Checkpoint, pooling: str, precision: str) -> dict[str, Any]:
    """What names a collection: change any of these and the vectors are others. `precision` is a resolved one."""
    return {
        "schema": SCHEMA,
        "checkpoint": checkpoint.fingerprint,
        "pooling": pooling,
        "precision": precision,
        "submodule": "layer",
    }


def collection(store: Store, checkpoint: Checkpoint, pooling: str, precision: str) -> Collection:
    """The stored activations of a checkpoint. `precision` is a resolved one (fp32 or bf16)."""
    return store.collection(facts_of(checkpoint, pooling, precision))


def extract(
    checkpoint: Checkpoint,
    sentences: Sequence[Sequence[str]],
    store: Store,
    *,
    pooling: str = "mean",
    precision: str = "auto",
    device: str = "cpu",
    progress: Progress = lambda _stage, _done, _total: None,
    token_budget: int | None = None,
) -> Report:
    """Make sure that every sentence (its word forms) has its vectors in the store; only those it lacks are encoded.

    Layer 0 is the embedding output, layer L the top. A word's vector is pooled over its sub-words, a sentence's over
    the sub-words of its words (mean, max), or is its first special token (first), or its last sub-word (last). Words
    without sub-words or beyond the model's length have no vector: they are counted, never shifted. `progress` gets a
    stage, and sentences or sub-words done and in all.

    Raises BadInput for what the model cannot encode, StoreError where the store cannot keep it; finished shards stay.
    """
    if pooling not in POOLINGS:
        raise BadInput(f"Pooling {pooling!r} is unknown: choose one of {', '.join(POOLINGS)}.")
    if token_budget is not None and token_budget < 1:
        raise BadInput(f"A token budget of {token_budget} holds nothing: give 1 or more.")
    device = arithmetic.resolve_device(device)
    precision = arithmetic.resolve(precision, device)
    repeated: Counter[str] = Counter()
    distinct: dict[str, Sequence[str]] = {}
    for forms in sentences:
        key = sentence_key(forms)
        repeated[key] += 1
        distinct.setdefault(key, forms)
    keys, texts = list(distinct), list(distinct.values())
    stored = collection(store, checkpoint, pooling, precision)
    report = Report(reused=len(keys))
    # One process encodes a collection at a time; another that asks for the same text waits and then finds it there.
    with stored.lease(), FileLock(store.locks / f"extract-{stored.key}.lock"):
        missing = stored.sound(keys)
        if missing:
            run = _Extraction(checkpoint, stored, pooling, precision, device, progress, token_budget)
            report = run.encode([keys[i] for i in missing], [texts[i] for i in missing])
            report = replace(report, reused=len(keys) - len(missing))
        if keys:
            report = _count_absent(report, checkpoint, stored, keys, texts, [repeated[key] for key in keys])
    return report


class _Extraction:
    """The encoding of what is missing: one model, one order of sentences, shards in that order."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        stored: Collection,
        pooling: str,
        precision: str,
        device: str,
        progress: Progress,
        token_budget: int | None,
    ) -> None:
        self._checkpoint, self._stored, self._progress = checkpoint, stored, progress
        self._pooling, self._precision, self._device = pooling, precision, device
        facts = checkpoint.facts
        self._budget, self._shard_tokens = batches.limits(facts.layers, facts.hidden, device, token_budget)
        self._passes = self._tokens = self._computed = 0

    def encode(self, keys: list[str], texts: list[Sequence[str]]) -> Report:
        began = time.monotonic()
        keep_steady()
        self._progress("loading the model", 0, 1)
        model, tokenizer = load(self._checkpoint, self._device, self._precision)
        from probing.extraction.forward import Encoder

        encoder = Encoder(self._checkpoint, model, self._pooling, self._device)
        self._pad_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
        splitter = Splitter(tokenizer.backend_tokenizer, self._checkpoint.facts.max_length)
        tokens = splitter.tokens(texts, lambda done, total: self._progress("splitting words", done, total))
        self._check_ids(tokens, encoder.vocabulary)
        started = time.monotonic()
        order = batches.order(tokens.lengths, keys)
        total = int(tokens.start[-1])
        with Writer(self._stored) as writer:
            for begin, end in batches.shards(tokens.lengths[order], self._shard_tokens):
                chosen = order[begin:end]
                writer.put(self._shard(encoder, tokens, chosen, [keys[i] for i in chosen], [texts[i] for i in chosen]))
                self._progress("reading", self._tokens, total)
        return Report(
            forward_passes=self._passes,
            encoded=len(keys),
            tokens=self._tokens,
            seconds=time.monotonic() - started,
            load_seconds=started - began,
            padding_efficiency=self._tokens / self._computed,
        )

    def _check_ids(self, tokens: Tokens, vocabulary: int) -> None:
        highest = int(tokens.ids.max(initial=0))
        if max(highest, self._pad_id) >= vocabulary:
            if highest < vocabulary:
                self._pad_id = 0  # a pad token added to the tokenizer alone: the mask hides it, so any id will do
                return
            raise BadInput(
                f"The tokenizer of {self._checkpoint.name} gives the id {highest}, and the model knows ids below "
                f"{vocabulary}: they do not belong together."
            )

    def _shard(self, encoder: Encoder, tokens: Tokens, chosen: np.ndarray, keys: list[str], texts: list[Sequence[str]]) -> Shard:
        """Vectors of the chosen sentences [S], which fill one shard."""
        facts = self._checkpoint.facts
        counts = np.array([len(forms) for forms in texts], dtype=np.int64)
        base = np.concatenate([[0], np.cumsum(counts)])
        shard = Shard(
            keys,
            counts.tolist(),
            np.zeros(base[-1], dtype=bool),
            np.zeros((facts.layers + 1, base[-1], facts.hidden), dtype=np.float32),
            np.zeros((facts.layers + 1, len(keys), facts.hidden), dtype=np.float32),
        )
        lengths = tokens.lengths[chosen]
        begin = 0
        waiting: tuple[Pooled, np.ndarray] | None = None
        while begin < len(chosen):
            # Cut anew each time: the budget shrinks when a GPU runs out of memory.
            size = batches.batch_size(lengths[begin:], self._budget)
            pooled = self._pass(encoder, tokens, chosen[begin : begin + size])
            if pooled is None:
                continue
            # The pass before this one is fetched only now, while this one is under way on a GPU.
            if waiting:
                self._keep(*waiting, shard, base, texts)
            waiting = pooled, np.arange(begin, begin + size)
            begin += size
        if waiting:
            self._keep(*waiting, shard, base, texts)
        return shard

    def _pass(self, encoder: Encoder, tokens: Tokens, sentences: np.ndarray) -> Pooled | None:
        """One batch, or None where the device's memory did not hold it: then the budget is half of what it was."""
        import torch

        batch = batches.assemble(tokens, sentences, self._pad_id)
        try:
            pooled = encoder(batch)
        except torch.OutOfMemoryError as error:
            if len(sentences) == 1:
                raise BadInput(
                    f"{self._device} has too little memory for one sentence of {batch.tokens:,} sub-words in "
                    f"{self._checkpoint.name}: free some, or set STRATA_DEVICE=cpu."
                ) from error
            self._budget = max(1, min(self._budget, batch.ids.size) // 2)
        else:
            self._passes += 1
            self._tokens += batch.tokens
            self._computed += batch.ids.size
            return pooled
        torch.cuda.empty_cache()
        return None

    def _keep(self, pooled: Pooled, rows: np.ndarray, shard: Shard, base: np.ndarray, texts: list[Sequence[str]]) -> None:
        """Put a batch's states where they belong in its shard; `rows` [B] are its sentences' positions there."""
        states, batch = pooled.numpy(), pooled.batch
        finite = np.isfinite(states).all(axis=2)
        if not finite.all():
            layer, item = np.argwhere(~finite)[0]
            words = len(batch.row)
            forms = texts[rows[batch.row[item] if item < words else item - words]]
            shown = " ".join(forms[:12]) + (" …" if len(forms) > 12 else "")
            raise BadInput(
                f"{self._checkpoint.name} gives values that are not finite at layer {layer} for the sentence {shown!r} "
                f"in {self._precision}: try the other precision, or check its weights."
            )
        slot = base[rows[batch.row]] + batch.word
        shard.present[slot] = True
        shard.words[:, slot] = states[:, : len(slot)]
        shard.sentences[:, rows] = states[:, len(slot) :]


def _count_absent(
    report: Report,
    checkpoint: Checkpoint,
    stored: Collection,
    keys: list[str],
    texts: list[Sequence[str]],
    repeated: list[int],
) -> Report:
    """The report with words that have no vector, read from what is stored: the same whether encoded now or before."""
    counts = np.array([len(forms) for forms in texts], dtype=np.int64)
    sentence = np.repeat(np.arange(len(texts)), counts)
    word = np.arange(len(sentence)) - np.repeat(np.cumsum(counts) - counts, counts)
    reader = stored.reader(keys)
    absent = np.flatnonzero(~reader.present(sentence, word))
    reader.close()
    if not len(absent):
        return report
    forms = [texts[s][w] for s, w in zip(sentence[absent], word[absent], strict=True)]
    nothing = _splitter(checkpoint).empty(forms)
    beyond = np.array([form not in nothing for form in forms])
    times = np.array(repeated)[sentence[absent]]
    cut_short = np.unique(sentence[absent[beyond]])
    return replace(
        report,
        missing_words=int(times[~beyond].sum()),
        truncated_words=int(times[beyond].sum()),
        truncated_sentences=int(np.array(repeated)[cut_short].sum()),
    )


def _splitter(checkpoint: Checkpoint) -> Splitter:
    """The checkpoint's tokenizer without transformers, where its file alone is enough."""
    path = checkpoint.folder / "tokenizer.json"
    if path.is_file():
        from tokenizers import Tokenizer

        return Splitter(Tokenizer.from_file(str(path)))
    from probing.checkpoints.loading import load_tokenizer

    return Splitter(load_tokenizer(checkpoint.folder).backend_tokenizer)
