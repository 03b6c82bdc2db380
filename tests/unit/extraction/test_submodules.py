"""What a block adds, against each family's own formula: the residual sum must come out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.store import Store
from probing.checkpoints import Checkpoint, load, resolve
from probing.checkpoints.names import modules as table
from probing.errors import BadInput
from probing.extraction import collection, extract
from probing.extraction.submodules import SUBMODULES, Listener, check
from probing.extraction.tokens import Splitter
from tests import tiny_checkpoints as tiny

SENTENCES = [("the", "cats", "sat"), ("unbelievable", "dogs", ",", "he", "said", "."), ("a",), ("Don't", "the", "cat")]
DEPTH = 3
SIZE = {"hidden_size": 16, "num_hidden_layers": DEPTH, "num_attention_heads": 2, "intermediate_size": 32}
GPT = {"n_embd": 16, "n_layer": DEPTH, "n_head": 2}
T5 = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": DEPTH, "num_heads": 2}
BART = {
    "d_model": 16,
    "encoder_layers": DEPTH,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 24,
}
GROUPED = SIZE | {"num_key_value_heads": 2, "head_dim": 8}
SIZES: dict[str, dict[str, Any]] = {
    "albert": SIZE | {"embedding_size": 8},
    "electra": SIZE | {"embedding_size": 8},
    "distilbert": {"dim": 16, "n_layers": DEPTH, "n_heads": 2, "hidden_dim": 32},
    **dict.fromkeys(("deberta", "deberta-v2"), SIZE | {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]}),
    "gpt2": GPT,
    "bloom": {"hidden_size": 16, "n_layer": DEPTH, "n_head": 2},
    "gptj": GPT | {"rotary_dim": 4},
    "gpt_neo": {"hidden_size": 16, "num_layers": DEPTH, "num_heads": 2, "attention_types": [[["global"], DEPTH]]},
    "opt": {
        "hidden_size": 16,
        "word_embed_proj_dim": 16,
        "num_hidden_layers": DEPTH,
        "num_attention_heads": 2,
        "ffn_dim": 32,
        "max_position_embeddings": 24,
    },
    **dict.fromkeys(("t5", "mt5"), T5),
    **dict.fromkeys(("bart", "mbart", "marian", "pegasus"), BART),
    "stablelm": SIZE | {"num_key_value_heads": 2},
    **dict.fromkeys(("gemma", "gemma2", "llama", "mistral", "olmo", "olmo2", "phi3", "qwen2", "qwen3", "smollm3"), GROUPED),
}
# Families that norm the sum: where the two norms stand in block l. The others add only, up to the norm after the last block.
BERT_NORMS = ("encoder.layer.{}.attention.output.LayerNorm", "encoder.layer.{}.output.LayerNorm")
NORMS = {
    "albert": (
        "encoder.albert_layer_groups.0.albert_layers.0.attention.LayerNorm",
        "encoder.albert_layer_groups.0.albert_layers.0.full_layer_layer_norm",
    ),
    "distilbert": ("transformer.layer.{}.sa_layer_norm", "transformer.layer.{}.output_layer_norm"),
    "mpnet": ("encoder.layer.{}.attention.LayerNorm", "encoder.layer.{}.output.LayerNorm"),
    **dict.fromkeys(
        ("bert", "camembert", "data2vec-text", "deberta", "deberta-v2", "electra", "ernie", "roberta", "xlm-roberta"), BERT_NORMS
    ),
    **dict.fromkeys(("bart", "marian"), ("layers.{}.self_attn_layer_norm", "layers.{}.final_layer_norm")),
}


def made(model_type: str) -> tuple[Checkpoint, Any]:
    """A model of the type with weights well beyond rounding, and what the listener asks of its checkpoint."""
    import torch
    from transformers import AutoConfig, AutoModel

    ids = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2, "mask_token_id": 3}
    config = AutoConfig.for_model(model_type, vocab_size=40, **ids, **SIZES.get(model_type, SIZE))
    model = AutoModel.from_config(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model = model.get_encoder() if config.is_encoder_decoder else model
    facts = type("Facts", (), {"model_type": model_type, "layers": DEPTH})()
    return type("Made", (), {"name": model_type, "facts": facts})(), model.eval()  # type: ignore[return-value]


@pytest.mark.parametrize("model_type", sorted(table.MODULES))
def test_the_residual_sum_comes_out(model_type: str) -> None:
    """h_l = h_{l-1} + attention_l + mlp_l, or h_l = N(x + mlp_l) of x = N(h_{l-1} + attention_l)."""
    import torch

    checkpoint, model = made(model_type)
    listeners = [Listener(checkpoint, model, submodule) for submodule in ("attention", "mlp")]
    with torch.inference_mode():
        mask = torch.tensor([[1] * 6, [1] * 4 + [0] * 2])
        ids = torch.arange(4, 16).view(2, 6)
        states = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, return_dict=True).hidden_states
        attention, mlp = (listener.take(states[0]) for listener in listeners)
        assert len(attention) == len(mlp) == len(states) == DEPTH + 1
        modules = dict(model.named_modules())
        real = mask.bool()
        # Where nothing is normed in a block, the norm after the last one is no part of it.
        for layer in range(1, DEPTH + 1 if model_type in NORMS else DEPTH):
            expected = states[layer - 1]
            norms = [modules[name.format(layer - 1)] for name in NORMS.get(model_type, ())] or [torch.nn.Identity()] * 2
            for added, norm in zip((attention, mlp), norms, strict=True):
                assert added[layer].abs().max() > 0.01
                expected = norm(expected + added[layer])
            torch.testing.assert_close(expected[real], states[layer][real], rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module", params=["bert", "gpt2", "t5"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    folder = getattr(tiny, request.param)(tmp_path_factory.mktemp(request.param))
    return resolve(str(folder), None, offline=True)


def stored(checkpoint: Checkpoint, store: Store, submodule: str) -> tuple[np.ndarray, np.ndarray]:
    """Words [L+1, W, D] and sentences [L+1, S, D] of SENTENCES, through the store."""
    extract(checkpoint, SENTENCES, store, precision="fp32", submodule=submodule, token_budget=20)
    vectors = collection(store, checkpoint, "mean", "fp32", submodule)
    reader = vectors.reader([sentence_key(forms) for forms in SENTENCES])
    sentence = np.repeat(np.arange(len(SENTENCES)), [len(forms) for forms in SENTENCES])
    word = np.concatenate([np.arange(len(forms)) for forms in SENTENCES])
    every = np.arange(len(SENTENCES))
    layers = range(reader.layers)
    words = np.stack([reader.words(layer, sentence, word) for layer in layers])
    return words, np.stack([reader.sentence_vectors(layer, every) for layer in layers])


def by_hand(checkpoint: Checkpoint, forms: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """What layer 1's attention and feed-forward add to each word of one sentence [W, D], from the weights alone."""
    import torch
    from torch.nn import functional

    model, tokenizer = load(checkpoint)
    tokens = Splitter(tokenizer.backend_tokenizer).tokens([forms], lambda _done, _total: None)
    ids = torch.from_numpy(tokens.ids.astype(np.int64))[None]
    start = model(input_ids=ids, output_hidden_states=True).hidden_states[0][0]
    size, half = start.shape[-1], start.shape[-1] // 2  # two heads

    def attended(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | float, scale: float) -> torch.Tensor:
        heads = [
            torch.softmax(q[:, part] @ k[:, part].T * scale + (mask[h] if isinstance(mask, torch.Tensor) else mask), 1)
            @ v[:, part]
            for h, part in enumerate((slice(0, half), slice(half, size)))
        ]
        return torch.cat(heads, dim=1)

    if checkpoint.facts.model_type == "bert":
        block = model.encoder.layer[0]
        own = block.attention.self
        mixed = attended(own.query(start), own.key(start), own.value(start), 0.0, half**-0.5)
        attention = functional.linear(mixed, block.attention.output.dense.weight, block.attention.output.dense.bias)
        middle = block.attention.output.LayerNorm(start + attention)
        mlp = block.output.dense(functional.gelu(block.intermediate.dense(middle)))
    elif checkpoint.facts.model_type == "gpt2":
        block = model.h[0]
        q, k, v = (block.ln_1(start) @ block.attn.c_attn.weight + block.attn.c_attn.bias).split(size, dim=1)
        future = torch.full((len(start), len(start)), -torch.inf).triu(1)
        attention = attended(q, k, v, future.expand(2, -1, -1), half**-0.5) @ block.attn.c_proj.weight + block.attn.c_proj.bias
        middle = block.ln_2(start + attention) @ block.mlp.c_fc.weight + block.mlp.c_fc.bias
        mlp = functional.gelu(middle, approximate="tanh") @ block.mlp.c_proj.weight + block.mlp.c_proj.bias
    else:
        first, second = model.block[0].layer
        own = first.SelfAttention
        normed = first.layer_norm(start)
        bias = own.compute_bias(len(start), len(start))[0]
        attention = own.o(attended(own.q(normed), own.k(normed), own.v(normed), bias, 1.0))
        dense = second.DenseReluDense
        mlp = dense.wo(functional.relu(dense.wi(second.layer_norm(start + attention))))
    rows = [np.flatnonzero(tokens.words == word) for word in range(len(forms))]
    return tuple(np.stack([added[row].mean(0).detach().numpy() for row in rows]) for added in (attention, mlp))  # type: ignore[return-value]


