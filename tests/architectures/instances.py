"""A tiny random instance of an architecture, saved as people save checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from probing.checkpoints.foreign import quiet
from tests.architectures.configurations import COMMON, OVERRIDES
from tests.architectures.names import NAMES, VARIANTS
from tests.architectures.vocabularies import KINDS, SPECIALS, tokenizer

DEVIATION = 0.3  # of weights: larger than the usual, so that layers and words differ well beyond rounding


def type_of(name: str) -> str:
    """The model_type of a name."""
    return VARIANTS[name][0] if name in VARIANTS else name


def kind_of(name: str) -> str:
    """The kind of tokenizer that a name has: each in turn."""
    return KINDS[NAMES.index(name) % len(KINDS)]


def build(name: str, seed: int = 0) -> Any:
    """The model in memory, in fp32, ready to be read."""
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    model_type, class_name, further = VARIANTS.get(name, (name, None, {}))
    kind = CONFIG_MAPPING[model_type]
    sizes = {size: value for size, value in COMMON.items() if size in kind.__dataclass_fields__}
    config = kind(**sizes | OVERRIDES.get(model_type, {}) | further)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = getattr(transformers, class_name)(config) if class_name else transformers.AutoModel.from_config(config)
        with torch.no_grad():
            for parameter_name, parameter in model.named_parameters():
                parameter.normal_(std=DEVIATION)
                if parameter.ndim == 1 and parameter_name.endswith("weight"):
                    parameter += 1  # of a norm
    return model.eval()


def encoder(model: Any) -> Any:
    """What of a model is read: not its head, and of an encoder-decoder the encoder."""
    body = getattr(model, model.base_model_prefix, model)
    return body.get_encoder() if body.config.is_encoder_decoder else body


def save(name: str, model: Any, folder: Path) -> Path:
    """The model and its tokenizer as a folder."""
    with quiet():
        model.save_pretrained(folder)
    kind = kind_of(name)
    tokenizer(kind).save(str(folder / "tokenizer.json"))
    names = {} if kind == "plain" else SPECIALS
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 10**30, **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder
