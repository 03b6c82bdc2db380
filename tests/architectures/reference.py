"""The states of words and sentences without the product's code: each sentence alone, offsets in running text, hooks on the blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.architectures.blocks import CHANGING, LEADING, PLACES, TOPS
from tests.architectures.configurations import LAYERS
from tests.architectures.instances import type_of

NO_WORD = -1


@dataclass(frozen=True)
class Read:
    """A sentence that went through the model alone: `words` [T] is the word of each token, or NO_WORD; `states` [L+1, T, D]."""

    words: np.ndarray
    states: np.ndarray

    def word(self, number: int, pooling: str) -> np.ndarray:
        """The vectors [L+1, D] of a word."""
        return _pooled(self.states[:, self.words == number], pooling)

    def sentence(self, pooling: str) -> np.ndarray:
        """The vectors [L+1, D] of the sentence: over the sub-words of its words, or the first special (else first) token."""
        special = np.flatnonzero(self.words == NO_WORD)
        if pooling == "first":
            return self.states[:, special[0] if len(special) else 0]
        return _pooled(self.states[:, self.words != NO_WORD], pooling)


def read(name: str, model: Any, tokenizer: Any, sentence: Sequence[str]) -> Read:
    """One sentence through a model of `transformers`, or the encoder of one. `tokenizer` is a tokenizers.Tokenizer."""
    import torch

    if name in CHANGING:
        model.set_attention_type("original_full")  # in blocks, what it gives would depend on what it read before
    ids, words = aligned(tokenizer, sentence)
    with torch.no_grad(), heard(name, model) as states:
        output = model(input_ids=torch.tensor([ids]), return_dict=True)
    if name not in TOPS:
        states[-1] = output.last_hidden_state  # after the final norm, where there is one
    return Read(words, np.stack([_one(layer, LEADING.get(name, 0), len(ids)) for layer in states]))


def attention(model: Any, tokenizer: Any, sentence: Sequence[str]) -> np.ndarray:
    """What the model itself says of one sentence: [L, H, T, T]."""
    import torch

    model.set_attn_implementation("eager")  # the others never hold what is asked for here
    with torch.no_grad():
        output = model(input_ids=torch.tensor([aligned(tokenizer, sentence)[0]]), output_attentions=True, return_dict=True)
    return np.stack([layer[0].numpy() for layer in output.attentions])


def aligned(tokenizer: Any, sentence: Sequence[str]) -> tuple[list[int], np.ndarray]:
    """(ids, the word of each token) of words joined by single spaces. A token belongs to the word of its last character.

    A mark for a space alone belongs to the word after it.
    """
    text, of_character = "", []
    for number, word in enumerate(sentence):
        text += (" " if number else "") + word
        of_character += [number] * (len(word) + (1 if number else 0))
    found = tokenizer.encode(text)
    words = [of_character[end - 1] if end > begin else NO_WORD for begin, end in found.offsets]
    return found.ids, np.array(words)


@contextmanager
def heard(name: str, model: Any) -> Iterator[list[Any]]:
    """Collects what enters the first block, then what each block gives, in the order of the pass."""
    import torch

    entrance, exits = places(name, model)
    states: list[Any] = []

    def enter(_module: Any, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        if not states:
            states.append(_tensor((*args, *options.values())).clone())

    def leave(_module: Any, _args: Any, output: Any) -> None:
        values = output.values() if isinstance(output, dict) else output if isinstance(output, tuple | list) else (output,)
        states.append(_tensor(tuple(values)).clone())

    def _tensor(values: Sequence[Any]) -> Any:
        return next(value for value in values if isinstance(value, torch.Tensor) and value.is_floating_point())

    modules = dict(model.named_modules())
    hooks = [modules[entrance].register_forward_pre_hook(enter, with_kwargs=True)]
    hooks += [modules[module].register_forward_hook(leave) for module in exits]
    try:
        yield states
    finally:
        for hook in hooks:
            hook.remove()


def places(name: str, model: Any) -> tuple[str, list[str]]:
    """(the module that the first block begins with, the modules that blocks end with).

    Blocks are the one list of modules as long as the model is deep; what does not say it so stands in a table.
    """
    import torch

    modules = dict(model.named_modules())
    known = PLACES.get(name) or PLACES.get(type_of(name))
    if known:
        entrance, exit_ = known
        return entrance, [module for module in modules if re.fullmatch(exit_, module)]
    lists = [found for found, module in modules.items() if isinstance(module, torch.nn.ModuleList) and len(module) == LAYERS]
    outer = [found for found in lists if not any(found.startswith(f"{other}.") for other in lists)]
    if len(outer) != 1:
        raise LookupError(f"{name} has {outer or 'no'} lists of {LAYERS} modules: add its blocks to the table")
    return f"{outer[0]}.0", [f"{outer[0]}.{number}" for number in range(LAYERS)]


def _one(layer: Any, begin: int, tokens: int) -> np.ndarray:
    """The states [T, D] of the only sentence, whichever dimension stands for it, less what stands before it or fills a block up."""
    if layer.ndim == 3 and layer.shape[1] == 1 and layer.shape[0] == tokens:
        layer = layer.transpose(0, 1)
    if layer.ndim == 3 and layer.shape[2] == tokens != layer.shape[1]:  # a convolution's [B, D, T]
        layer = layer.transpose(1, 2)
    if layer.ndim == 2:
        layer = layer[None]
    states = np.asarray(layer[0].numpy(), dtype=np.float32)
    return states[begin if len(states) > tokens else 0 :][:tokens]


def _pooled(states: np.ndarray, pooling: str) -> np.ndarray:
    """[L+1, T, D] → [L+1, D]."""
    if pooling == "mean":
        return states.mean(axis=1)
    if pooling == "max":
        return states.max(axis=1)
    return states[:, 0] if pooling == "first" else states[:, -1]
