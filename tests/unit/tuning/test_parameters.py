"""Counts of what each method trains, against the published ones and by hand."""

from __future__ import annotations

from typing import Any

import pytest

from probing.checkpoints import load, resolve
from probing.errors import BadInput
from probing.tuning import METHODS, method_of
from probing.tuning.parameters import Inventory, inventory


def on_meta(config: Any) -> Inventory:
    """The inventory of a model without memory for its weights."""
    import torch
    from transformers import AutoModel

    with torch.device("meta"):
        return inventory(AutoModel.from_config(config))


@pytest.fixture(scope="module")
def bert_base() -> Inventory:
    from transformers import BertConfig

    return on_meta(BertConfig())


def counted(model: Inventory, text: str) -> int:
    method, argument = method_of(text)
    return model.counted(method.choose(argument, model).names)


def test_bitfit_of_a_bert_base_is_the_published_count(bert_base: Inventory) -> None:
    assert counted(bert_base, "bitfit") == 102_912
    assert counted(bert_base, "bitfit:query+intermediate") == 46_080
    assert counted(bert_base, "bitfit") / bert_base.size == pytest.approx(0.00094, abs=1e-5)
    assert sum(bias.size for bias in bert_base.biases if bias.layer == 7) == 8_448


def test_bitfit_of_the_packaged_checkpoint() -> None:
    model = inventory(load(resolve("minilm-l6", None))[0])
    # Six layers of 4,224, the embeddings' norm and the pooler.
    assert counted(model, "bitfit") == 26_112
    assert counted(model, "bitfit:query+intermediate") == 6 * (384 + 1536)
    assert counted(model, "layernorm") == 2 * 384 * (1 + 2 * 6)


def test_output_biases_are_told_apart_by_whole_names(bert_base: Inventory) -> None:
    assert counted(bert_base, "bitfit:output") == 12 * 768
    assert counted(bert_base, "bitfit:attention_output") == 12 * 768
    names = [bias.name for bias in bert_base.biases if bias.kind == "output"]
    assert not any("attention" in name for name in names)


def test_other_methods_by_hand(bert_base: Inventory) -> None:
    assert counted(bert_base, "full") == bert_base.size == 109_482_240
    assert counted(bert_base, "head") == 0
    layer = 4 * (768 * 768 + 768) + 768 * 3072 + 3072 + 3072 * 768 + 768 + 4 * 768
    assert counted(bert_base, "top:2") == 2 * layer + 768 * 768 + 768
    assert METHODS.get("random").choose("", bert_base).sampled == 102_912
    assert len(METHODS.get("lora").choose("", bert_base).names) == 24


def test_kinds_of_other_architectures() -> None:
    from transformers import AlbertConfig, DistilBertConfig, GPT2Config, RobertaConfig

    assert counted(on_meta(DistilBertConfig()), "bitfit") == 6 * 8_448 + 768  # six layers, no pooler
    assert counted(on_meta(DistilBertConfig()), "bitfit:query+intermediate") == 23_040
    assert counted(on_meta(RobertaConfig()), "bitfit") == 102_912
    albert = on_meta(AlbertConfig(hidden_size=32, intermediate_size=48, num_attention_heads=2, vocab_size=50))
    assert counted(albert, "bitfit:intermediate") == 48  # ffn, and not ffn_output, of the one layer that all share
    gpt2 = on_meta(GPT2Config())
    # Each layer: 3·768 + 768 + 3,072 + 768 of its products and two norms; and the last norm.
    assert counted(gpt2, "bitfit") == 12 * (2304 + 768 + 3072 + 768 + 2 * 768) + 768


def test_a_model_without_biases_is_refused_in_words() -> None:
    from transformers import LlamaConfig

    llama = on_meta(LlamaConfig(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, vocab_size=50))
    for text in ("bitfit", "random"):
        with pytest.raises(BadInput, match=r"has 0 biases.*layernorm"):
            counted(llama, text)
    assert counted(llama, "layernorm") == 5 * 64


def test_an_architecture_that_is_not_in_the_table_says_so() -> None:
    from transformers import OPTConfig

    opt = on_meta(
        OPTConfig(hidden_size=32, ffn_dim=64, num_hidden_layers=2, num_attention_heads=2, vocab_size=50, word_embed_proj_dim=32)
    )
    assert not opt.tabled
    assert set(opt.kinds()) <= {"embedding", "linear", "norm", "other"}
    # Each layer: four of 32, 64 and 32 of its products, two norms; and the last norm.
    assert counted(opt, "bitfit") == 2 * (4 * 32 + 64 + 32 + 2 * 32) + 32
    with pytest.raises(BadInput, match="not known here"):
        counted(opt, "bitfit:query")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bitfits", "Unknown tuning method"),
        ("bitfit:", "lacks kinds of parameters"),
        ("bitfit:querry", "'querry' is no kind"),
        ("bitfit:embedding", "embedding has 0 biases"),
        ("full:2", "takes nothing behind a colon"),
        ("top", "lacks how many layers"),
        ("top:0", "from 1 to 12"),
        ("top:13", "from 1 to 12"),
        ("top:two", "from 1 to 12"),
        ("tree:13", "from 0 to 12"),
        ("lora:0", "from 1 to 256"),
    ],
)
def test_an_unknown_or_ill_formed_method_is_one_sentence(bert_base: Inventory, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        counted(bert_base, text)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_every_method_has_a_rate_with_a_reason() -> None:
    assert all(method.rate.value > 0 and len(method.rate.reason) > 20 for method in METHODS)
