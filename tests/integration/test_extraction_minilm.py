"""Extraction on the packaged checkpoint: real weights, a real vocabulary, every pooling, resumed and reused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.store import Store
from probing.checkpoints import CHECKPOINTS, Checkpoint, load, resolve
from probing.extraction import batches, collection, extract

TEXT = [
    "The keys to the old cabinet are on the table .",
    "Nobody believed the unbelievably long explanation that the committee published yesterday .",
    "Go !",
    "She gave him a book , didn't she ?",
    "Antidisestablishmentarianism is a word .",
    "Whoever the children of the baker met was kind .",
]
SENTENCES = [tuple(text.split()) for text in TEXT]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("minilm") / "store")


@pytest.fixture(scope="module")
def checkpoint(store: Store) -> Checkpoint:
    assert CHECKPOINTS.get("minilm-l6").installed, "the default checkpoint belongs to the installation (make install)"
    return resolve("minilm-l6", store.root)


def vectors(store: Store, checkpoint: Checkpoint, precision: str, layer: int) -> np.ndarray:
    reader = collection(store, checkpoint, "mean", precision).reader([sentence_key(forms) for forms in SENTENCES])
    sentence = np.repeat(np.arange(len(SENTENCES)), [len(forms) for forms in SENTENCES])
    word = np.concatenate([np.arange(len(forms)) for forms in SENTENCES])
    assert reader.present(sentence, word).all()
    return reader.words(layer, sentence, word)


def test_the_default_checkpoint_is_what_it_says(checkpoint: Checkpoint) -> None:
    facts = checkpoint.facts
    assert (facts.layers, facts.hidden, facts.heads, facts.vocab, facts.max_length) == (6, 384, 12, 30522, 512)
    # The positions' index buffer of old checkpoints is no parameter.
    assert facts.parameters == 22_713_216
    assert facts.uncased
    assert facts.licence == "apache-2.0"


def test_words_equal_the_model_read_one_sentence_at_a_time(store: Store, checkpoint: Checkpoint) -> None:
    import torch
    from transformers import AutoTokenizer

    report = extract(checkpoint, SENTENCES, store, precision="fp32", token_budget=64)
    assert report.encoded == len(SENTENCES)
    assert report.missing_words == report.truncated_words == 0
    model, _ = load(checkpoint)
    tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder)
    expected: list[list[np.ndarray]] = [[] for _ in range(7)]
    for forms in SENTENCES:
        encoded = tokenizer(list(forms), is_split_into_words=True, return_tensors="pt", truncation=False)
        with torch.no_grad():
            states = model(**encoded, output_hidden_states=True).hidden_states
        ids = np.array([-1 if word is None else word for word in encoded.word_ids()])
        for layer in range(7):
            expected[layer] += [states[layer][0].numpy()[ids == word].mean(0) for word in range(len(forms))]
    for layer in range(7):
        reference = np.array(expected[layer])
        difference = np.abs(vectors(store, checkpoint, "fp32", layer) - reference).max()
        assert difference <= 1e-3 * np.abs(reference).max(), f"layer {layer}"  # what fp16 on disk leaves


def test_bf16_stays_near_fp32(store: Store, checkpoint: Checkpoint) -> None:
    extract(checkpoint, SENTENCES, store, precision="fp32")
    extract(checkpoint, SENTENCES, store, precision="bf16")
    for layer in range(7):
        full, half = (vectors(store, checkpoint, precision, layer) for precision in ("fp32", "bf16"))
        assert not np.array_equal(full, half), "another precision is another collection"
        assert np.linalg.norm(full - half) <= 0.03 * np.linalg.norm(full), f"layer {layer}"


def test_a_random_twin_has_other_vectors_and_the_second_call_none_to_make(store: Store, checkpoint: Checkpoint) -> None:
    extract(checkpoint, SENTENCES, store, precision="fp32")
    twin = resolve("random:minilm-l6@0", store.root)
    first = extract(twin, SENTENCES, store, precision="fp32")
    assert first.forward_passes > 0
    assert not np.allclose(vectors(store, twin, "fp32", 3), vectors(store, checkpoint, "fp32", 3), atol=0.1)
    assert extract(twin, SENTENCES, store, precision="fp32").forward_passes == 0


def test_real_text_is_padded_little(checkpoint: Checkpoint, real_data: Path) -> None:
    """Batches of the development split hold at least 95 % sub-words of text."""
    from tokenizers import Tokenizer

    from probing.extraction.tokens import Splitter

    sentences: list[list[str]] = [[]]
    for line in (real_data / "ud_english_ewt" / "en_ewt-ud-dev.conllu").read_text(encoding="utf-8").splitlines():
        if not line:
            sentences.append([])
        elif line.split("\t")[0].isdigit():
            sentences[-1].append(line.split("\t")[1])
    splitter = Splitter(Tokenizer.from_file(str(checkpoint.folder / "tokenizer.json")), checkpoint.facts.max_length)
    lengths = np.sort(splitter.tokens(sentences[:-1], lambda _done, _total: None).lengths)
    budget, shard = batches.limits(6, 384, "cpu", None)
    computed = 0
    for begin, end in batches.shards(lengths, shard):
        while begin < end:
            size = batches.batch_size(lengths[begin:end], budget)
            computed += size * int(lengths[begin + size - 1])
            begin += size
    assert lengths.sum() / computed >= 0.95


def test_its_ids_are_what_they_were(tmp_path: Path) -> None:
    """Whatever is checked of a checkpoint's files besides, results that were stored under its fingerprint are found again."""
    assert resolve("minilm-l6", tmp_path).fingerprint == "28d96068fec883d9bb5bb9ca57df6014"
    assert resolve("random:minilm-l6@0", tmp_path).fingerprint == "d36c161b267ed08afee37824923de4cc"
