"""Trainings of models that are read in another way than most, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probing.checkpoints import load, resolve
from probing.checkpoints.trust import trusted
from probing.errors import BadInput
from probing.tuning import model as tuned_model
from probing.tuning.batches import ExampleTokenizer, batch
from probing.tuning.data import examples
from probing.tuning.model import EncoderWithHead, build
from tests import tiny_checkpoints as tiny
from tests.architectures import instances
from tests.unit.tuning import made


def saved(name: str, folder: Path) -> Path:
    return instances.save(name, instances.build(name), folder)


@pytest.mark.parametrize("name", ["dpr", "clip_text_model", "mamba", "fnet", "xlm", "squeezebert", "opt, narrow words"])
def test_what_is_probed_is_trained(name: str, tmp_path: Path) -> None:
    folder = saved(name, tmp_path / "model")
    _, record = made.run(folder, tmp_path / "store", tmp_path / "out", method="bitfit", steps=2)
    assert record["trainable"]["parameters"] > 0
    assert resolve(str(tmp_path / "out"), tmp_path / "store").facts.layers == 3


def test_a_model_that_heeds_no_mask_trains_without_pads(tmp_path: Path) -> None:
    """What is said of a sentence does not depend on the sentences beside it."""
    import torch

    checkpoint = resolve(str(saved("fnet", tmp_path / "fnet")), tmp_path / "store")
    check = trusted(checkpoint, tmp_path / "store")
    assert check.company == "even"
    tuned, tokenizer = build(checkpoint, 2, 0, 0, "cpu", check)
    some = examples(made.corpus(), "classification").splits["train"][:12]
    coded = ExampleTokenizer(tokenizer, 64, tuned)(some)
    assert len({len(one.ids) for one in coded}) > 1
    tuned.eval()
    with torch.no_grad():
        together = tuned(batch(some, coded, 0, "cpu"))
        for i, (example, one) in enumerate(zip(some, coded, strict=True)):
            alone = tuned(batch([example], [one], 0, "cpu"))
            torch.testing.assert_close(together.sentence[i], alone.sentence[0], rtol=1e-4, atol=1e-5)
            for layer, own in zip(together.states, alone.states, strict=True):
                torch.testing.assert_close(layer[i, : len(one.ids)], own[0], rtol=1e-4, atol=1e-4)


def test_a_pad_token_that_the_model_does_not_know(tmp_path: Path) -> None:
    folder = tiny.gpt2(tmp_path / "gpt2", positions=64)
    path = folder / "tokenizer.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    highest = max(content["model"]["vocab"].values())
    content["added_tokens"] = [
        {
            "id": highest + 1,
            "content": "[PAD]",
            "special": True,
            **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
        }
    ]
    path.write_text(json.dumps(content), encoding="utf-8")
    tiny.edit_json(folder / "tokenizer_config.json", pad_token="[PAD]")
    _, record = made.run(folder, tmp_path / "store", tmp_path / "out", steps=2)
    assert record["best_step"] > 0


def test_a_model_that_raises_is_one_sentence(tmp_path: Path) -> None:
    said = r"^xmod cannot read the sentence .*: its model raised an error \(ValueError: Input language unknown"
    with pytest.raises(BadInput, match=said) as refusal:
        made.ready(saved("xmod, no language", tmp_path / "xmod"), tmp_path / "store")
    assert "\n" not in str(refusal.value)


def test_an_error_in_a_later_pass_names_the_sentence(tmp_path: Path) -> None:
    ready = made.ready(tiny.bert(tmp_path / "bert", positions=64), tmp_path / "store")
    embeddings = ready.model.encoder.embeddings.word_embeddings
    embeddings.weight.data = embeddings.weight.data[:8]  # ids above are out of range
    with pytest.raises(
        BadInput,
        match=r"^bert cannot read the sentence '.+': its model raised an error \(IndexError: .*take another checkpoint\.$",
    ):
        ready.run(None, made.settings(tmp_path / "store"), made.unwatched)


def test_a_defect_of_ours_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = made.ready(tiny.bert(tmp_path / "bert", positions=64), tmp_path / "store")

    def broken(*_options: Any) -> Any:
        raise ValueError("a defect")

    monkeypatch.setattr(EncoderWithHead, "_head", broken)
    with pytest.raises(ValueError, match="a defect"):
        ready.run(None, made.settings(tmp_path / "store"), made.unwatched)


def test_no_cache_is_asked_of_a_decoder(tmp_path: Path) -> None:
    """One without attention among its layers (a student of a hybrid) would raise."""
    checkpoint = resolve(str(tiny.llama(tmp_path / "llama")), tmp_path / "store")
    encoder, _ = load(checkpoint)
    assert encoder.config.use_cache
    tuned = EncoderWithHead("llama", encoder, tiny.USUAL, 2, 0, 0)
    asked: dict[str, Any] = {}
    encoder.register_forward_pre_hook(lambda _module, _inputs, named: asked.update(named), with_kwargs=True)
    some = examples(made.corpus(), "classification").splits["train"][:2]
    coded = ExampleTokenizer(load(checkpoint)[1], 64, tuned)(some)
    tuned(batch(some, coded, 0, "cpu"))
    assert asked["use_cache"] is False
    assert tuned_model.width(encoder) == 16
