"""From a checkpoint to a frozen model: what is loaded, and what is not pretended to be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from probing.checkpoints import load, resolve
from probing.errors import BadInput
from tests import tiny_checkpoints as tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "tiny-bert")


@pytest.fixture
def copy(model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "copy"))


def test_a_loaded_model_is_frozen_and_in_the_precision_asked_for(model: Path) -> None:
    import torch

    for precision, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        loaded, _ = load(resolve(str(model), None), "cpu", precision)
        assert not loaded.training
        assert {parameter.dtype for parameter in loaded.parameters()} == {dtype}
        assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_random_weights_depend_on_their_seed_alone(model: Path) -> None:
    import torch

    def drawn(seed: int) -> torch.Tensor:
        return load(resolve(f"random:{model}@{seed}", None))[0].embeddings.word_embeddings.weight

    torch.manual_seed(1)
    first, state = drawn(3), torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(first, drawn(3))
    assert not torch.equal(first, drawn(4))
    assert not torch.equal(first, load(resolve(str(model), None))[0].embeddings.word_embeddings.weight)
    torch.manual_seed(1)
    assert torch.equal(state, torch.get_rng_state()), "drawing weights must not move the generator of others"


def test_of_an_encoder_decoder_the_encoder_is_probed(tmp_path: Path) -> None:
    loaded, _ = load(resolve(str(tiny.t5(tmp_path / "t5")), None))
    assert type(loaded).__name__ == "T5Stack"
    assert not loaded.is_decoder


def test_byte_level_words_are_taken_with_the_space_before_them(tmp_path: Path) -> None:
    _, tokenizer = load(resolve(str(tiny.gpt2(tmp_path / "gpt2")), None))
    assert tokenizer.backend_tokenizer.encode(["the", "cat"], is_pretokenized=True).tokens == ["Ġthe", "Ġcat"]


def test_a_missing_pooler_is_no_loss_and_a_missing_layer_is(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tensors = load_file(copy / "model.safetensors")
    headless = {name: value for name, value in tensors.items() if not name.startswith("pooler")}
    save_file(headless, copy / "model.safetensors", metadata={"format": "pt"})
    load(resolve(str(copy), None))
    assert "pooler" not in "".join(capfd.readouterr())
    del headless["encoder.layer.1.output.dense.bias"]
    save_file(headless, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BadInput, match=r"lacks weights .*encoder\.layer\.1\.output\.dense\.bias"):
        load(resolve(str(copy), None))


def test_weights_of_another_shape_are_refused(copy: Path) -> None:
    tiny.edit_json(copy / "config.json", intermediate_size=48)
    with pytest.raises(BadInput, match="cannot be loaded"):
        load(resolve(str(copy), None))
