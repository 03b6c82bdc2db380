"""Activations: what is written is read, values that are not finite are refused, and only what is asked for loads."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache import activations
from cache.activations import Collection
from cache.errors import StoreError
from cache.store import Store
from tests.unit.cache.shards import Toy, keys


def test_vectors_come_back_by_position_across_shards(store: Store, collection: Collection, toy: Toy) -> None:
    collection.write_shard(**toy(["a", "b"], [1, 3]))
    collection.write_shard(**toy(["c"], [2]))
    reader = collection.reader(keys("c", "b", "a", "b"))
    assert (reader.layers, reader.width, len(reader)) == (3, 4, 4)
    sentence, word = np.array([1, 0, 3, 2]), np.array([2, 1, 0, 0])
    places = np.array([3, 1, 1, 0])  # of those words within their shards
    for layer in range(3):
        expected = (layer + places / 64).astype(np.float32)
        found = reader.words(layer, sentence, word)
        assert found.dtype == np.float32
        assert found.tolist() == (expected[:, None] * np.ones(4)).tolist()
        rows = np.array([0, 1, 0])  # c, b, a within their shards
        assert reader.sentence_vectors(layer, np.array([0, 1, 2]))[:, 0].tolist() == (10 + layer + rows / 64).tolist()
    assert reader.present(sentence, word).tolist() == [True, False, False, True]
    assert collection.facts == store.collections()[0].facts
    assert collection.bytes > 0


def test_missing_lists_positions_and_a_reader_says_how_many(collection: Collection, toy: Toy) -> None:
    assert collection.missing(keys("a", "b")) == [0, 1]
    assert collection.last_used is None
    collection.write_shard(**toy(["b"]))
    assert collection.missing(keys("a", "b", "c", "b")) == [0, 2]
    with pytest.raises(StoreError, match="2 of 3 sentences are not in the store"):
        collection.reader(keys("a", "b", "c"))
    assert len(collection.reader([])) == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    counts=st.lists(st.integers(0, 4), min_size=1, max_size=5),
    scale=st.sampled_from([1e-7, 1e-3, 1.0, 300.0, 6e4, 1e6, 1e30]),
    seed=st.integers(0, 99),
)
def test_round_trip_keeps_the_precision_of_half_or_better(tmp_path: Path, counts: list[int], scale: float, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    words = [scale * drawn.uniform(0.5, 1, (sum(counts), 3)).astype(np.float32) for _ in range(2)]
    sentences = [scale * drawn.uniform(-1, -0.5, (len(counts), 3)).astype(np.float32) for _ in range(2)]
    store = Store(tmp_path / "store")
    collection = store.collection({"counts": counts, "scale": scale, "seed": seed})
    names = [str(i) for i in range(len(counts))]
    collection.write_shard(keys(*names), counts, np.ones(sum(counts), bool), words, sentences)
    reader = collection.reader(keys(*names))
    sentence = np.repeat(np.arange(len(counts)), counts)
    word = np.concatenate([np.arange(count) for count in counts])
    for layer in range(2):
        np.testing.assert_allclose(reader.words(layer, sentence, word), words[layer], rtol=2**-11)
        np.testing.assert_allclose(reader.sentence_vectors(layer, np.arange(len(counts))), sentences[layer], rtol=2**-11)


def test_only_the_tensor_that_would_overflow_is_kept_in_single_precision(collection: Collection, toy: Toy) -> None:
    shard = toy(["a b"])
    shard["words"][1] = shard["words"][1] + 65505.0
    collection.write_shard(**shard)
    reader = collection.reader(shard["keys"])
    types = {name: reader._tensor(0, name).dtype.name for name in ("word.0", "word.1", "word.2", "sentence.1", "present")}
    assert types == {
        "word.0": "float16",
        "word.1": "float32",
        "word.2": "float16",
        "sentence.1": "float16",
        "present": "bool",
    }
    assert (reader.words(1, np.array([0]), np.array([1])) == shard["words"][1][1].astype(np.float32)).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["words", "sentences"])
def test_values_that_are_not_finite_are_refused(collection: Collection, toy: Toy, value: float, where: str) -> None:
    shard = toy(["a", "b"])
    shard[where][2] = shard[where][2].copy()
    shard[where][2][1, 3] = value
    with pytest.raises(StoreError, match="Layer 2 gives values that are not finite"):
        collection.write_shard(**shard)
    assert not collection.folder.exists()


def test_shapes_that_disagree_are_refused(collection: Collection, toy: Toy) -> None:
    for name, value in [
        ("counts", [2]),
        ("counts", [2, 3]),
        ("present", np.ones(3, bool)),
        ("sentences", []),
        ("words", [np.zeros((4, 4)), np.zeros((4, 5)), np.zeros((4, 4))]),
        ("words", []),
    ]:
        with pytest.raises(ValueError, match=r"shape|counts|layers|vectors"):
            collection.write_shard(**toy(["a", "b"]) | {name: value})
    assert not collection.folder.exists()


def test_places_that_do_not_exist_are_refused(collection: Collection, toy: Toy) -> None:
    collection.write_shard(**toy(["a", "b"], [1, 2]))
    reader = collection.reader(keys("a", "b"))
    for sentence, word in [(0, 1), (1, 2), (1, -1), (2, 0), (-1, 0)]:
        with pytest.raises(IndexError):
            reader.words(0, np.array([sentence]), np.array([word]))
    for layer in (-1, 3):
        with pytest.raises(IndexError):
            reader.sentence_vectors(layer, np.array([0]))
    assert reader.words(0, np.array([], int), np.array([], int)).shape == (0, 4)


def test_one_layer_is_read_without_the_others(collection: Collection, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    collection.write_shard(**toy(["a", "b"]))
    collection.write_shard(**toy(["c"]))
    reader = collection.reader(keys("a", "b", "c"))
    read: list[tuple[str, str]] = []
    real = activations.safe_open

    class Recorder:
        def __init__(self, path: Path, framework: str) -> None:
            assert framework == "numpy"
            self.path, self.opened = path, real(path, framework=framework)

        def __enter__(self) -> Recorder:
            self.file = self.opened.__enter__()
            return self

        def __exit__(self, *error: object) -> None:
            self.opened.__exit__(*error)

        def get_slice(self, name: str) -> Any:  # of which only the rows asked for are read
            read.append((self.path.name, name))
            return self.file.get_slice(name)

    monkeypatch.setattr(activations, "safe_open", Recorder)
    reader.words(1, np.array([0, 1]), np.array([0, 1]))
    assert [name for _, name in read] == ["word.1"]  # one shard, one layer
    read.clear()
    reader.sentence_vectors(2, np.array([2, 0, 1, 2]))
    assert [name for _, name in read] == ["sentence.2", "sentence.2"]  # each shard once
    read.clear()
    reader.present(np.array([0]), np.array([0]))
    assert read == []


def test_two_texts_with_the_same_vectors_are_two_shards(collection: Collection, toy: Toy) -> None:
    shard = toy(["the end"])
    collection.write_shard(**shard)
    collection.write_shard(**shard | {"keys": keys("The End")})
    collection.write_shard(**shard)
    assert collection.missing(keys("the end", "The End")) == []
    assert len(collection.shards()) == 2


def test_reading_is_using(collection: Collection, toy: Toy) -> None:
    before = time.time()
    collection.write_shard(**toy(["a"]))
    (shard,) = collection.shards()
    os.utime(collection.folder / f"{shard.name}.json", (1000, 1000))
    assert collection.last_used == 1000
    collection.missing(keys("a"))
    assert collection.last_used == 1000
    collection.reader(keys("a"))
    assert collection.last_used is not None
    assert before - 1 <= collection.last_used <= time.time() + 1, "file systems round"


def test_facts_survive_and_are_mended(store: Store, collection: Collection, toy: Toy) -> None:
    collection.write_shard(**toy(["a"]))
    (collection.folder / "facts.json").write_text("{")
    assert store.collections()[0].facts == {}
    collection.write_shard(**toy(["b"]))
    assert store.collections()[0].facts == {"checkpoint": "toy", "pooling": "mean"}
