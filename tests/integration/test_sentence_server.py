"""The process that keeps models, for real: the packaged checkpoint, a question over the socket, the vectors in the store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.locks import FileLock
from cache.store import Store
from probing.checkpoints import Checkpoint, resolve
from probing.errors import BadInput
from probing.execution import client
from probing.extraction import collection, extract

TEXT = [("The", "cats", "slept", "."), ("Nobody", "believed", "the", "unbelievably", "long", "story", ".")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("reader") / "store")
    yield store
    client.address(store, "cpu").unlink(missing_ok=True)  # then it ends
    deadline = time.monotonic() + 30
    lock = FileLock(store.locks / "reader-cpu.lock")
    while not lock.acquire(blocking=False):
        assert time.monotonic() < deadline, "the reader did not end"
        time.sleep(0.1)
    lock.release()


@pytest.fixture(scope="module")
def checkpoint(store: Store) -> Checkpoint:
    return resolve("minilm-l6", store.root)


def question(checkpoint: Checkpoint, forms: tuple[str, ...], spec: str = "minilm-l6") -> client.Question:
    return client.Question("minilm-l6", (spec,), checkpoint.fingerprint, forms, "mean", "fp32", "layer")


def test_a_model_that_is_loaded_ahead_is_not_loaded_again(store: Store, checkpoint: Checkpoint) -> None:
    stages: list[str] = []
    ahead = replace(question(checkpoint, ()), aim="model")
    assert client.ask(store, "cpu", ahead, stages.append) == {"loads": 1, "forward_passes": 0}
    assert {"starting the sentence server", "loading the model"} <= set(stages)


def test_the_same_vectors_as_in_process_and_one_load_for_two_sentences(
    store: Store, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    stages: list[str] = []
    answers = [client.ask(store, "cpu", question(checkpoint, forms), stages.append) for forms in TEXT]
    assert answers == [{"loads": 1, "forward_passes": 1}] * 2
    assert "loading the model" not in stages
    own = Store(tmp_path / "own")
    for forms in TEXT:
        extract(checkpoint, [forms], own, precision="fp32")
        word, here = np.arange(len(forms)), np.zeros(len(forms), int)
        readers = [collection(place, checkpoint, "mean", "fp32").reader([sentence_key(forms)]) for place in (store, own)]
        for layer in range(7):
            one, other = (reader.words(layer, here, word) for reader in readers)
            np.testing.assert_allclose(one, other, atol=1e-3 * np.abs(other).max())
    again = client.ask(store, "cpu", question(checkpoint, TEXT[0]), stages.append)
    assert again == {"loads": 1, "forward_passes": 0}, "what is stored is not encoded again"


def test_what_it_cannot_read_is_a_sentence_and_it_goes_on(store: Store, checkpoint: Checkpoint) -> None:
    with pytest.raises(BadInput, match="outside the allowed folders"):
        client.ask(store, "cpu", question(checkpoint, TEXT[0], "/etc"), lambda _: None)
    with pytest.raises(BadInput, match="has changed since it was probed"):
        client.ask(store, "cpu", question(checkpoint, TEXT[0], "random:minilm-l6@7"), lambda _: None)
    assert client.ask(store, "cpu", question(checkpoint, TEXT[0]), lambda _: None)["loads"] == 1
