"""Activations: what is written is read, what is half-written or damaged is not, and only what is asked for loads."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache import activations
from cache.activations import Collection
from cache.errors import StoreError
from cache.keys import sentence_key
from cache.store import Store

Toy = Callable[..., dict[str, Any]]

WRITER = """
import os, signal, sys, time
import numpy as np
from pathlib import Path
from cache import activations, files
from cache.keys import sentence_key
from cache.store import Store
collection = Store(Path(sys.argv[1])).collection({"checkpoint": "toy", "pooling": "mean"})
def write(names, value=1.0, width=4):
    ones = np.full((2 * len(names), width), value, np.float32)
    collection.write_shard([sentence_key([n]) for n in names], [2] * len(names), np.ones(2 * len(names), bool),
                           [ones, ones], [ones[: len(names)], ones[: len(names)]])
"""


def keys(*names: str) -> list[str]:
    return [sentence_key(name.split()) for name in names]


def only_file(collection: Collection, suffix: str) -> Path:
    found = [path for path in collection.folder.glob(f"*.{suffix}") if path.stem != "facts"]
    assert len(found) == 1
    return found[0]


def reopened(store: Store) -> Collection:
    """As another process would see it: nothing remembered, no checksum trusted."""
    activations._checked.clear()
    return store.collection({"checkpoint": "toy", "pooling": "mean"})


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


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


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


def test_two_texts_with_the_same_vectors_are_two_shards(collection: Collection, toy: Toy) -> None:
    shard = toy(["the end"])
    collection.write_shard(**shard)
    collection.write_shard(**shard | {"keys": keys("The End")})
    collection.write_shard(**shard)
    assert collection.missing(keys("the end", "The End")) == []
    assert len(collection.shards()) == 2


@pytest.mark.parametrize("moment", ["tensors", "shard", "manifest"])
def test_a_process_killed_in_mid_write_leaves_nothing_readable(
    store: Store, collection: Collection, toy: Toy, python: Callable[..., Any], moment: str
) -> None:
    stop = """
def hang(*_, **__):
    print("half", flush=True)
    time.sleep(60)
if sys.argv[2] == "tensors":  # the file is half there
    def save(tensors, path):
        real({"word.0": tensors["word.0"]}, path); hang()
    real, activations.save_file = activations.save_file, save
elif sys.argv[2] == "shard":  # the file is whole, under its temporary name
    files.put = hang
else:  # the shard has its name, the manifest not
    files.write_text = lambda path, text, what: hang() if path.stem != "facts" else path.write_text(text)
write(["a", "b"])
"""
    collection.write_shard(**toy(["z"]))
    writer = python(WRITER + stop, store.root, moment)
    assert writer.line() == "half"
    assert reopened(store).missing(keys("a", "b", "z")) == [0, 1]
    writer.kill()
    after = reopened(store)
    assert after.missing(keys("a", "b", "z")) == [0, 1]
    assert after.sound(keys("a", "b", "z")) == [0, 1]
    store.clean()
    after.verify()
    assert not [path for path in after.folder.rglob("*") if path.suffix == ".part"]
    assert len(list(after.folder.glob("*.safetensors"))) == 1
    after.write_shard(**toy(["a", "b"]))
    assert after.sound(keys("a", "b", "z")) == []


def test_killed_at_any_moment_whatever_is_there_is_whole(store: Store, python: Callable[..., Any]) -> None:
    forever = """
print("started", flush=True)
for i in range(10**9):
    write([f"{sys.argv[2]}-{i}-{j}" for j in range(50)], value=float(i % 1000), width=96)
    print(i, flush=True)
"""
    for attempt in range(4):
        writer = python(WRITER + forever, store.root, attempt)
        assert writer.line() == "started"
        writer.line()
        time.sleep(0.013 * attempt)
        writer.kill()
        collection = reopened(store)
        stored = [key for shard in collection.shards() for key in shard.keys]
        assert stored
        assert collection.sound(stored) == []
        reader = collection.reader(stored)
        found = reader.words(1, np.arange(len(stored)), np.zeros(len(stored), int))
        assert (found == found[:, :1]).all()
        assert (found[:, 0].reshape(-1, 50) == found[::50, :1]).all()
        reader.close()


def test_two_processes_write_one_collection(store: Store, python: Callable[..., Any]) -> None:
    some = """
print("ready", flush=True); sys.stdin.readline()
for i in range(12):
    write([f"s{i}", f"t{i}"], value=float(i))
    write([f"{sys.argv[2]}{i}"], value=float(i))
"""
    both = [python(WRITER + some, store.root, name) for name in ("x", "y")]
    assert [process.line() for process in both] == ["ready", "ready"]
    for process in both:
        process.tell()
    for process in both:
        process.output()
    names = [f"{letter}{i}" for i in range(12) for letter in "stxy"]
    collection = reopened(store)
    assert collection.sound(keys(*names)) == []
    assert len(collection.shards()) == 36
    found = collection.reader(keys(*names)).words(0, np.arange(48), np.ones(48, int))
    assert found[:, 0].tolist() == [float(i) for i in range(12) for _ in "stxy"]
    assert collection.verify() == []


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


def test_reading_is_using(collection: Collection, toy: Toy) -> None:
    collection.write_shard(**toy(["a"]))
    (shard,) = collection.shards()
    os.utime(collection.folder / f"{shard.name}.json", (1000, 1000))
    assert collection.last_used == 1000
    collection.missing(keys("a"))
    assert collection.last_used == 1000
    collection.reader(keys("a"))
    assert collection.last_used == pytest.approx(time.time(), abs=30)


def test_facts_survive_and_are_mended(store: Store, collection: Collection, toy: Toy) -> None:
    collection.write_shard(**toy(["a"]))
    (collection.folder / "facts.json").write_text("{")
    assert store.collections()[0].facts == {}
    collection.write_shard(**toy(["b"]))
    assert store.collections()[0].facts == {"checkpoint": "toy", "pooling": "mean"}


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
