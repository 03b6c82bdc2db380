"""What trains, told from the headers of files: equal to what the loaded model says, for each architecture that a test can make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from probing.checkpoints import load, resolve
from probing.errors import BadInput
from probing.training_cost import back, trains
from probing.tuning import METHODS, method_of
from probing.tuning.finetune import trainable
from probing.tuning.method import trained
from probing.tuning.parameters import Inventory, inventory, inventory_of
from tests import tiny_checkpoints as tiny

MAKERS: tuple[Callable[[Path], Path], ...] = (tiny.bert, tiny.gpt2, tiny.roberta)


def same(one: Inventory | None, other: Inventory) -> None:
    assert one is not None
    assert (one.model_type, one.layers) == (other.model_type, other.layers)
    assert {p.name: p for p in one.parameters} == {p.name: p for p in other.parameters}


@pytest.mark.parametrize("make", MAKERS)
def test_headers_tell_what_the_loaded_model_tells(make: Callable[[Path], Path], tmp_path: Path) -> None:
    found = resolve(str(make(tmp_path / "model")), tmp_path / "store")
    same(inventory_of(found), inventory(load(found)[0]))


def test_other_architectures_of_the_table(tmp_path: Path) -> None:
    from transformers import AlbertConfig, AutoModel, DistilBertConfig, ElectraConfig, LlamaConfig, MPNetConfig

    tiny.bert(tmp_path / "tokens")
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 70}
    configs: tuple[Any, ...] = (
        AlbertConfig(embedding_size=8, **size),
        DistilBertConfig(dim=16, n_layers=2, n_heads=2, hidden_dim=32, vocab_size=70),
        ElectraConfig(embedding_size=8, **size),
        LlamaConfig(**size),
        MPNetConfig(**size),
    )
    for config in configs:
        folder = tmp_path / config.model_type
        AutoModel.from_config(config).save_pretrained(folder)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (folder / name).write_bytes((tmp_path / "tokens" / name).read_bytes())
        found = resolve(str(folder), tmp_path / "store")
        same(inventory_of(found), inventory(load(found)[0]))


def test_a_head_that_was_saved_beside_the_encoder_is_not_the_encoders(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification

    plain = tiny.bert(tmp_path / "plain")
    config = BertConfig.from_pretrained(plain, num_labels=5)
    BertForSequenceClassification(config).save_pretrained(tmp_path / "headed")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "headed" / name).write_bytes((plain / name).read_bytes())
    found = resolve(str(tmp_path / "headed"), tmp_path / "store")
    same(inventory_of(found), inventory(load(found)[0]))
    assert all("classifier" not in p.name for p in inventory_of(found).parameters)  # type: ignore[union-attr]


def test_names_of_the_oldest_files_are_read_as_transformers_reads_them(tmp_path: Path) -> None:
    folder = tiny.bert(tmp_path / "old")
    weights = load_file(folder / "model.safetensors")
    old = {}
    for name, value in weights.items():
        renamed = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old[f"bert.{renamed}"] = value
    old["bert.embeddings.position_ids"] = np.arange(24)[None]
    save_file(old, folder / "model.safetensors", metadata={"format": "pt"})
    found = resolve(str(folder), tmp_path / "store")
    same(inventory_of(found), inventory(load(found)[0]))


def test_what_files_cannot_tell_is_not_told(tmp_path: Path) -> None:
    t5 = resolve(str(tiny.t5(tmp_path / "t5")), tmp_path / "store")
    assert inventory_of(t5) is None, "not in the table"
    folder = tiny.bert(tmp_path / "headless")
    weights = load_file(folder / "model.safetensors")
    save_file({n: v for n, v in weights.items() if "pooler" not in n}, folder / "model.safetensors", metadata={"format": "pt"})
    assert inventory_of(resolve(str(folder), tmp_path / "store")) is not None
    assert inventory_of(resolve(f"random:{folder}@0", tmp_path / "store")) is None, (
        "a random twin has a pooler that its files lack"
    )
    assert trains("full", None, "intent").values is None


def test_the_packaged_checkpoint_and_its_counts() -> None:
    whole = inventory_of(resolve("minilm-l6", None))
    assert trains("bitfit", whole, "intent").values == 26_112
    assert trains("bitfit", whole, "tokens").values == 26_112 - 384, "nothing reads the pooler where words are asked"
    assert trains("full", whole, "intent").share == 1.0
    assert trains("lora:8", whole, "intent").values == 6 * 2 * 8 * (384 + 384)
    with pytest.raises(BadInput, match="is no kind"):
        trains("bitfit:querry", whole, "intent")


def test_what_is_told_before_the_start_is_what_trains(tmp_path: Path) -> None:
    from probing.tuning.model import build

    found = resolve(str(tiny.bert(tmp_path / "model")), tmp_path / "store")
    model, whole = build(found, 3, 0, 0, "cpu", tiny.USUAL)[0], inventory_of(found)
    assert whole is not None
    for text in (*(name for name in METHODS.names() if name not in ("top", "tree")), "top:1", "tree:2", "bitfit:query", "lora:2"):
        method, argument = method_of(text)
        choice = method.choose(argument, whole)
        names, count = trained(choice, whole)
        told = trainable(inventory(model.encoder), choice, model)
        assert (sorted(names), count) == (sorted(told["names"]), told["parameters"]), text


def test_backward_passes_by_hand(tmp_path: Path) -> None:
    whole = inventory_of(resolve(str(tiny.bert(tmp_path / "model")), tmp_path / "store"))
    assert whole is not None

    def cost(text: str) -> float:
        method, argument = method_of(text)
        return back(method.choose(argument, whole), whole)

    assert cost("head") == 0
    assert cost("bitfit") == 1, "down to the embeddings' norm, and no matrix"
    assert cost("full") == 2
    assert 0.5 < cost("top:1") < 2
    assert back(None, None) == 2
