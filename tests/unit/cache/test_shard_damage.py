"""Damaged shards: they are found, dropped and made again, and a full disk leaves nothing half-written."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cache import activations
from cache.activations import Collection
from cache.errors import StoreError
from cache.store import Store
from tests.harms import cut, empty, flip, noise
from tests.unit.cache.shards import WRITER, Toy, keys, only_file, reopened


@pytest.mark.parametrize("harm", [cut, flip, empty, noise, Path.unlink])
@pytest.mark.parametrize("suffix", ["safetensors", "json"])
def test_a_damaged_shard_is_dropped_and_its_sentences_are_missing_again(
    store: Store, collection: Collection, toy: Toy, suffix: str, harm: Callable[[Path], object]
) -> None:
    collection.write_shard(**toy(["a", "b"]))
    harm(only_file(collection, suffix))
    collection.write_shard(**toy(["c"]))
    again = reopened(store)
    assert again.sound(keys("a", "b", "c")) == [0, 1]
    assert again.missing(keys("a", "b", "c")) == [0, 1]
    with pytest.raises(StoreError, match="2 of 3"):
        again.reader(keys("a", "b", "c"))
    again.write_shard(**toy(["a", "b"]))
    assert again.reader(keys("a", "b", "c")).words(1, np.array([1]), np.array([0]))[0, 0] == 1 + 2 / 64


@pytest.mark.parametrize("harm", [cut, flip, empty, noise, Path.unlink])
@pytest.mark.parametrize("suffix", ["safetensors", "json"])
def test_verify_names_and_removes_damage(collection: Collection, toy: Toy, suffix: str, harm: Callable[[Path], object]) -> None:
    collection.write_shard(**toy(["a", "b"]))
    collection.reader(keys("a")).close()  # its checksum is now trusted in this process, which verify must not do
    path = only_file(collection, suffix)
    harm(path)
    collection.write_shard(**toy(["c"]))
    assert collection.verify() == [path.stem]
    assert collection.verify() == []
    assert collection.missing(keys("a", "c")) == [0]
    assert not list(collection.folder.glob(f"{path.stem}.*"))


def test_a_shard_that_breaks_while_it_is_read_gives_a_sentence(collection: Collection, toy: Toy) -> None:
    collection.write_shard(**toy(["a", "b"]))
    reader = collection.reader(keys("a", "b"))
    cut(only_file(collection, "safetensors"))
    with pytest.raises(StoreError, match="resume the run"):
        reader.words(0, np.array([0]), np.array([0]))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_leaves_nothing(
    collection: Collection, toy: Toy, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(_: dict[str, np.ndarray], path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(activations, "save_file", full)
    with pytest.raises(StoreError, match=r"^The disk is full: .* then resume"):
        collection.write_shard(**toy(["a"]))
    monkeypatch.undo()
    assert [path.name for path in collection.folder.iterdir()] == ["facts.json"]
    collection.write_shard(**toy(["a"]))
    assert collection.missing(keys("a")) == []


def test_a_file_that_may_not_grow_is_a_full_disk_too(store: Store, python: Callable[..., Any]) -> None:
    limited = """
import resource
from cache.errors import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write([str(i) for i in range(100)], width=2000)
except StoreError as error:
    print(str(error).replace(" ", "_"))
print(*(path.name for path in collection.folder.iterdir()))
"""
    said, *left = python(WRITER + limited, store.root).output()
    assert said.startswith("The_disk_is_full:_the_activations_could_not_be_written")
    assert left == ["facts.json"]


@pytest.mark.parametrize("suffix", ["json", "safetensors"])
def test_a_folder_where_a_file_should_be_is_found_and_made_again(collection: Collection, toy: Toy, suffix: str) -> None:
    collection.write_shard(**toy(["a", "b"]))
    (shard,) = collection.shards()
    path = collection.folder / f"{shard.name}.{suffix}"
    path.unlink()
    (path / "inner").mkdir(parents=True)
    assert collection.missing(keys("a", "b")) == [0, 1]
    collection.write_shard(**toy(["a", "b"]))
    assert collection.sound(keys("a", "b")) == []
    path.unlink()
    (path / "inner").mkdir(parents=True)
    assert collection.verify() == [shard.name]
    assert not path.exists()
