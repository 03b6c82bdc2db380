"""A configuration that says other than the headers of its weights is refused before anything is built; honest ones of every kind are not."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probing.checkpoints import Checkpoint, load, resolve
from probing.errors import BadInput
from tests import tiny_checkpoints as tiny

BILLION = 1_000_000_000


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("honest") / "bert")


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "copy"))


def refused(spec: str) -> str:
    with pytest.raises(BadInput) as caught:
        resolve(spec, None, offline=True)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"num_hidden_layers": BILLION}, "num_hidden_layers: 1,000,000,000, more than the 4,096"),
        ({"num_hidden_layers": 100}, "num_hidden_layers: 100, but the weights have 2 layers"),
        ({"num_hidden_layers": 1}, "num_hidden_layers: 1, but the weights have 2 layers"),
        ({"num_hidden_layers": 0}, "num_hidden_layers: 0, which must be a whole number above 0"),
        ({"num_hidden_layers": -2}, "num_hidden_layers: -2, which must be"),
        ({"num_hidden_layers": True}, "num_hidden_layers: True, which must be"),
        ({"num_hidden_layers": 2.0}, "num_hidden_layers: 2.0, which must be"),
        ({"num_hidden_layers": "2"}, "num_hidden_layers: '2', which must be"),
        ({"num_attention_heads": 0}, "num_attention_heads: 0, which must be"),
        ({"num_attention_heads": 512}, "num_attention_heads: 512, but no tensor of the weights is wider than 64"),
        ({"hidden_size": 24}, "hidden_size: 24, but the weights have word embeddings that are 16 wide"),
        ({"hidden_size": 40}, "hidden_size: 40, but no tensor of the weights is that wide"),
        ({"hidden_size": BILLION}, "hidden_size: 1,000,000,000, but no tensor"),
        ({"vocab_size": BILLION}, "vocab_size: 1,000,000,000, but the weights have 64 rows of word embeddings"),
        (
            {"max_position_embeddings": 1_000_000},
            "max_position_embeddings: 1,000,000, but the weights have embeddings of 24 positions",
        ),
        ({"max_position_embeddings": BILLION}, "max_position_embeddings: 1,000,000,000, more than the 67,108,864"),
        ({"intermediate_size": BILLION}, "intermediate_size: 1,000,000,000, but no tensor of the weights is larger than 64"),
        ({"type_vocab_size": 10**15}, "type_vocab_size: 1,000,000,000,000,000, which no model has"),
        ({"num_labels": BILLION}, "num_labels: 1,000,000,000, but no tensor"),
        ({"text_config": {"num_local_experts": BILLION}}, "text_config.num_local_experts: 1,000,000,000, but no tensor"),
        ({"anything": [{"n": -(10**20)}]}, "anything.n: -100,000,000,000,000,000,000, which no model has"),
        ({"model_type": ["bert"]}, "names no model_type"),
        ({"text_config": {"auto_map": {"AutoModel": "code.Model"}}}, "asks for code of its own (auto_map)"),
        ({"parts": [{"inner": {"auto_map": {}}}]}, "asks for code of its own (auto_map)"),
    ],
)
def test_a_lie_is_found_before_anything_is_built(copy: Path, changes: dict[str, Any], says: str) -> None:
    tiny.edit_json(copy / "config.json", **changes)
    tracemalloc.start()
    try:
        # Random weights are drawn by the same configuration.
        for spec in (str(copy), f"random:{copy}@0"):
            assert says in refused(spec)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 900 + "1" + "}" * 900, '{"model_type": ' + "9" * 5000 + "}", '"\\ud800"', "null"]
)
def test_text_that_is_no_configuration(copy: Path, text: str) -> None:
    (copy / "config.json").write_text(text)
    assert "config.json" in refused(str(copy))


def _albert(folder: Path) -> Path:
    from transformers import AlbertConfig, AlbertForMaskedLM

    sizes = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32, "embedding_size": 8}
    return _like_t5(folder, AlbertForMaskedLM(AlbertConfig(vocab_size=32, max_position_embeddings=24, **sizes)))


def _opt(folder: Path) -> Path:
    """As OPT-350m: the embedding is narrower than the stream."""
    from transformers import OPTConfig, OPTForCausalLM

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 32, "word_embed_proj_dim": 8}
    config = OPTConfig(vocab_size=32, max_position_embeddings=24, do_layer_norm_before=False, **sizes)
    return _like_t5(folder, OPTForCausalLM(config))


def _bart(folder: Path) -> Path:
    from transformers import BartConfig, BartForConditionalGeneration

    sizes = {"encoder_layers": 2, "decoder_layers": 3, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    config = BartConfig(vocab_size=32, d_model=16, encoder_ffn_dim=32, decoder_ffn_dim=32, max_position_embeddings=24, **sizes)
    return _like_t5(folder, BartForConditionalGeneration(config))


def _funnel(folder: Path) -> Path:
    from transformers import FunnelConfig, FunnelModel

    sizes = {"d_model": 16, "n_head": 2, "d_head": 8, "d_inner": 32, "block_sizes": [1, 1, 1]}
    return _like_t5(folder, FunnelModel(FunnelConfig(vocab_size=32, **sizes)))


def _mixtral(folder: Path) -> Path:
    from transformers import MixtralConfig, MixtralForCausalLM

    sizes = {"num_attention_heads": 4, "num_key_value_heads": 2, "num_local_experts": 4, "intermediate_size": 32}
    config = MixtralConfig(vocab_size=32, hidden_size=16, num_hidden_layers=3, tie_word_embeddings=True, **sizes)
    return _like_t5(folder, MixtralForCausalLM(config))


def _t5_encoder(folder: Path) -> Path:
    from transformers import T5Config, T5EncoderModel

    return _like_t5(folder, T5EncoderModel(T5Config(vocab_size=32, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2)))


def _like_t5(folder: Path, model: Any) -> Path:
    made = tiny.t5(folder.with_name("t5"))
    model.save_pretrained(folder)
    for file in made.glob("tokenizer*"):
        shutil.copy(file, folder)
    return folder


@pytest.mark.parametrize(
    "maker", [tiny.gpt2, tiny.roberta, tiny.llama, tiny.t5, _albert, _opt, _bart, _funnel, _mixtral, _t5_encoder]
)
def test_honest_configurations_are_believed(tmp_path: Path, maker: Callable[[Path], Path]) -> None:
    folder = maker(tmp_path / "model")
    assert resolve(str(folder), None).facts.hidden == 16
    assert resolve(f"random:{folder}@1", None).random_seed == 1


def test_an_encoder_that_was_saved_alone_is_read_as_the_encoder_it_is(tmp_path: Path) -> None:
    """transformers 5 writes is_encoder_decoder: false for a T5EncoderModel, and builds encoder and decoder of it."""
    model, _ = load(resolve(str(_t5_encoder(tmp_path / "model")), None))
    assert type(model).__name__ == "T5Stack"
    assert len(model.block) == 2


def test_infinities_in_a_configuration_do_not_keep_a_random_twin_away(copy: Path) -> None:
    tiny.edit_json(copy / "config.json", time_step_limit=[0.0, float("inf")])
    assert resolve(f"random:{copy}@0", None).fingerprint != resolve(f"random:{copy}@1", None).fingerprint


VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.integers(10**8, 10**70), st.floats(), st.text(max_size=5)),
    st.recursive(
        st.integers(-1, 3), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
)


@settings(max_examples=100, deadline=5000)
@given(data=st.data())
def test_any_change_of_a_configuration_ends_in_a_checkpoint_or_a_sentence(
    model: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    copy, store = tmp_path_factory.getbasetemp() / "mutated", tmp_path_factory.getbasetemp() / "mutated-store"
    if not copy.exists():
        shutil.copytree(model, copy)
    config = json.loads((model / "config.json").read_text())
    keys = st.sampled_from(
        [*config, "text_config", "encoder", "is_encoder_decoder", "num_hidden_groups", "n_layer", "dim", "architectures"]
    )
    config |= data.draw(st.dictionaries(keys, VALUES, min_size=1, max_size=3))
    (copy / "config.json").write_text(json.dumps(config))
    for spec in (str(copy), f"random:{copy}@0"):
        try:
            assert isinstance(resolve(spec, store), Checkpoint)
        except BadInput as error:
            said = str(error)
            assert "\n" not in said, said
