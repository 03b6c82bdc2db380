"""Attention between words against plain loops over the model's own, one sentence at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from probing.checkpoints import Checkpoint, load, resolve
from probing.errors import BadInput
from probing.extraction import attention
from probing.extraction.attention import maps
from tests import tiny_checkpoints as tiny

SENTENCES = [
    ("unbelievable", "dogs", ",", "he", "said", "."),
    ("a",),
    (),
    ("the", "cats", "sat"),
    ("dog", "\u200b", "cats"),  # a BERT tokenizer drops the zero-width space: a word without sub-words
    ("the", "unbelievable", "cats", "on", "a", "mat", "."),
    ("Don't", "the", "cat"),
]


@pytest.fixture(scope="module", params=["bert", "gpt2", "roberta", "t5"])
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    folder = getattr(tiny, request.param)(tmp_path_factory.mktemp(request.param))
    return resolve(str(folder), None, offline=True)


def test_maps_are_those_of_each_sentence_alone(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    facts = checkpoint.facts
    together = list(maps(checkpoint, SENTENCES, None, precision="fp32"))
    monkeypatch.setattr(attention, "BYTES", 1)  # a sentence a window, a sentence a pass
    alone = list(maps(checkpoint, SENTENCES, None, precision="fp32"))
    model, tokenizer = load(checkpoint)
    model.set_attn_implementation("eager")
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.enable_truncation(checkpoint.facts.max_length)
    assert len(together) == len(alone) == len(SENTENCES)
    for forms, found, single in zip(SENTENCES, together, alone, strict=True):
        assert found.dtype == np.float32
        assert found.shape == (facts.layers, facts.heads, len(forms), len(forms))
        np.testing.assert_allclose(found, single, atol=1e-5)
        if not forms:
            continue
        encoded = tokenizer.backend_tokenizer.encode(list(forms), is_pretokenized=True)
        with torch.no_grad():
            layers = model(input_ids=torch.tensor([encoded.ids]), output_attentions=True).attentions
        own = encoded.word_ids
        for layer, head in np.ndindex(facts.layers, facts.heads):
            weights = layers[layer][0, head].numpy()
            np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
            for word in range(len(forms)):
                queries = [i for i, w in enumerate(own) if w == word]
                expected = [
                    sum(weights[i, k] for i in queries for k, w in enumerate(own) if w == other) / max(len(queries), 1)
                    for other in range(len(forms))
                ]
                np.testing.assert_allclose(found[layer, head, word], expected, atol=1e-5)
                special = sum(weights[i, k] for i in queries for k, w in enumerate(own) if w is None) / max(len(queries), 1)
                assert found[layer, head, word].sum() + special == pytest.approx(1 if queries else 0, abs=1e-5)


def test_maps_between_tokens_are_the_models_own_without_pads(checkpoint: Checkpoint) -> None:
    import torch

    model, tokenizer = load(checkpoint)
    model.set_attn_implementation("eager")
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.backend_tokenizer.enable_truncation(checkpoint.facts.max_length)
    written = [forms for forms in SENTENCES if forms]
    for forms, found in zip(written, maps(checkpoint, written, None, precision="fp32", between="tokens"), strict=True):
        encoded = tokenizer.backend_tokenizer.encode(list(forms), is_pretokenized=True)
        with torch.no_grad():
            layers = model(input_ids=torch.tensor([encoded.ids]), output_attentions=True).attentions
        np.testing.assert_allclose(found, np.concatenate([layer.numpy() for layer in layers]), atol=1e-5)
        np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = resolve(str(tiny.gpt2(tmp_path / "gpt2")), None, offline=True)
    passes: list[int] = []
    read = attention._pass
    monkeypatch.setattr(attention, "_pass", lambda *given: passes.append(len(given[2])) or read(*given))
    monkeypatch.setattr(attention, "BYTES", 4 * 2 * 2 * 150)  # 150 pairs of sub-words
    stream = maps(checkpoint, SENTENCES * 2, None, precision="fp32")
    assert passes == []
    next(stream)
    assert 0 < sum(passes) < len(SENTENCES)
    rest = list(stream)
    assert len(rest) == 2 * len(SENTENCES) - 1
    np.testing.assert_allclose(rest[-1], rest[len(SENTENCES) - 2], atol=1e-5)


def test_a_model_of_another_depth_than_promised_is_refused(tmp_path: Path) -> None:
    known = resolve(str(tiny.bert(tmp_path / "bert")), None, offline=True)
    deeper = replace(known, facts=replace(known.facts, layers=5))
    with pytest.raises(BadInput, match=r"it gives 3 states of width 16, and its configuration promises 6 of width 16"):
        list(maps(deeper, [("a",)], None))
