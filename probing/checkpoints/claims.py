"""Compares the sizes in a configuration with the headers of the weights, before a model is built. Imports no torch.

transformers builds a model of the configured size before it reads the weights. A size that is too large costs memory and time; one that is too
small gives other numbers without an error. Where the headers cannot decide, nothing is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from probing.checkpoints import weights
from probing.checkpoints.facts import LENGTH, VOCABULARY, Facts, sizes_of
from probing.checkpoints.names import configuration
from probing.checkpoints.names import tensors as names_of
from probing.checkpoints.names.configuration import HEADS, HIDDEN, LAYERS
from probing.errors import BadInput

MOST_LAYERS = 4096  # of architectures whose layers share their weights; the deepest published model has 1,000
MOST_POSITIONS = 1 << 26  # the longest published context has 10 million
LARGEST = 1 << 40  # of any whole number that a configuration gives; token ids and seeds lie far below it
SMALL = 1 << 16  # what a size may be without any tensor that is as large
REPEATED = 4  # tensors that every layer has: a list whose entries have fewer is one of something else
EXTRA = ("num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_layers")  # layers of the file that predict further tokens
# A configuration that speaks of these may read a layer several times, so that it has more layers than its files.
SHARED = re.compile(r"num_hidden_groups|recurr|cycle|loop|repeat", re.IGNORECASE)
# Sizes of what is built. Positions, token ids and lengths are none.
SIZE = re.compile(r"(size|dims?|layers?|heads?|experts?|groups?|labels|blocks|inner|rank)$|^(d|n|num)_")
NO_SIZE = re.compile(
    r"position|length|window|context|seq|ctx|bucket|token|_ids?$|chunk|samples|step|seed|batch|beam|image|audio|video|max_|floor"
)
PADDED = 256  # rows of a vocabulary's embeddings beyond those it counts
WORDS = re.compile(r"(^|\.)(word_embeddings?|embed_tokens|wte|shared|tok_embeddings|embed_in|token_embedding)\.weight$")
POSITIONS = re.compile(r"(^|\.)(position_embeddings?|wpe|embed_positions)\.weight$")


def refuse_no_sizes(path: Path, config: dict[str, Any]) -> None:
    """Raise BadInput for sizes that are no whole numbers above 0, and for numbers beyond all that is built. Looks at the configuration alone."""
    sizes = sizes_of(config)
    for name in (*LAYERS, *HIDDEN, *HEADS, *VOCABULARY, *LENGTH):
        value = sizes.get(name)
        if value is None or isinstance(value, list | dict) or (name in LENGTH and type(value) is int and value <= 0):
            continue  # one for each layer or part, or "no limit"
        if type(value) is not int or value < 1:
            raise BadInput(f"{path} says {name}: {_shown(value)}, which must be a whole number above 0: {_ADVICE}.")
    for name, most in (*((name, MOST_LAYERS) for name in LAYERS), *((name, MOST_POSITIONS) for name in LENGTH)):
        if type(sizes.get(name)) is int and sizes[name] > most:
            raise BadInput(f"{path} says {name}: {_shown(sizes[name])}, more than the {most:,} that can be read: {_ADVICE}.")
    for name, value in _numbers(config):
        if abs(value) > LARGEST:
            raise BadInput(f"{path} says {name}: {_shown(value)}, which no model has: {_ADVICE}.")


def refuse_lies(path: Path, config: dict[str, Any], files: Sequence[Path], facts: Facts) -> None:
    """Raise BadInput where the headers of `files` show that the model is another than the configuration at `path` says.

    `facts` are what it says, as `read_facts` reads it.
    """
    layers, hidden, heads, vocabulary = facts.layers, facts.hidden, facts.heads, facts.vocab
    tensors = [tensor for file in files for tensor in weights.tensors(file)]
    sizes = sizes_of(config)
    _refuse_layers(path, sizes, tensors, layers)
    dims = {size for tensor in tensors for size in tensor.shape}
    widest = max(dims, default=0)
    if not _seen(hidden, dims):
        raise _lie(path, _name(sizes, HIDDEN), hidden, "no tensor of the weights is that wide")
    if heads and heads > widest:
        raise _lie(path, _name(sizes, HEADS), heads, f"no tensor of the weights is wider than {widest:,}")
    words = [tensor for tensor in tensors if WORDS.search(tensor.name) and len(tensor.shape) == 2]
    rows = {tensor.shape[0] for tensor in words}
    if vocabulary and words and vocabulary not in dims and not any(vocabulary < count <= vocabulary + PADDED for count in rows):
        raise _lie(path, "vocab_size", vocabulary, f"the weights have {words[0].shape[0]:,} rows of word embeddings")
    numbers = {value for _, value in _numbers(config)}
    if words and not any(tensor.shape[1] in numbers for tensor in words):
        raise _lie(path, _name(sizes, HIDDEN), hidden, f"the weights have word embeddings that are {words[0].shape[1]:,} wide")
    tables = [tensor.shape[0] for tensor in tensors if POSITIONS.search(tensor.name) and len(tensor.shape) == 2]
    length = configuration.size(sizes, LENGTH)
    if tables and length and length > max(tables):
        raise _lie(path, _name(sizes, LENGTH), length, f"the weights have embeddings of {max(tables):,} positions")
    for name, value in _numbers(config):
        last = name.rpartition(".")[2]
        if value > max(SMALL, widest) and SIZE.search(last) and not NO_SIZE.search(last):
            raise _lie(path, name, value, f"no tensor of the weights is larger than {widest:,} in any direction")


def _refuse_layers(path: Path, sizes: dict[str, Any], tensors: Sequence[weights.Tensor], layers: int) -> None:
    """By the lists of blocks that the names of tensors tell of."""
    if any(SHARED.search(name) for name in sizes):
        return
    paired = bool(sizes.get("is_encoder_decoder"))
    held = [
        max(number[0] for number in counts) + 1
        for name, counts in names_of.lists(tensor.name for tensor in tensors).items()
        if counts.total() >= REPEATED * len(counts) and not (paired and names_of.DECODER_SIDE.search(name))
    ]
    extra = sum(configuration.size(sizes, [name]) or 0 for name in EXTRA)
    if held and not any(count in (layers, layers + extra) for count in held):
        raise _lie(path, _name(sizes, LAYERS), layers, f"the weights have {max(held):,} layers")


def _seen(size: int, dims: set[int]) -> bool:
    """Whether a size is that of some tensor, or of several put side by side (queries, keys and values)."""
    return size in dims or any(size * times in dims for times in (2, 3, 4))


def _numbers(config: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Every whole number of a configuration with where it stands: `text_config.hidden_size`."""
    found: list[tuple[str, int]] = []
    waiting: list[tuple[str, Any]] = [("", config)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{place}.{name}" if place else str(name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(place, inner) for inner in value]
        elif type(value) is int or (isinstance(value, float) and math.isfinite(value) and value.is_integer()):
            found.append((place, int(value)))
    return found


def _name(sizes: dict[str, Any], names: Sequence[str]) -> str:
    return next((name for name in names if configuration.size(sizes, [name])), names[0])


def _shown(value: Any) -> str:
    return f"{value:,}" if type(value) is int else ascii(value)[:60]


_ADVICE = "correct it, or fetch the checkpoint again"


def _lie(path: Path, name: str, value: int, but: str) -> BadInput:
    return BadInput(f"{path} says {name}: {_shown(value)}, but {but}: {_ADVICE}.")
