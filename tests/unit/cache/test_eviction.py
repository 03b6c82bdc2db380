"""Making room: the least recently used first, and never what a living process leases."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cache import eviction, files
from cache.activations import Collection
from cache.keys import sentence_key
from cache.locks import FileLock
from cache.results import tidy
from cache.store import Store

Toy = Callable[..., dict[str, Any]]

LEASE = """
import sys
from pathlib import Path
from cache.store import Store
with Store(Path(sys.argv[1])).collection({"checkpoint": sys.argv[2]}).lease():
    print("leased", flush=True)
    sys.stdin.readline()
print("let go", flush=True)
sys.stdin.readline()
"""


def key(name: str) -> str:
    return sentence_key(name.split())


def stored(store: Store, name: str) -> list[str]:
    return sorted(k for shard in store.collection({"checkpoint": name}).shards() for k in shard.keys)


@pytest.fixture
def full(store: Store, toy: Toy) -> Store:
    """Two collections, old and new, of three shards each, last used in the order old-0 new-0 old-1 new-1 old-2 new-2;
    a cell, a run, an upload and a model."""
    for name in ("old", "new"):
        collection = store.collection({"checkpoint": name})
        for i in range(3):
            collection.write_shard(**toy([f"{name} {i}"]))
        for shard in collection.shards():
            (i,) = [i for i in range(3) if shard.keys == [key(f"{name} {i}")]]
            for suffix in ("json", "used"):
                path = collection.folder / f"{shard.name}.{suffix}"
                path.touch()
                os.utime(path, (1000 + 10 * i + (name == "new"),) * 2)
    store.results.save_cell("c1", [{"task": "upos"}], pd.DataFrame({"gold": ["A"]}), {"w": np.ones(2)}, {"task": "upos"})
    store.results.save_run("r1", {"label": "one"}, tidy([]), pd.DataFrame({"id": ["s"]}))
    (store.uploads / "mine.conllu").write_text("1\tword")
    (store.models / "tiny").mkdir()
    (store.models / "tiny" / "model.safetensors").write_bytes(b"w" * 100)
    return store


def test_listing_and_usage(full: Store) -> None:
    entries = eviction.listing(full)
    assert sorted((e["kind"], e["name"]) for e in entries if e["kind"] != "activations") == [
        ("cell", "c1"),
        ("model", "tiny"),
        ("run", "r1"),
        ("upload", "mine.conllu"),
    ]
    by_checkpoint = {e["facts"]["checkpoint"]: e for e in entries if e["kind"] == "activations"}
    assert (by_checkpoint["old"]["last_used"], by_checkpoint["new"]["last_used"]) == (1020, 1021)
    assert all(e["bytes"] > 0 for e in entries)
    used = eviction.usage(full)
    assert used["model"] == 100
    assert used["upload"] == 6
    assert used["activations"] == sum(e["bytes"] for e in by_checkpoint.values())
    assert sum(used.values()) == files.size(full.root)
    assert next(e["facts"] for e in entries if e["kind"] == "cell") == {"task": "upos"}
    assert next(e["facts"]["label"] for e in entries if e["kind"] == "run") == "one"


def test_the_least_recently_used_go_first_and_no_more_than_needed(full: Store) -> None:
    size = files.size(full.root)
    report = eviction.evict(full, size)
    assert (report["freed"], report["removed"]) == (0, [])
    report = eviction.evict(full, size - 1)
    assert len(report["removed"]) == 1
    assert stored(full, "old") == sorted([key("old 1"), key("old 2")])
    assert len(stored(full, "new")) == 3
    assert size - report["freed"] == files.size(full.root) <= size - 1
    report = eviction.evict(full, size - 3 * report["freed"] + 100)
    assert len(report["removed"]) == 2
    assert stored(full, "old") == [key("old 2")]
    assert stored(full, "new") == sorted([key("new 1"), key("new 2")])


def test_a_limit_takes_activations_only(full: Store) -> None:
    report = eviction.evict(full, 0)
    assert len(report["removed"]) == 6
    assert full.collections() == []
    assert full.results.has_cell("c1")
    assert full.results.has_run("r1")
    assert (full.uploads / "mine.conllu").exists()
    assert (full.models / "tiny").exists()


def test_whole_copies_of_deltas_go_before_what_was_read(full: Store) -> None:
    for name, age in (("delta-old", 1000), ("delta-new", 10)):
        (full.models / name).mkdir()
        (full.models / name / "model.safetensors").write_bytes(b"0" * 50_000)
        moment = time.time() - age
        os.utime(full.models / name, (moment, moment))
    report = eviction.evict(full, files.size(full.root) - 10_000)
    assert report["removed"] == ["model/delta-old"], "the oldest, and no more than needed"
    assert (full.models / "tiny").exists()
    lock = FileLock(full.locks / "run-r.lock")
    assert lock.acquire(blocking=False)
    report = eviction.evict(full, 0)
    assert (full.models / "delta-new").exists(), "what a run may read stays"
    lock.release()


def test_only_states_of_trainings_are_entries_of_scratch(full: Store) -> None:
    (full.root / "scratch" / "findings-quick").mkdir()
    assert not [entry for entry in eviction.listing(full) if entry["name"] == "findings-quick"]
    eviction.evict(full, None, everything=True)
    assert (full.root / "scratch" / "findings-quick").exists()


def test_no_limit_takes_nothing(full: Store) -> None:
    assert eviction.evict(full, None) == {"freed": 0, "removed": [], "kept_in_use": []}


def test_reading_saves_a_shard_from_eviction(full: Store) -> None:
    full.collection({"checkpoint": "old"}).reader([key("old 0")]).close()
    eviction.evict(full, files.size(full.root) - 1)
    assert key("old 0") in stored(full, "old")
    assert key("new 0") not in stored(full, "new")


@pytest.mark.parametrize("everything", [False, True])
def test_what_another_process_leases_is_never_touched(full: Store, python: Callable[..., Any], everything: bool) -> None:
    holder = python(LEASE, full.root, "old")
    assert holder.line() == "leased"
    old = full.collection({"checkpoint": "old"})
    report = eviction.evict(full, 0, everything=everything, names=[old.key])
    assert report["kept_in_use"] == [f"activations/{old.key}"]
    assert len(stored(full, "old")) == 3
    assert stored(full, "new") == []
    holder.tell()
    assert holder.line() == "let go"
    assert eviction.evict(full, 0, everything=everything)["kept_in_use"] == []
    assert stored(full, "old") == []


def test_a_lease_ends_with_its_process(full: Store, python: Callable[..., Any]) -> None:
    holder = python(LEASE, full.root, "old")
    assert holder.line() == "leased"
    holder.kill()
    assert eviction.evict(full, 0)["kept_in_use"] == []
    assert full.collections() == []


def test_an_open_reader_keeps_its_collection(full: Store) -> None:
    reader = full.collection({"checkpoint": "old"}).reader([key("old 0")])
    assert len(eviction.evict(full, 0)["kept_in_use"]) == 1
    assert reader.words(2, np.array([0]), np.array([1]))[0, 0] == 2 + 1 / 64
    reader.close()
    assert eviction.evict(full, 0)["kept_in_use"] == []


def test_writing_goes_on_after_an_eviction(full: Store, toy: Toy) -> None:
    collection: Collection = full.collection({"checkpoint": "old"})
    eviction.evict(full, 0)
    assert collection.missing([key("old 0")]) == [0]
    collection.write_shard(**toy(["old 0"]))
    assert collection.sound([key("old 0")]) == []
    assert full.collections()[0].facts == {"checkpoint": "old"}


def test_a_writer_and_an_evictor_at_once_lose_nothing_half(store: Store, python: Callable[..., Any]) -> None:
    code = """
