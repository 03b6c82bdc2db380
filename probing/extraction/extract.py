"""Checkpoint × sentences → activations in the store, every layer in one pass. Imports torch only when it encodes."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cache.activations import Collection
from cache.keys import SCHEMA, sentence_key
from cache.locks import FileLock
from cache.store import Store
from probing import precision as arithmetic
from probing.checkpoints import Checkpoint, identity
from probing.checkpoints.foreign import shown
from probing.checkpoints.selfcheck import SelfCheck, stored_check
from probing.checkpoints.tokenizer import Tokenizer, load_tokenizer
from probing.checkpoints.trust import trusted
from probing.errors import BadInput
from probing.extraction import batches, devices, submodules
from probing.extraction.models import Models
from probing.extraction.passes import Passes, keep_steady, lanes
from probing.extraction.submodules import LAYER
from probing.extraction.tokens import Splitter, Tokens, padding
from probing.extraction.writer import ShardContents, Writer

if TYPE_CHECKING:
    from probing.extraction.forward import Encoder, Pooled

POOLINGS = ("mean", "first", "last", "max")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class ExtractionReport:
    """Counts of one call. Words are counted as the text has them, repeated sentences each time.

    `encoded` and `reused` are distinct sentences; `tokens` are sub-words that went through the model (specials counted,
    pads not), `padding_efficiency` their share of what it computed (1.0 where nothing was); `seconds` from the first
    pass to the last shard written. `check` are sentences of the checkpoint's self-check that a reader should know.
    """

    forward_passes: int = 0
    encoded: int = 0
    reused: int = 0
    tokens: int = 0
    seconds: float = 0.0
    padding_efficiency: float = 1.0
    missing_words: int = 0
    truncated_words: int = 0
    truncated_sentences: int = 0
    check: tuple[str, ...] = ()

    def notes(self, name: str) -> list[str]:
        """Sentences for the reader of a result; `name` is the checkpoint's."""
        notes = list(self.check)
        if self.missing_words:
            notes.append(f"{name}: {self.missing_words:,} words have no vector, since its tokenizer splits them into nothing.")
        if self.truncated_words:
            notes.append(
                f"{name}: {self.truncated_words:,} words in {self.truncated_sentences:,} sentences have no vector, "
                "since they lie beyond the model's maximal length."
            )
        return notes


def facts_of(checkpoint: Checkpoint, pooling: str, precision: str, submodule: str = LAYER) -> dict[str, Any]:
    """What names a collection: change any of these and the vectors are others. `precision` is a resolved one."""
    own = {"pooling": pooling, "precision": precision, "submodule": submodule}
    return {"schema": SCHEMA, **checkpoint.identity(), **own}


def collection(store: Store, checkpoint: Checkpoint, pooling: str, precision: str, submodule: str = LAYER) -> Collection:
    """The stored activations of a checkpoint. `precision` is a resolved one (fp32 or bf16)."""
    return store.collection(facts_of(checkpoint, pooling, precision, submodule))


