"""The table of names by hand: known counts, names in odd places, entries of configurations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from probing.cells.drift import movements
from probing.checkpoints import mends, resolve
from probing.checkpoints.names.configuration import cut, size, uncut
from probing.checkpoints.names.tensors import BEHIND, is_additive, is_parameter, modern, places, read_otherwise
from probing.checkpoints.pairing import pairing
from probing.checkpoints.weights import parameters_by_part
from probing.tuning.parameters import inventory
from tests import tiny_checkpoints as tiny


def test_masks_of_an_early_gpt2_are_no_parameters(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2Model

    config = GPT2Config(vocab_size=400, n_positions=64, n_embd=16, n_layer=3, n_head=2, bos_token_id=None, eos_token_id=None)
    GPT2Model(config).save_pretrained(tmp_path)
    file = tmp_path / "model.safetensors"
    masks = {f"h.{layer}.attn.bias": np.ones((1, 1, 64, 64), np.float32) for layer in range(3)}
    masks |= {f"h.{layer}.attn.masked_bias": np.full((), -1e4, np.float32) for layer in range(3)}
    save_file(load_file(file) | masks, file, metadata={"format": "pt"})
    parts = parameters_by_part([file])
    assert sum(parts.values()) == 17_296
    assert parts == {"embeddings": 16 * 464, **dict.fromkeys(("layer 1", "layer 2", "layer 3"), 3_280), "other": 32}


def test_biases_of_a_squeezebert() -> None:
    from transformers import SqueezeBertConfig, SqueezeBertModel

    sizes: dict[str, Any] = {"hidden_size": 16, "embedding_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4}
    model = SqueezeBertModel(SqueezeBertConfig(vocab_size=50, intermediate_size=32, **sizes))
    assert sum(bias.size for bias in inventory(model).biases) == 464


@pytest.mark.parametrize(
    ("name", "layer", "kind"),
    [
        ("encoder.layer.3.output.dense.weight", 4, "output.dense.weight"),
        ("transformer.h.0.attn.c_attn.bias", 1, "attn.c_attn.bias"),
        ("transformer.attentions.1.q_lin.weight", 2, "attentions.q_lin.weight"),
        ("layer_norm2.1.weight", 2, "layer_norm2.weight"),
        ("encoder.albert_layer_groups.0.albert_layers.0.ffn.bias", 1, "ffn.bias"),
        ("model.layers.7.mlp.experts.3.w1.weight", 8, "mlp.experts.3.w1.weight"),
        ("encoder.layers.2.layer_norm1.weight", 3, "layer_norm1.weight"),
        ("embeddings.LayerNorm.weight", 0, "embeddings.LayerNorm.weight"),
        ("layer_norm_emb.weight", 0, "layer_norm_emb.weight"),
        ("w.weight", 0, "w.weight"),
        ("embed_out.weight", BEHIND, "embed_out.weight"),
        ("embedding_norm.weight", BEHIND, "embedding_norm.weight"),
        ("cls.predictions.decoder.bias", BEHIND, "cls.predictions.decoder.bias"),
    ],
)
def test_where_a_name_stands(name: str, layer: int, kind: str) -> None:
    found = places([name])[name]
    assert (found.layer, found.kind) == (layer, kind)


def test_layers_are_the_longest_list_and_no_decoder_beside_an_encoder() -> None:
    names = [f"encoder.layers.{i}.fc1.weight" for i in range(2)] + [f"decoder.layers.{i}.fc1.weight" for i in range(5)]
    names += ["decoder.embed_tokens.weight", "vision_model.encoder.layers.0.fc1.weight", "head_encoder.layers.0.fc1.weight"]
    labels = {name: place.label for name, place in places(names).items()}
    assert [labels[name] for name in names] == ["layer 1", "layer 2", *["decoder"] * 6, "other", "other"]
    assert places(["decoder.layers.4.fc1.weight"])["decoder.layers.4.fc1.weight"].layer == 5, "of a decoder alone (OPT)"


def test_two_numbers_name_a_layer() -> None:
    names = [f"encoder.blocks.{block}.{inner}.ffn.weight" for block in range(2) for inner in range(3)]
    assert [place.layer for place in places(names).values()] == [1, 2, 3, 4, 5, 6]


PARTS = st.one_of(
    st.sampled_from(("layers", "h", "blocks", "attentions", "encoder", "decoder", "0", "1", "17")), st.text("abz_", min_size=1)
)


@given(st.lists(st.lists(PARTS, min_size=1, max_size=6).map(".".join), max_size=8))
def test_any_names_have_one_place_each(names: list[str]) -> None:
    found = places(names)
    assert found.keys() == set(names)
    assert all((place.part == "layers") == (place.layer > 0) for place in found.values())
    assert all(modern(modern(name)) == modern(name) for name in names)


def test_what_is_a_bias_and_what_a_buffer() -> None:
    assert all(map(is_additive, ("a.bias", "attention.self.q_bias", "experts.down_proj_bias", "mixer.dt_bias")))
    assert not any(map(is_additive, ("a.weight", "relative_attention_bias.weight", "r_w_bias", "position_bias")))
    buffers = ("h.0.attn.masked_bias", "layers.0.self_attn.rotary_emb.inv_freq", "embeddings.position_ids", "bn.running_mean")
    assert not any(map(is_parameter, buffers))
    assert all(
        map(is_parameter, ("h.0.attn.c_attn.bias", "attention.dense.bias", "embed_positions.weight", "self_attn.in_proj_bias"))
    )


def test_drift_reads_early_names_and_no_masks(tmp_path: Path) -> None:
    first = tiny.bert(tmp_path / "first")
    second = tiny.bert(tmp_path / "second")
    file = second / "model.safetensors"
    early = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value + 1
        for name, value in load_file(file).items()
    }
    save_file({f"bert.{name}": value for name, value in early.items()}, file, metadata={"format": "pt"})
    one, other = (resolve(str(folder), tmp_path / "store") for folder in (first, second))
    paired = pairing(one, other)
    assert (paired.only_first, paired.only_second) == ((), ())
    moved = movements(paired, lambda _done, _total: None)
    assert moved[2, "output.LayerNorm.weight"].mean == pytest.approx(1)
    assert {layer for layer, _ in moved} == {0, 1, 2, -1}
    assert not read_otherwise(load_file(first / "model.safetensors").keys())
    assert read_otherwise(load_file(file).keys())


def test_drift_of_an_encoder_decoder_keeps_both_apart(tmp_path: Path) -> None:
    one = resolve(str(tiny.t5(tmp_path / "t5")), tmp_path / "store")
    moved = movements(pairing(one, one), lambda _done, _total: None)
    assert moved[1, "layer.0.SelfAttention.q.weight"].n == 16 * 16
    assert (BEHIND, "decoder.block.0.layer.0.SelfAttention.q.weight") in moved


def test_entries_of_a_configuration_by_hand() -> None:
    values = {
        "layer_types": ["a", "b", "c", "d"],
        "full_attn_idxs": [1, 2],
        "attention_types": [[["global", "local"], 2]],
        "block_types": ["r", "r", "a"],
        "languages": ["de", "en", "fr", "cs"],
        "num_hidden_layers": 4,
        "num_key_value_heads": 2,
    }
    assert cut(values, 4, [2, 4]) == {
        "layer_types": ["b", "d"],
        "full_attn_idxs": [0],
        "attention_types": [[["local", "local"], 1]],
        "block_types": ["r", "r"],
    }
    assert size(values, ("n_layer", "num_hidden_layers")) == 4
    assert size({"n_layer": True}, ("n_layer",)) is None


def test_a_list_that_the_table_does_not_know_is_noticed() -> None:
    from transformers import BertConfig

    teacher = BertConfig(num_hidden_layers=4, attention_flavours=["a", "b", "a", "b"], languages=["de", "en", "fr", "cs"])
    student = BertConfig(num_hidden_layers=2, attention_flavours=["a", "b", "a", "b"], languages=["de", "en", "fr", "cs"])
    assert uncut(teacher, student, [2, 4]) == "attention_flavours"
    student.attention_flavours = ["b", "b"]
    assert uncut(teacher, student, [2, 4]) is None


def test_every_list_with_an_entry_a_layer_is_known() -> None:
    """Of the configurations of the installed transformers: a new one fails here until the table has it."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    from probing.checkpoints.names.configuration import ENTRIES, LAYERS, NUMBERS, OTHER_LISTS, REPEATED, RUNS
    from tests.architectures.names import TYPES

    known = ENTRIES | NUMBERS | REPEATED | RUNS | OTHER_LISTS
    unknown = set()
    for model_type in TYPES:
        config = CONFIG_MAPPING[model_type]()
        layers = size(config, LAYERS)
        unknown |= {
            (model_type, name)
            for name, value in config.to_dict().items()
            if isinstance(value, list | tuple) and len(value) == layers and layers > 2 and name not in known
        }
    assert unknown == {("mistral_large4_text", "kv_source_layers")}, "its entries name layers, so a student is refused"


def test_only_trainings_that_went_wrong_get_other_ids() -> None:
    assert mends.of_training("squeezebert", "bitfit", "")
    assert mends.of_training("xlm", "distill", "")
    assert not mends.of_training("bert", "bitfit", "")
    assert not mends.of_training("squeezebert", "full", "")
