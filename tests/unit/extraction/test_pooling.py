"""Vectors against a reference that reads one sentence at a time and pools in plain loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.store import Store
from probing.checkpoints import Checkpoint, load, resolve
from probing.extraction import POOLINGS, batches, collection, extract
from probing.extraction.tokens import Splitter
from tests import tiny_checkpoints as tiny

SENTENCES = [
    ("the", "cats", "sat"),
    ("unbelievable", "dogs", ",", "he", "said", "."),
    ("a",),
    ("Don't", "the", "cat"),
    ("dog", "\u200b", "cats"),  # a BERT tokenizer drops the zero-width space: a word without sub-words
    ("the", "unbelievable", "cats", "on", "a", "mat", "."),
    ("x" * 9, "dog"),
]
MAKERS = {"bert": tiny.bert, "gpt2": tiny.gpt2, "roberta": tiny.roberta, "t5": tiny.t5}


@pytest.fixture(scope="module", params=list(MAKERS))
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    folder = MAKERS[request.param](tmp_path_factory.mktemp(request.param))
    return resolve(str(folder), None, offline=True)


def alone(checkpoint: Checkpoint, pooling: str) -> Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The reference: forms → present [W], words [L+1, W, D], sentence [L+1, D], through transformers' own call."""
    import torch

    model, tokenizer = load(checkpoint)
    pool = {
        "mean": lambda states: sum(states) / len(states),
        "max": lambda states: np.max(states, axis=0),
        "first": lambda states: states[0],
        "last": lambda states: states[-1],
    }[pooling]

    def read(forms: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.enable_truncation(checkpoint.facts.max_length)
        encoded = tokenizer.backend_tokenizer.encode(list(forms), is_pretokenized=True)
        with torch.no_grad():
            states = model(input_ids=torch.tensor([encoded.ids]), output_hidden_states=True).hidden_states
        layers = [layer[0].numpy() for layer in states]
        ids = encoded.word_ids
        words = np.zeros((len(layers), len(forms), checkpoint.facts.hidden), np.float32)
        sentence = np.zeros((len(layers), checkpoint.facts.hidden), np.float32)
        special = [i for i, word in enumerate(ids) if word is None]
        real = [i for i, word in enumerate(ids) if word is not None]
        for number, layer in enumerate(layers):
            for word in set(ids) - {None}:
                words[number, word] = pool([layer[i] for i, w in enumerate(ids) if w == word])
            chosen = [(special or real)[0]] if pooling == "first" else real
            sentence[number] = pool([layer[i] for i in chosen])
        return np.array([word in ids for word in range(len(forms))]), words, sentence

    return read


@pytest.mark.parametrize("pooling", POOLINGS)
def test_stored_vectors_are_those_of_each_sentence_alone(checkpoint: Checkpoint, pooling: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    report = extract(checkpoint, SENTENCES, store, pooling=pooling, precision="fp32", token_budget=20)
    assert report.encoded == len(SENTENCES)
    assert report.forward_passes > 1, "one batch would not show whether batches are put together again"
    reader = collection(store, checkpoint, pooling, "fp32").reader([sentence_key(forms) for forms in SENTENCES])
    assert reader.layers == checkpoint.facts.layers + 1
    read = alone(checkpoint, pooling)
    for position, forms in enumerate(SENTENCES):
        present, words, sentence = read(forms)
        at, word = np.full(len(forms), position), np.arange(len(forms))
        assert reader.present(at, word).tolist() == present.tolist(), forms
        for layer in range(reader.layers):
            np.testing.assert_allclose(
                reader.words(layer, at, word)[present], words[layer][present], rtol=2e-3, atol=2e-3, err_msg=str(forms)
            )
            np.testing.assert_allclose(
                reader.sentence_vectors(layer, np.array([position]))[0], sentence[layer], rtol=2e-3, atol=2e-3
            )


@pytest.mark.parametrize("pooling", POOLINGS)
def test_vectors_do_not_depend_on_batch_mates(checkpoint: Checkpoint, pooling: str) -> None:
    from probing.extraction.forward import Encoder

    model, tokenizer = load(checkpoint)
    tokens = Splitter(tokenizer.backend_tokenizer, 24).tokens(SENTENCES, lambda _done, _total: None)
    encoder = Encoder(checkpoint, model, tiny.USUAL, pooling, "cpu")
    together = encoder(batches.assemble(tokens, np.arange(len(SENTENCES)), 0 if checkpoint.name[:4] != "robe" else 1))
    states, batch = together.numpy(), together.batch
    for i in range(len(SENTENCES)):
        one = encoder(batches.assemble(tokens, np.array([i]), 1)).numpy()
        mine = np.concatenate([states[:, : len(batch.row)][:, batch.row == i], states[:, len(batch.row) + i, None]], axis=1)
        assert np.abs(one - mine).max() <= 1e-5 * np.abs(one).max()


def test_pooling_worked_by_hand() -> None:
    """Two sentences, three tokens each at most: special, two sub-words of one word; special, one word of one."""
    import torch

    from probing.extraction.batches import assemble
    from probing.extraction.forward import Encoder
    from probing.extraction.tokens import Tokens

    tokens = Tokens(np.array([2, 5, 6, 2, 7], np.int32), np.array([-1, 0, 0, -1, 1], np.int32), np.array([0, 3, 5]))
    batch = assemble(tokens, np.array([0, 1]), pad_id=9)
    assert batch.ids.tolist() == [[2, 5, 6], [2, 7, 9]]
    assert batch.row.tolist() == [0, 1]
    assert batch.word.tolist() == [0, 1]
    states = torch.tensor([[[90.0, 90.0], [1.0, 4.0], [3.0, -2.0]], [[80.0, 80.0], [-5.0, -6.0], [70.0, 70.0]]])
    expected = {
        "mean": ([[2.0, 1.0], [-5.0, -6.0]], [[2.0, 1.0], [-5.0, -6.0]]),
        "max": ([[3.0, 4.0], [-5.0, -6.0]], [[3.0, 4.0], [-5.0, -6.0]]),
        "first": ([[1.0, 4.0], [-5.0, -6.0]], [[90.0, 90.0], [80.0, 80.0]]),
        "last": ([[3.0, -2.0], [-5.0, -6.0]], [[3.0, -2.0], [-5.0, -6.0]]),
    }
    for pooling, (words, sentences) in expected.items():

        class Echo(torch.nn.Module):
            def forward(self, **_inputs: object) -> object:
                return type("Output", (), {"hidden_states": (states, states * 2)})()

        facts = type("Facts", (), {"layers": 1, "hidden": 2})()
        encoder = Encoder(type("C", (), {"name": "echo", "facts": facts})(), Echo(), tiny.USUAL, pooling, "cpu")  # type: ignore[arg-type]
        assert encoder(batch).numpy().tolist() == [words + sentences, (np.array(words + sentences) * 2).tolist()]