def extract(
    checkpoint: Checkpoint,
    sentences: Sequence[Sequence[str]],
    store: Store,
    *,
    pooling: str = "mean",
    precision: str = "auto",
    submodule: str = LAYER,
    device: str = "cpu",
    progress: Progress = lambda _stage, _done, _total: None,
    token_budget: int | None = None,
    models: Models | None = None,
) -> ExtractionReport:
    """Make sure that every sentence (its word forms) has its vectors in the store; only those it lacks are encoded.

    Layer 0 is the embedding output, layer L the top; with `submodule` attention or mlp, layer l is what that part of
    block l adds to the stream. A word's vector is pooled over its sub-words, a sentence's over the sub-words of its
    words (mean, max), or is its first special token (first), or its last sub-word (last). Words without sub-words or
    beyond the model's length have no vector: they are counted, never shifted. `device` is as STRATA_DEVICE says it: of
    several, each encodes its share where there is much to do. `progress` gets a stage, and sentences or sub-words done
    and in all. `models` keeps the model for the next call, where it keeps any.

    Raises BadInput for what the model cannot encode, StoreError where the store cannot keep it; finished shards stay.
    """
    if pooling not in POOLINGS:
        raise BadInput(f"Pooling {pooling!r} is unknown: choose one of {', '.join(POOLINGS)}.")
    submodules.check(checkpoint, submodule)
    if token_budget is not None and token_budget < 1:
        raise BadInput(f"A token budget of {token_budget} holds nothing: give 1 or more.")
    device = arithmetic.resolve_device(device)
    first, *others = arithmetic.devices(device)
    precision = arithmetic.resolve(precision, device)
    repeated: Counter[str] = Counter()
    distinct: dict[str, Sequence[str]] = {}
    for forms in sentences:
        key = sentence_key(forms)
        repeated[key] += 1
        distinct.setdefault(key, forms)
    keys, texts = list(distinct), list(distinct.values())
    stored = collection(store, checkpoint, pooling, precision, submodule)
    report = ExtractionReport(reused=len(keys))
    # One process encodes a collection at a time; another that asks for the same text waits and then finds it there.
    with stored.lease(), FileLock(store.locks / f"extract-{stored.key}.lock"):
        missing = stored.sound(keys)
        if missing:
            progress("checking the model", 0, 1)
            check = trusted(checkpoint, store.root, first)
            setup = _Setup(checkpoint, check, stored, pooling, precision, submodule, token_budget)
            run = _Extraction(setup, first, progress, models or Models())
            report = run.encode([keys[i] for i in missing], [texts[i] for i in missing], others)
            report = replace(report, reused=len(keys) - len(missing))
        if (found := stored_check(checkpoint, store.root)) is not None:
            report = replace(report, check=tuple(found.notes(checkpoint.name)))
        if keys:
            report = _count_absent(report, checkpoint, stored, keys, texts, [repeated[key] for key in keys])
    return report


@dataclass(frozen=True)
class _Setup:
    """What every process that encodes is told."""

    checkpoint: Checkpoint
    check: SelfCheck
    stored: Collection
    pooling: str
    precision: str
    submodule: str
    token_budget: int | None


@dataclass(frozen=True)
class _Share:
    """What one of them encodes: `shards` are ranges of `order` [S], which are positions in keys, texts and tokens."""

    keys: list[str]
    texts: list[Sequence[str]]
    tokens: Tokens
    order: np.ndarray
    shards: list[tuple[int, int]]


def _help(setup: _Setup, device: str, share: Callable[[], _Share], tell: Callable[[int], None]) -> tuple[int, int, int]:
    """A helper's part on a device of its own. Returns its passes, the sub-words it read and those it computed."""
    run = _Extraction(setup, device, lambda *_: None, Models())
    encoder, tokenizer = run.open()
    return run.read(encoder, tokenizer, share(), tell)


class _Extraction:
    """The encoding of what is missing: one order of sentences, shards in that order, a model for each device."""

    def __init__(self, setup: _Setup, device: str, progress: Progress, models: Models) -> None:
        self._setup, self._device, self._progress, self._models = setup, device, progress, models
        self._checkpoint, facts = setup.checkpoint, setup.checkpoint.facts
        self._budget, self._shard_tokens = batches.limits(facts.layers, facts.hidden, device, setup.token_budget)

    def encode(self, keys: list[str], texts: list[Sequence[str]], others: Sequence[str]) -> ExtractionReport:
        """Encode all, with the help of the devices `others` where there is enough for them to do."""
        helping = others[: sum(map(len, texts)) // (devices.SHARDS * self._shard_tokens)]
        with devices.Helpers(_help, self._setup, helping) as helpers:
            encoder, tokenizer = self.open()
            splitter = Splitter(tokenizer.backend_tokenizer, self._checkpoint.facts.max_length)
            tokens = splitter.tokens(texts, lambda done, total: self._progress("splitting words", done, total))
            started = time.monotonic()
            order, total = batches.order(tokens.lengths, keys), int(tokens.start[-1])
            shards = batches.shards(tokens.lengths[order], self._shard_tokens)
            # Shards ascend in the length of their sentences: dealt out in turn, every device has some of all lengths.
            count = 1 + len(helping)
            mine, *theirs = [_Share(keys, texts, tokens, order, shards[first::count]) for first in range(count)]
            helpers.divide(theirs)
            counts = [self.read(encoder, tokenizer, mine, lambda done: self._progress("reading", done + helpers.done(), total))]
            own = counts[0][1]
            counts += helpers.results(lambda done: self._progress("reading", own + done, total))
        passes, read, computed = (sum(column) for column in zip(*counts, strict=True))
        return ExtractionReport(
            forward_passes=passes,
            encoded=len(keys),
            tokens=read,
            seconds=time.monotonic() - started,
            padding_efficiency=read / computed,
        )

    def open(self) -> tuple[Encoder, Tokenizer]:
        """The model and its tokenizer, loaded."""
        keep_steady()
        setup = self._setup
        loading = partial(self._progress, "loading the model", 0, 1)
        of = (setup.checkpoint, setup.check, setup.pooling, setup.precision, setup.submodule)
        return self._models.open(*of, self._device, loading)

    def read(self, encoder: Encoder, tokenizer: Tokenizer, share: _Share, tell: Callable[[int], None]) -> tuple[int, int, int]:
        """Encode a share; all of it is stored on return. `tell` gets the sub-words read, after each shard.

        Returns passes, sub-words read, and sub-words computed (pads too).
        """
        pad = padding(tokenizer, share.tokens, encoder.vocabulary, self._checkpoint.name)
        passes = Passes(encoder, share.tokens, share.texts, share.order, share.shards, pad, self._budget)
        with Writer(self._setup.stored, identity.made_from(self._checkpoint)) as writer, lanes(self._device) as side_by_side:
            for number, read in itertools.groupby(passes.read(side_by_side), lambda result: result[0].shard):
                chosen = share.order[slice(*share.shards[number])]
                texts = [share.texts[i] for i in chosen]
                shard = self._shard([share.keys[i] for i in chosen], texts)
                base = np.cumsum([0, *shard.counts])
                for piece, pooled in read:
                    self._keep(pooled, np.arange(piece.begin, piece.end), shard, base, texts)
                writer.put(shard)
                tell(passes.tokens)
        return passes.made, passes.tokens, passes.computed

    def _shard(self, keys: list[str], texts: list[Sequence[str]]) -> ShardContents:
        """An empty shard of these sentences."""
        facts = self._checkpoint.facts
        counts = [len(forms) for forms in texts]
        words = sum(counts)
        return ShardContents(
            keys,
            counts,
            np.zeros(words, dtype=bool),
            np.zeros((facts.layers + 1, words, facts.hidden), dtype=np.float32),
            np.zeros((facts.layers + 1, len(keys), facts.hidden), dtype=np.float32),
        )

    def _keep(self, pooled: Pooled, rows: np.ndarray, shard: ShardContents, base: np.ndarray, texts: list[Sequence[str]]) -> None:
        """Put a batch's states where they belong in its shard; `rows` [B] are its sentences' positions there."""
        states, batch = pooled.numpy(), pooled.batch
        finite = np.isfinite(states).all(axis=2)
        if not finite.all():
            layer, item = np.argwhere(~finite)[0]
            words = len(batch.row)
            forms = texts[rows[batch.row[item] if item < words else item - words]]
            raise BadInput(
                f"{self._checkpoint.name} gives values that are not finite at layer {layer} for the sentence {shown(forms)} "
                f"in {self._setup.precision}: try the other precision, or check its weights."
            )
        slot = base[rows[batch.row]] + batch.word
        shard.present[slot] = True
        shard.words[:, slot] = states[:, : len(slot)]
        shard.sentences[:, rows] = states[:, len(slot) :]


def _count_absent(
    report: ExtractionReport,
    checkpoint: Checkpoint,
    stored: Collection,
    keys: list[str],
    texts: list[Sequence[str]],
    repeated: list[int],
) -> ExtractionReport:
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
    nothing = Splitter(load_tokenizer(checkpoint.folder).backend_tokenizer).empty(forms)
    beyond = np.array([form not in nothing for form in forms])
    times = np.array(repeated)[sentence[absent]]
    cut_short = np.unique(sentence[absent[beyond]])
    return replace(
        report,
        missing_words=int(times[~beyond].sum()),
        truncated_words=int(times[beyond].sum()),
        truncated_sentences=int(np.array(repeated)[cut_short].sum()),
    )
