"""Processes that write shards: killed at any moment, or two at once."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cache.activations import Collection
from cache.store import Store
from tests.unit.cache.shards import WRITER, Toy, keys, reopened


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


def test_killed_at_every_step_whatever_is_there_is_whole(store: Store, python: Callable[..., Any]) -> None:
    ever_later = """
def killed_at(moment):
    seen = 0
    def hook(event, arguments):
        nonlocal seen
        if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.utime") and sys.argv[1] in str(arguments[0]):
            seen += 1
            if seen == moment:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    write([f"{moment}-{j}" for j in range(50)], value=float(moment), width=96)
    os._exit(0)
for moment in range(1, 100):
    if not (child := os.fork()):
        killed_at(moment)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    sys.stdin.readline()
"""
    writer = python(WRITER + ever_later, store.root)
    kills, whole = 0, 0
    while (status := int(writer.line())) == -signal.SIGKILL:
        kills += 1
        collection = reopened(store)
        stored = [key for shard in collection.shards() for key in shard.keys]
        assert collection.sound(stored) == []
        whole += len(collection.missing(keys(*(f"{kills}-{j}" for j in range(50))))) == 0
        reader = collection.reader(stored)
        found = reader.words(1, np.arange(len(stored)), np.zeros(len(stored), int)) if stored else np.empty((0, 96))
        assert (found == found[:, :1]).all()
        assert (found[:, 0].reshape(-1, 50) == found[::50, :1]).all()
        reader.close()
        writer.tell()
    assert status == 0, "a write that is not killed ends well"
    assert kills - whole >= 3, "a write has several moments at which it is unfinished"


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
