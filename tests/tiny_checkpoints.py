"""Checkpoints small enough for a test: real architectures and tokenizers, two layers of 16, weights from a seed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from probing.checkpoints.selfcheck import VERSION, SelfCheck, release

LETTERS = "abcdefghijklmnopqrstuvwxyz"
TEXT = [
    "the cat sat on the mat",
    "a dog barked at the cats",
    "unbelievable things happen to good dogs",
    "Don't panic , he said .",
]
SIZE = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}

# A self-check that found nothing: states as the model gives them, batches padded.
USUAL = SelfCheck(
    version=VERSION,
    release=release(),
    precision="fp32",
    states="given",
    company="padded",
    causal=False,
    refused="",
    no_attention="",
    findings=(),
)


def bert(folder: Path, seed: int = 0, positions: int = 24, layers: int = 2) -> Path:
    """A BERT that lower-cases; its tokenizer.json asks for truncation to 5 and padding to 30, to be ignored."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "dog", "##s", "un", "##believ", "##able", ",", "."]
    pieces += [*LETTERS, *(f"##{letter}" for letter in LETTERS if letter != "s")]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(5)
    tokenizer.enable_padding(length=30, pad_id=0, pad_token="[PAD]")
    sizes = SIZE | {"num_hidden_layers": layers}
    config = BertConfig(vocab_size=len(pieces), max_position_embeddings=positions, pad_token_id=0, **sizes)
    return _save(folder, BertModel, config, tokenizer, {"pad_token": "[PAD]", "unk_token": "[UNK]"}, seed)


def gpt2(folder: Path, seed: int = 0, positions: int = 24) -> Path:
    """A GPT-2: no special tokens, none for padding, words marked by the space before them."""
    from transformers import GPT2Config, GPT2Model

    tokenizer = _byte_level([])
    sizes = {"n_positions": positions, "n_embd": 16, "n_layer": 2, "n_head": 2}
    config = GPT2Config(vocab_size=tokenizer.get_vocab_size(), bos_token_id=None, eos_token_id=None, **sizes)
    return _save(folder, GPT2Model, config, tokenizer, {}, seed)


def roberta(folder: Path, seed: int = 0, positions: int = 24) -> Path:
    """A RoBERTa: its positions count from 2, so `positions` rows hold `positions` - 2 sub-words."""
    from tokenizers import processors
    from transformers import RobertaConfig, RobertaModel

    tokenizer = _byte_level(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    config = RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        max_position_embeddings=positions,
        pad_token_id=1,
        type_vocab_size=1,
        **SIZE,
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return _save(folder, RobertaModel, config, tokenizer, names, seed)


def llama(folder: Path, seed: int = 0) -> Path:
    """A LLaMA: no biases at all."""
    from transformers import LlamaConfig, LlamaModel

    tokenizer = _byte_level([])
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, bos_token_id=None, eos_token_id=None, **SIZE
    )
    return _save(folder, LlamaModel, config, tokenizer, {}, seed)


def t5(folder: Path, seed: int = 0) -> Path:
    """A T5: encoder and decoder, of which the encoder is probed; one special token, at the end."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import T5Config, T5Model

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), ("▁the", -1.0), ("▁cat", -1.5)]
    pieces += [(letter, -4.0) for letter in LETTERS]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    config = T5Config(vocab_size=len(pieces), d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2)
    return _save(folder, T5Model, config, tokenizer, {"pad_token": "<pad>", "eos_token": "</s>"}, seed)


def edit_json(path: Path, **changes: Any) -> None:
    """Put `changes` into a JSON object on disk; None removes a key."""
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    gone = {key for key, value in changes.items() if value is None}
    path.write_text(json.dumps({key: content[key] for key in content if key not in gone}), encoding="utf-8")


def _byte_level(specials: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT * 3, trainer)
    return tokenizer


def _save(folder: Path, model_class: Any, config: Any, tokenizer: Any, names: dict[str, str], seed: int) -> Path:
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = model_class(config)
        # Larger than the usual initial weights, so that layers and words differ well beyond rounding.
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.4)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 10**30, **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder
