"""A tiny random instance of an architecture, saved as people save checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.architectures import configurations as tables
from tests.architectures.vocabularies import SPECIALS, tokenizer

DEVIATION = 0.3  # of weights: larger than the usual, so that layers and words differ well beyond rounding


def configuration(model_type: str) -> Any:
    """The tiny configuration of a type."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = CONFIG_MAPPING[model_type]
    sizes = {name: value for name, value in tables.COMMON.items() if name in kind.__dataclass_fields__}
    return kind(**sizes | tables.OVERRIDES.get(model_type, {}))


def build(model_type: str, seed: int = 0) -> Any:
    """The model in memory, in fp32, ready to be read."""
    import torch
    from transformers import AutoModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModel.from_config(configuration(model_type), dtype=torch.float32)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.normal_(std=DEVIATION)
                if parameter.ndim == 1 and name.endswith("weight"):
                    parameter += 1  # of a norm
    return model.eval()


def save(model: Any, kind: str, folder: Path) -> Path:
    """The model and a tokenizer of that kind as a folder."""
    model.save_pretrained(folder)
    tokenizer(kind).save(str(folder / "tokenizer.json"))
    names = {} if kind == "plain" else SPECIALS
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 10**30, **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder
