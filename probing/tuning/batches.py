"""Examples as tensors: tokens, where words begin, labels; and which examples a step reads. Imports torch at its top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from probing.checkpoints.loading import vocabulary
from probing.checkpoints.tokenizer import Tokenizer
from probing.extraction.tokens import Splitter, Tokens, padding
from probing.tuning.data import Example

if TYPE_CHECKING:
    from probing.tuning.model import EncoderWithHead


@dataclass(frozen=True)
class TokenisedExample:
    """One example in tokens, all [T]: `types` tell a pair's halves, `words` the word of the first sentence (−1: none), `special` bool."""

    ids: np.ndarray
    types: np.ndarray
    words: np.ndarray
    special: np.ndarray


@dataclass(frozen=True)
class ExampleBatch:
    """B examples padded to T tokens.

    `ids`, `types`, `words` [B, T] int64; `mask` [B, T] bool: no padding; `text` [B, T] bool: of a word. `first` [W]: where each word that
    has a token begins, in B · T; `owner` and `word` [W]: whose word it is, and which. `labels` [B] and `tags` [W] are None where
    the task does not ask them. `forms` [B] are the words of each (the first) sentence, for errors.
    """

    ids: Tensor
    types: Tensor
    words: Tensor
    mask: Tensor
    text: Tensor
    first: Tensor
    owner: np.ndarray
    word: np.ndarray
    labels: Tensor | None
    tags: Tensor | None
    forms: list[Sequence[str]]


class ExampleTokenizer:
    """Codes examples with a checkpoint's tokenizer: at most `longest` tokens, the rest cut off. `model` is what will read them."""

    def __init__(self, tokenizer: Tokenizer, longest: int, model: EncoderWithHead) -> None:
        self._splitter = Splitter(tokenizer.backend_tokenizer, longest)
        self._tokenizer, self._name, self._known = tokenizer, model.name, vocabulary(model.encoder)

    def __call__(self, examples: Sequence[Example]) -> list[TokenisedExample]:
        single = [(place, example) for place, example in enumerate(examples) if example.second is None]
        pairs = [(place, example) for place, example in enumerate(examples) if example.second is not None]
        found = dict(zip([place for place, _ in single], self._splitter.encode([e.forms for _, e in single]), strict=True))
        joined = self._splitter.encode_pairs([(e.forms, e.second or ()) for _, e in pairs])
        found |= dict(zip([place for place, _ in pairs], joined, strict=True))
        return [_coded(found[place]) for place in range(len(examples))]

    def pad(self, coded: Iterable[TokenisedExample]) -> int:
        """The id to pad with. Raises BadInput for an id that the model does not know."""
        ids = np.concatenate([one.ids for one in coded])
        return padding(self._tokenizer, Tokens(ids, ids, np.array([0, len(ids)])), self._known, self._name)


def _coded(encoding: Any) -> TokenisedExample:
    if not encoding.ids:  # without a single token it goes in as token 0, which belongs to no word
        return TokenisedExample(np.zeros(1, np.int64), np.zeros(1, np.int64), np.full(1, -1), np.ones(1, bool))
    words = [
        -1 if word is None or sequence else word for word, sequence in zip(encoding.word_ids, encoding.sequence_ids, strict=True)
    ]
    return TokenisedExample(
        np.array(encoding.ids, dtype=np.int64),
        np.array(encoding.type_ids, dtype=np.int64),
        np.array(words, dtype=np.int64),
        np.array(encoding.special_tokens_mask, dtype=bool),
    )


def batch(examples: Sequence[Example], coded: Sequence[TokenisedExample], pad: int, device: str) -> ExampleBatch:
    """Examples and their tokens, in the order given, as one padded batch."""
    width = max(len(one.ids) for one in coded)
    ids, types, words = (np.full((len(coded), width), fill, dtype=np.int64) for fill in (pad, 0, -1))
    mask, text = np.zeros((2, len(coded), width), dtype=bool)
    first, owner, word, tags = [], [], [], []
    for row, (example, one) in enumerate(zip(examples, coded, strict=True)):
        size = len(one.ids)
        ids[row, :size], types[row, :size], words[row, :size] = one.ids, one.types, one.words
        mask[row, :size], text[row, :size] = True, ~one.special
        met, begin = np.unique(one.words, return_index=True)
        real = met >= 0
        first.append(row * width + begin[real])
        owner.append(np.full(int(real.sum()), row))
        word.append(met[real])
        if example.tags is not None:
            tags.append(example.tags[met[real]])
    labels = [example.label for example in examples if example.label is not None]

    def tensor(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device)

    return ExampleBatch(
        tensor(ids),
        tensor(types),
        tensor(words),
        tensor(mask),
        tensor(text),
        tensor(np.concatenate(first)),
        np.concatenate(owner),
        np.concatenate(word),
        tensor(np.array(labels)) if labels else None,
        tensor(np.concatenate(tags)) if tags else None,
        [example.forms for example in examples],
    )


def sampled_positions(size: int, count: int, step: int, seed: int) -> np.ndarray:
    """Which of `size` examples the `step` reads (from 0): each epoch is an order of its own, drawn from (seed, epoch).

    A step's batch depends on nothing before it, so training that goes on from a state needs none of the draws made.
    """
    a_round = max(1, size // count)
    epoch, place = divmod(step, a_round)
    order = np.random.default_rng([seed, epoch]).permutation(size)
    return order[place * count : (place + 1) * count]


def in_turn(lengths: Sequence[int], count: int) -> Iterator[np.ndarray]:
    """All examples in batches of like lengths, for scoring."""
    order = np.argsort(np.array(lengths), kind="stable")
    for begin in range(0, len(order), count):
        yield order[begin : begin + count]