def test_what_is_stored_is_what_the_weights_say(checkpoint: Checkpoint, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    found = {submodule: stored(checkpoint, store, submodule)[0] for submodule in ("attention", "mlp")}
    begin = 0
    for forms in SENTENCES:
        for submodule, expected in zip(("attention", "mlp"), by_hand(checkpoint, forms), strict=True):
            mine = found[submodule][1, begin : begin + len(forms)]
            np.testing.assert_allclose(mine, expected, rtol=2e-3, atol=2e-3, err_msg=f"{submodule} of {forms}")
        begin += len(forms)


def test_each_submodule_is_a_collection_with_the_same_layer_0(checkpoint: Checkpoint, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    found = {submodule: stored(checkpoint, store, submodule) for submodule in SUBMODULES}
    for words, sentences in found.values():
        np.testing.assert_array_equal(words[0], found["layer"][0][0])
        np.testing.assert_array_equal(sentences[0], found["layer"][1][0])
    if checkpoint.facts.model_type != "bert":
        # A mean is linear: what holds for each sub-word holds for words and sentences.
        for layer, attention, mlp in zip(*(found[submodule] for submodule in SUBMODULES), strict=True):
            np.testing.assert_allclose(layer[1] - layer[0], attention[1] + mlp[1], rtol=5e-3, atol=5e-3)
    assert collection(store, checkpoint, "mean", "fp32").key == collection(store, checkpoint, "mean", "fp32", "layer").key
    assert len({collection(store, checkpoint, "mean", "fp32", submodule).key for submodule in SUBMODULES}) == 3


def test_who_does_not_ask_has_no_hook(checkpoint: Checkpoint) -> None:
    from probing.extraction.forward import Encoder

    model, _ = load(checkpoint)
    Encoder(checkpoint, model, tiny.USUAL, "mean", "cpu")
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_type_that_is_not_known_is_refused_in_a_sentence(tmp_path: Path) -> None:
    known = resolve(str(tiny.bert(tmp_path / "bert")), None, offline=True)
    other = replace(known, facts=replace(known.facts, model_type="xlnet"))
    check(other, "layer")
    with pytest.raises(BadInput, match=r"of the type xlnet, .* choose the submodule layer"):
        extract(other, SENTENCES, Store(tmp_path / "store"), submodule="mlp")
    with pytest.raises(BadInput, match="Submodule 'head' is unknown"):
        check(known, "head")
