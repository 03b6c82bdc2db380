"""Store: what is kept and how large; verify, evict, remove; what is in use stays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cache.keys import sentence_key
from cache.store import Store
from tests.app.opening import open_page, sound, words


@pytest.fixture
def store(store_root: Path) -> Store:
    """A store with one collection of two sentences and one upload."""
    found = Store(store_root)
    keys = [sentence_key(("a", "b")), sentence_key(("c",))]
    layers = [np.ones((3, 4), np.float32) * number for number in range(2)]
    sentences = [np.ones((2, 4), np.float32) * number for number in range(2)]
    collection = found.collection({"checkpoint": "tiny", "pooling": "mean", "submodule": "attention"})
    collection.write_shard(keys, [2, 1], np.ones(3, bool), layers, sentences)
    (found.uploads / "mine").mkdir(parents=True)
    (found.uploads / "mine" / "data.conllu").write_text("x" * 2000)
    return found


@pytest.mark.usefixtures("store_root")
def test_an_empty_store_says_what_fills_it() -> None:
    app = open_page("store")
    assert "The store is empty" in words(app)
    assert not app.dataframe


def test_what_is_kept_is_listed_with_its_size(store: Store) -> None:
    app = open_page("store")
    assert app.segmented_control(key="kind").options == ["Activations", "Uploads"]
    (what,) = app.dataframe[0].value["what"]
    assert "a checkpoint of no stored run (tiny) · mean · vectors of each attention" in what
    assert {metric.label: metric.value for metric in app.metric}["Uploads"] == "2.0 kB"
    assert "of 20.0 GB used" in words(app)
    assert str(store.root) in words(app)


def test_trainings_that_were_stopped_are_counted(store: Store) -> None:
    (store.root / "scratch" / "lab-one").mkdir()
    (store.root / "scratch" / "lab-one" / "state.safetensors").write_bytes(b"s" * 3000)
    app = open_page("store", kind="Trainings")
    assert list(app.dataframe[0].value["name"]) == ["lab-one"]
    assert {metric.label: metric.value for metric in app.metric}["Trainings"] == "3.0 kB"


def test_one_kind_at_a_time(store: Store) -> None:
    assert store.root.is_dir()
    app = open_page("store", kind="Uploads")
    assert list(app.dataframe[0].value["kind"]) == ["Uploads"]
    assert app.dataframe[0].value["bytes"].tolist() == [2000]


def test_verify_says_what_was_damaged(store: Store) -> None:
    app = open_page("store")
    sound(app.button(key="verify").click().run())
    assert "No damage found in the store" in app.info[0].value
    for shard in store.root.glob("activations/*/*.safetensors"):
        shard.write_bytes(b"damaged")
    sound(app.button(key="verify").click().run())
    assert "was damaged" in app.info[0].value


def test_evicting_to_the_limit_keeps_what_is_in_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_STORE_LIMIT_GB", "0.000000001")
    (collection,) = store.collections()
    with collection.lease():
        app = open_page("store")
        sound(app.button(key="evict").click().run())
        assert "In use by a running job, not removed" in words(app)
    assert list(store.root.glob("activations/*/*.safetensors"))
    sound(app.button(key="evict").click().run())
    assert not list(store.root.glob("activations/*/*.safetensors"))
    assert (store.uploads / "mine").is_dir(), "uploads are the user's own"


def test_chosen_rows_are_removed_after_a_confirmation(store: Store) -> None:
    app = open_page("store", kind="Uploads")
    app.session_state["entries-Uploads"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    sound(app.run())
    assert "Remove 1 entry (2.0 kB)?" in words(app)
    assert (store.uploads / "mine").is_dir()
    sound(app.button(key="remove-sure").click().run())
    assert not (store.uploads / "mine").exists()
    assert "removed 1 entry" in words(app)


def test_a_store_of_another_schema_can_be_cleared(store: Store) -> None:
    (store.root / "schema.json").write_text(json.dumps({"schema": 0}))
    app = open_page("store")
    assert len(app.error) == 1
    sound(app.button(key="clear-sure").click().run())
    assert not app.error
    assert (store.uploads / "mine").is_dir()
