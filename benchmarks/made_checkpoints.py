"""Checkpoints of given sizes with random weights, and text for them, made on the spot: what speed is measured on where nothing can be fetched.

Speed depends on shapes alone. The tokenizer knows syllables and frequent words, so that words have one sub-word or several, as in real text.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch

WORDS, WHOLE = 20_000, 4_000  # words of the language, and how many of the frequent ones are a piece of their own
SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
LETTERS = "bdfgklmnprst", "aeiou"
SYLLABLES = ["".join(parts) for parts in product(*LETTERS, ("", "n"))]


@dataclass(frozen=True)
class Size:
    """A BERT encoder, or where `kind` is llama a decoder: `layers` blocks, `hidden` wide, `dtype` on disk."""

    name: str
    kind: str
    layers: int
    hidden: int
    heads: int
    between: int
    vocabulary: int = 30_522
    dtype: torch.dtype = torch.float32


MINILM = Size("encoder 6 × 384", "bert", 6, 384, 12, 1536)
BASE = Size("encoder 12 × 768", "bert", 12, 768, 12, 3072)
BILLION = Size("decoder 16 × 2,048", "llama", 16, 2048, 32, 8192, 32_000, torch.bfloat16)
TINY = Size("encoder 2 × 32", "bert", 2, 32, 2, 64, 8_192)
TINY_DECODER = Size("decoder 2 × 64", "llama", 2, 64, 4, 128, 8_192, torch.bfloat16)


def checkpoint(folder: Path, size: Size, device: str = "cpu") -> Path:
    """Write config.json, weights drawn on `device`, and a tokenizer into `folder`, which is returned."""
    from safetensors.torch import save_file
    from transformers import AutoModel, BertConfig, LlamaConfig

    shared = {
        "hidden_size": size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "intermediate_size": size.between,
        "vocab_size": size.vocabulary,
        "pad_token_id": 0,
    }
    config = (
        BertConfig(**shared)
        if size.kind == "bert"
        else LlamaConfig(**shared, num_key_value_heads=size.heads // 4, bos_token_id=None, eos_token_id=None)
    )
    with torch.device("meta"):  # names and shapes, without the minutes that initial weights take
        shapes = {name: tensor.shape for name, tensor in AutoModel.from_config(config).state_dict().items()}
    generator = torch.Generator(device).manual_seed(0)
    tensors = {name: _drawn(name, shape, generator).to("cpu", size.dtype) for name, shape in shapes.items()}
    folder.mkdir(parents=True, exist_ok=True)
    config.dtype = size.dtype
    config.save_pretrained(folder)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(folder, begins=size.kind == "bert")
    return folder


def sentences(count: int, seed: int = 0) -> list[list[str]]:
    """`count` sentences of words drawn by rank (Zipf), their lengths spread as in a treebank: 15 words on average, 100 at most."""
    draw = np.random.default_rng(seed)
    words, share = np.array(_words()), 1 / np.arange(1, WORDS + 1)
    lengths = np.clip(draw.lognormal(2.45, 0.75, count), 1, 100).astype(int)
    drawn = words[draw.choice(WORDS, lengths.sum(), p=share / share.sum())]
    return [list(part) for part in np.split(drawn, np.cumsum(lengths)[:-1])]


def _drawn(name: str, shape: torch.Size, generator: torch.Generator) -> torch.Tensor:
    if name.endswith(".bias"):
        return torch.zeros(shape, device=generator.device)
    if "norm" in name.lower():
        return torch.ones(shape, device=generator.device)
    return torch.randn(shape, device=generator.device, generator=generator).mul_(0.02)


@functools.cache
def _words() -> list[str]:
    """Every word of the language, frequent ones first: one to four syllables."""
    draw = np.random.default_rng(1)
    count = 2 * WORDS  # short ones are drawn more than once
    first = draw.integers(len(SYLLABLES), size=(count, 4)).tolist()
    length = draw.integers(1, 5, count).tolist()
    drawn = dict.fromkeys("".join(SYLLABLES[i] for i in row[:size]) for row, size in zip(first, length, strict=True))
    return list(drawn)[:WORDS]


def _tokenizer(folder: Path, begins: bool) -> None:
    """A tokenizer of word pieces; `begins`: whether a sentence stands between [CLS] and [SEP]."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    parts = [*SYLLABLES, *"".join(LETTERS)]  # letters, since the longest piece may end within a syllable
    pieces = dict.fromkeys([*SPECIALS, *parts, *(f"##{one}" for one in parts), *_words()[:WHOLE]])
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if begins:
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