import sys
import numpy as np
from pathlib import Path
from cache.keys import sentence_key
from cache.locks import FileLock
from cache.store import Store
collection = Store(Path(sys.argv[1])).collection({"checkpoint": "w"})
print("ready", flush=True)
for i in range(60):
    with collection.lease():
        ones = [np.full((2, 8), float(i), np.float32)]
        collection.write_shard([sentence_key([str(i)])], [2], np.ones(2, bool), ones, [ones[0][:1]])
        reader = collection.reader([sentence_key([str(i)])])
        assert (reader.words(0, np.zeros(2, int), np.arange(2)) == i).all()
        reader.close()
"""
    writer = python(code, store.root)
    assert writer.line() == "ready"
    evicted = 0
    while writer.popen.poll() is None:
        evicted += len(eviction.evict(store, 0)["removed"])
    assert writer.output() == []
    assert evicted, "both were at work at once"
    assert eviction.verify(store) == []


def test_everything_takes_all_but_uploads(full: Store) -> None:
    full.jobs.submit("r1", {}, "one")
    full.jobs.finish("r1", "done")
    full.jobs.submit("r2", {}, "two")
    report = eviction.evict(full, 0, everything=True)
    assert {name.split("/")[0] for name in report["removed"]} == {"activations", "cell", "run", "model"}
    assert report["freed"] > 0
    assert [e["kind"] for e in eviction.listing(full)] == ["upload"]
    assert [job.run for job in full.jobs.recent(9)] == ["r2"]


def test_by_name(full: Store) -> None:
    old = full.collection({"checkpoint": "old"})
    report = eviction.evict(full, None, names=["r1", "upload/mine.conllu", old.key, "model/c1"])
    assert report["removed"] == [f"activations/{old.key}", "run/r1", "upload/mine.conllu"]
    assert not full.results.has_run("r1")
    assert full.results.has_cell("c1")
    assert list(full.uploads.iterdir()) == []
    assert len(stored(full, "new")) == 3


@pytest.mark.parametrize("how", ["job", "lock"])
def test_cells_and_models_stay_while_a_run_is_carried_out(full: Store, python: Callable[..., Any], how: str) -> None:
    worker = python(
        "import sys; from pathlib import Path; from cache.store import Store; from cache.locks import FileLock\n"
        "store = Store(Path(sys.argv[1]))\n"
        "if sys.argv[2] == 'job': store.jobs.submit('r9', {}, 'x'); store.jobs.claim('cpu')\n"
        "else: lock = FileLock(store.locks / 'run-r9.lock'); lock.acquire()\n"
        "print('busy', flush=True); sys.stdin.readline()",
        full.root,
        how,
    )
    assert worker.line() == "busy"
    report = eviction.evict(full, 0, everything=True, names=["mine.conllu"])
    assert report["kept_in_use"] == ["cell/c1", "upload/mine.conllu", "model/tiny"]
    assert full.results.has_cell("c1")
    worker.kill()
    assert eviction.evict(full, 0, everything=True, names=["mine.conllu"])["kept_in_use"] == []
    assert not full.results.has_cell("c1")
    assert eviction.listing(full) == []


def test_verify_says_what_it_removed(full: Store) -> None:
    assert eviction.verify(full) == []
    old = full.collection({"checkpoint": "old"})
    shard = old.shards()[0].name
    old.file(shard).write_bytes(b"short")
    (full.root / "cells" / "c1" / "items.parquet").unlink()
    (full.root / "runs" / "r1" / "run.json").write_text("{")
    said = eviction.verify(full)
    assert len(said) == 3
    assert any(shard in sentence and old.key in sentence for sentence in said)
    assert any("Cell c1 was damaged" in sentence for sentence in said)
    assert any("Run r1 was damaged" in sentence for sentence in said)
    assert eviction.verify(full) == []
    assert len(old.shards()) == 2


def test_listing_survives_damaged_records(full: Store) -> None:
    (full.root / "cells" / "c1" / "cell.json").write_text("[]")
    (full.collections()[0].folder / "facts.json").write_text("\x00")
    shutil.rmtree(full.root / "runs" / "r1")
    entries = eviction.listing(full)
    assert next(e["facts"] for e in entries if e["kind"] == "cell") == {}
    assert sum(e["kind"] == "activations" for e in entries) == 2


def state(store: Store, name: str, days: float) -> None:
    """What a training that was stopped left, last written so many days ago."""
    folder = store.root / "scratch" / f"lab-{name}"
    folder.mkdir()
    (folder / "state.safetensors").write_bytes(b"s" * 50)
    os.utime(folder, (time.time() - days * files.DAY,) * 2)


def test_states_that_nobody_goes_on_from_are_counted_and_go(full: Store) -> None:
    for name, days in (("fresh", 13.0), ("old", 15.0), ("held", 15.0)):
        state(full, name, days)
    assert eviction.usage(full)["state"] == 150
    assert [e["name"] for e in eviction.listing(full) if e["kind"] == "state"] == ["lab-fresh", "lab-held", "lab-old"]
    lock = FileLock(full.locks / "run-held.lock")
    lock.acquire()
    report = eviction.evict(full, files.size(full.root))
    assert (report["removed"], report["kept_in_use"]) == (["state/lab-old"], ["state/lab-held"])
    assert report["freed"] == 50
    lock.release()
    assert eviction.evict(full, None)["removed"] == ["state/lab-held"]
    assert eviction.evict(full, None, names=["lab-fresh"])["removed"] == ["state/lab-fresh"]


def test_everything_takes_fresh_states_too(full: Store) -> None:
    state(full, "fresh", 0)
    assert "state/lab-fresh" in eviction.evict(full, 0, everything=True)["removed"]


@pytest.mark.parametrize(
    "folder", ["activations", "cells", "runs", "models", "scratch", "cells/linked", "activations/linked", "models/linked"]
)
@pytest.mark.parametrize("how", ["evict", "clear"])
def test_a_link_is_unlinked_and_what_it_leads_to_stays(full: Store, tmp_path: Path, folder: str, how: str) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep" / "file").write_text("mine")
    (outside / "lab-mine").mkdir()
    place = full.root / folder
    if place.exists():
        shutil.rmtree(place)
    place.symlink_to(outside)
    report = eviction.evict(full, None, everything=True) if how == "evict" else eviction.clear(full.root)
    assert report["kept_in_use"] == []
    assert not place.is_symlink()
    assert (outside / "deep" / "file").read_text() == "mine"
    assert (outside / "lab-mine").is_dir()
    Store(full.root).results.save_cell("again", [], pd.DataFrame(), {}, {})
    assert Store(full.root).results.has_cell("again")


def test_a_linked_folder_that_is_leased_stays(full: Store, tmp_path: Path) -> None:
    shutil.move(full.root / "activations", tmp_path / "large-disk")
    (full.root / "activations").symlink_to(tmp_path / "large-disk")
    assert stored(full, "old"), "a link to another disk is read as any folder"
    with full.collection({"checkpoint": "old"}).lease():
        assert "activations" in eviction.evict(full, None, everything=True)["kept_in_use"]
    assert (full.root / "activations").is_symlink()
