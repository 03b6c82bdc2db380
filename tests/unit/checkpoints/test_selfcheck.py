"""What a self-check finds, how its answer decides what is read, and when it is made anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.store import Store
from probing.checkpoints import Checkpoint, examination, load, resolve, selfcheck
from probing.checkpoints.selfcheck import MEANING, Finding, SelfCheck, stored_check
from probing.checkpoints.trust import self_check, trusted
from probing.errors import BadInput
from probing.extraction import collection, extract
from probing.extraction.attention import NoAttention, maps
from tests import tiny_checkpoints as tiny

FORMS = [("the", "cat"), ("dog",), ("the", "unbelievable", "cats", "sat", "on", "a", "mat", ".")]


def of(folder: Path) -> Checkpoint:
    return resolve(str(folder), None, offline=True)


def found(check: SelfCheck, name: str) -> Finding:
    return next(one for one in check.findings if one.name == name)


def odd(folder: Path, name: str, **sizes: Any) -> Path:
    """A tiny random checkpoint of a class of transformers, with the tokenizer of the tiny GPT-2 beside it."""
    import torch
    import transformers

    tiny.gpt2(folder)
    vocabulary = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    config = getattr(transformers, f"{name}Config")(vocab_size=vocabulary, **sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = getattr(transformers, f"{name}Model")(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    return folder


def mamba(folder: Path) -> Path:
    return odd(folder, "Mamba", hidden_size=16, num_hidden_layers=3, state_size=8)


def fnet(folder: Path) -> Path:
    return odd(folder, "FNet", hidden_size=16, num_hidden_layers=2, intermediate_size=32, max_position_embeddings=64)


def falcon(folder: Path) -> Path:
    return odd(folder, "Falcon", hidden_size=16, num_hidden_layers=2, num_attention_heads=2)


@pytest.mark.parametrize(
    ("make", "causal"), [(tiny.bert, False), (tiny.gpt2, True), (tiny.roberta, False), (tiny.llama, True), (tiny.t5, False)]
)
def test_the_usual_architectures_are_read_as_they_are(make: Callable[[Path], Path], causal: bool, tmp_path: Path) -> None:
    check = self_check(of(make(tmp_path / "model")), None)
    assert (check.states, check.company, check.causal) == ("given", "padded", causal)
    assert check.ok
    assert check.no_attention == ""
    assert {one.outcome for one in check.findings if one.name != "left padding"} == {"ok"}
    assert [one.name for one in check.findings if one.name == "left padding"] == (["left padding"] if causal else [])
    assert {one.name for one in check.findings} <= MEANING.keys()
    assert check.notes("x") == []


def test_layers_of_a_model_that_leaves_out_its_embeddings_are_read_at_its_blocks(tmp_path: Path) -> None:
    import torch

    checkpoint, store = of(mamba(tmp_path / "mamba")), Store(tmp_path / "store")
    check = self_check(checkpoint, store.root)
    assert check.states == "blocks"
    assert found(check, "layers").outcome == "adapted"
    report = extract(checkpoint, FORMS, store, precision="fp32")
    assert report.notes("mamba") == check.notes("mamba") != []
    model, tokenizer = load(checkpoint)
    words = collection(store, checkpoint, "mean", "fp32").reader([sentence_key(FORMS[1])])
    ids = tokenizer.backend_tokenizer.encode(list(FORMS[1]), is_pretokenized=True).ids
    with torch.no_grad():
        embedded = model.get_input_embeddings()(torch.tensor(ids)).mean(0).numpy()
        top = model(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
    np.testing.assert_allclose(words.words(0, np.array([0]), np.array([0]))[0], embedded, rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(words.words(3, np.array([0]), np.array([0]))[0], top, rtol=2e-3, atol=2e-3)


def test_where_padding_enters_vectors_nothing_is_padded(tmp_path: Path) -> None:
    checkpoint, together, apart = of(fnet(tmp_path / "fnet")), Store(tmp_path / "one"), Store(tmp_path / "two")
    assert self_check(checkpoint, together.root).company == "even"
    report = extract(checkpoint, FORMS, together, precision="fp32")
    assert report.padding_efficiency == 1.0
    for forms in FORMS:
        extract(checkpoint, [forms], apart, precision="fp32")
    for forms in FORMS:
        both = [collection(store, checkpoint, "mean", "fp32").reader([sentence_key(forms)]) for store in (together, apart)]
        places = np.zeros(len(forms), dtype=int), np.arange(len(forms))
        for layer in range(3):
            one, other = (reader.words(layer, *places) for reader in both)
            np.testing.assert_allclose(one, other, atol=2e-3 * np.abs(one).max())


def test_what_is_no_attention_is_refused_and_the_rest_works(tmp_path: Path) -> None:
    checkpoint, store = of(falcon(tmp_path / "falcon")), Store(tmp_path / "store")
    with pytest.raises(NoAttention, match=r"do not add up to 1 over the sentence's own tokens"):
        list(maps(checkpoint, FORMS, store.root))
    assert extract(checkpoint, FORMS, store, precision="fp32").encoded == len(FORMS)


def test_a_model_that_draws_at_random_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = of(tiny.bert(tmp_path / "bert"))
    read = load

    def drawing(*given: Any) -> Any:
        model, tokenizer = read(*given)
        model.embeddings.dropout.p = 0.5
        model.embeddings.dropout.train()
        return model, tokenizer

    monkeypatch.setattr(examination, "load", drawing)
    with pytest.raises(BadInput, match=r"draws at random, so it cannot be probed; take another checkpoint\.$"):
        trusted(checkpoint, None)


def test_a_model_that_raises_in_its_pass_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = of(tiny.bert(tmp_path / "bert"))
    read = load

    def raising(*given: Any) -> Any:
        import torch

        model, tokenizer = read(*given)
        model.encoder.layer[1].register_forward_hook(lambda *_: torch.zeros(2) @ torch.zeros(3))
        return model, tokenizer

    monkeypatch.setattr(examination, "load", raising)
    with pytest.raises(
        BadInput, match=r"cannot read the sentence 'The cat sat\.': its model raised an error \(RuntimeError: .*\): .*\.$"
    ):
        self_check(checkpoint, None)


def test_a_check_is_made_once_and_anew_where_it_cannot_be_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, root = of(tiny.bert(tmp_path / "bert")), tmp_path / "store"
    made: list[str] = []
    examine = examination.examine
    monkeypatch.setattr(examination, "examine", lambda *given: made.append("x") or examine(*given))
    first = self_check(checkpoint, root)
    assert self_check(checkpoint, root) == first == stored_check(checkpoint, root)
    assert len(made) == 1
    path = root / selfcheck.FOLDER / f"{checkpoint.fingerprint}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("padded", "alone"), encoding="utf-8")
    assert stored_check(checkpoint, root) is None, "a check that was altered would change how vectors are read"
    assert self_check(checkpoint, root) == first
    monkeypatch.setattr(selfcheck, "VERSION", selfcheck.VERSION + 1)
    assert stored_check(checkpoint, root) is None
    path.unlink()
    path.mkdir()
    assert self_check(checkpoint, root).findings == first.findings, "a check that cannot be kept costs time, never an answer"


def test_the_tokenizer_json_is_read_whatever_class_is_named(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    folder = tiny.bert(tmp_path / "bert")
    tiny.edit_json(folder / "tokenizer_config.json", tokenizer_class="RobertaTokenizer")
    checkpoint = of(folder)
    file = Tokenizer.from_file(str(folder / "tokenizer.json"))
    file.no_padding()
    file.no_truncation()
    _, tokenizer = load(checkpoint)
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    assert backend.encode("The Cats sat.").ids == file.encode("The Cats sat.").ids
    assert found(self_check(checkpoint, None), "tokenizer").outcome == "adapted"
    assert checkpoint.facts.mend
    assert checkpoint.identity()["extraction"]


def test_a_large_model_is_examined_in_bf16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = of(tiny.llama(tmp_path / "llama"))
    monkeypatch.setattr(examination, "fits", lambda *_: False)
    check = self_check(checkpoint, None)
    assert check.precision == "bf16"
    assert (check.states, check.company, check.ok) == ("given", "padded", True)


def test_a_configuration_of_another_depth_is_refused(tmp_path: Path) -> None:
    known = of(tiny.bert(tmp_path / "bert"))
    deeper = replace(known, facts=replace(known.facts, layers=5))
    with pytest.raises(BadInput, match=r"it gives 3 states of width 16, and its configuration promises 6 of width 16"):
        trusted(deeper, None)
