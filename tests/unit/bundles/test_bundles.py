"""Bundles: what was stored here is stored there, the same bytes each time, without a path; and nothing hostile gets in."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cache.sealed import SealedFolders
from cache.store import Store
from probing.bundles import archive, importing, manifest
from probing.bundles.exporting import export
from probing.bundles.portable import Portable
from probing.errors import BadInput
from probing.records import history, names, stored
from probing.records.history import Note
from probing.records.training import TrainingRecord
from probing.settings import Limits, Settings
from tests.planted import finished, lab
from tests.unit.bundles.forging import Members, forged, listed, members, seal

PLAIN = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with a run whose first task has long text, and notes by hand."""
    store = Store(tmp_path_factory.mktemp("bundles") / "store")
    run = finished.fill(store, depths={"known-elsewhere": 2}, tasks=("upos",))
    history.write(store, [run], Note(name="the first one", tags="mine"))
    names.write(store, "known-elsewhere", "elsewhere", "base", {})
    return store


@pytest.fixture(scope="module")
def whole(full: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "one.strata"
    export(full, full.results.run_folders.names(), path, of(full), "A title", "A note")
    return path


def of(store: Store) -> Settings:
    return Settings(store.root, None, 10**9, "cpu", 10**8, True)


def untouched(store: Store) -> bool:
    """Nothing was put into the store, and nothing is left over."""
    places = ("cells", "runs", "described", "scratch")
    return not any(path.is_file() for place in places for path in (store.root / place).rglob("*"))


def test_what_was_stored_here_is_stored_there(full: Store, whole: Path, tmp_path: Path) -> None:
    there = Store(tmp_path / "there")
    found = importing.look(whole)
    assert (found.title, found.note, found.checkpoints, found.corpora) == (
        "A title",
        "A note",
        ("known-elsewhere",),
        ("grammar",),
    )
    taken = importing.take(whole, there)
    assert sorted(taken.new) == sorted([*full.results.cells.names(), *full.results.run_folders.names(), *described(there)])
    (run,) = full.results.run_folders.names()
    assert stored.run(there, run) == stored.run(full, run)
    for cell in stored.run(there, run).cells:
        pd.testing.assert_frame_equal(there.results.items(cell.id), full.results.items(cell.id))
        pd.testing.assert_frame_equal(there.results.cell_table(cell.id), full.results.cell_table(cell.id))
        assert there.results.probes(cell.id).keys() == full.results.probes(cell.id).keys()
    pd.testing.assert_frame_equal(there.results.sentences(run), full.results.sentences(run))
    assert history.read(there) == history.read(full)
    assert names.read(there) == names.read(full)
    again = importing.take(whole, there)
    assert not again.new
    assert again.already == len(taken.new)


def described(store: Store) -> list[str]:
    return [path.name for path in (store.root / "described").glob("*/*")]


def test_the_same_content_has_the_same_bytes_wherever_it_lies(whole: Path, full: Store, tmp_path: Path) -> None:
    there, again = Store(tmp_path / "there"), tmp_path / "again.strata"
    importing.take(whole, there)
    for store in (full, there):
        export(store, store.results.run_folders.names(), again, of(store), "A title", "A note")
        assert again.read_bytes() == whole.read_bytes()


def test_what_is_here_already_of_ones_own_stays(whole: Path, full: Store) -> None:
    before = history.read(full)
    assert set(importing.take(whole, full).new) <= set(described(full)), "what is told of the corpus alone is new"
    assert history.read(full) == before


@PLAIN
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused(whole: Path, tmp_path: Path, place: int, bit: int) -> None:
    data = bytearray(whole.read_bytes())
    data[place % len(data)] ^= 1 << bit
    path = tmp_path / "flipped.strata"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"flipped\.strata (was damaged on its way|is no bundle)"):
        importing.look(path)


@PLAIN
@given(data=st.binary(max_size=300))
def test_bytes_that_are_no_bundle_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "odd.strata"
    for content in (data, data + archive.MARK + b"0" * 64):
        path.write_bytes(content)
        with pytest.raises(BadInput):
            importing.look(path)


def test_a_file_is_named_as_bundles_are(full: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"name the file one\.strata"):
        importing.look(tmp_path / "one.zip")
    with pytest.raises(BadInput, match=r"name the file one\.strata"):
        export(full, [], tmp_path / "one.zip", of(full))
    with pytest.raises(BadInput, match="is not there"):
        importing.look(tmp_path / "one.strata")
    with pytest.raises(BadInput, match="no finished run, comparison or training 'unknown'"):
        export(full, ["unknown"], tmp_path / "one.strata", of(full))


@PLAIN
@given(
    name=st.text(min_size=1, max_size=40)
    | st.sampled_from(["../../out", "/etc/x", "cells/../../x", "~/x", "C:\\x", "a\\b", "x" * 300])
)
def test_a_member_with_any_name_stays_outside(whole: Path, tmp_path: Path, name: str) -> None:
    try:
        path = forged(tmp_path / "odd.strata", listed(members(whole) | {name: b"x"}))
    except (UnicodeEncodeError, ValueError):  # a name that no archive takes
        return
    store = Store(tmp_path / "store")
    with pytest.raises(BadInput):
        importing.take(path, store)
    assert untouched(store)
    assert {one.name for one in tmp_path.iterdir()} == {"odd.strata", "store"}


def _link(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def change(content: Members, name: str, **changes: Any) -> Members:
    """A record inside a sealed file, changed and sealed anew."""
    from cache import files

    (path,) = [one for one in content if one.endswith(name)][:1]
    record = json.loads(content[path])["record"]
    record["content"] |= changes
    return content | {path: files.sealed(record).encode()}


HOSTILE: dict[str, tuple[Callable[[Members], Members], str]] = {
    "newer": (
        lambda content: listed(content, bundle=2),
        r"written by a newer release \(bundle schema 2; this one reads up to 1\)",
    ),
    "newer store": (lambda content: listed(content, store=99), "is from a store of schema 99"),
    "no manifest": (
        lambda content: {name: data for name, data in content.items() if name != manifest.NAME},
        "has no manifest.json",
    ),
    "no json": (lambda content: content | {manifest.NAME: b"{"}, "manifest"),
    "another manifest": (lambda content: content | {manifest.NAME: b"{}"}, "its manifest is not one"),
    "unlisted": (lambda content: content | {"cells/x/more": b""}, "do not hold the same members"),
    "listed otherwise": (lambda content: content | {manifest.CARDS: b"{}"}, "is not what the manifest says"),
    "no place": (lambda content: listed(content | {"cells/x/run.json": b""}), "has no place in a bundle"),
    "half a cell": (lambda content: listed(content | {"cells/x/cell.json": b"{}"}), "cells/x lacks items.parquet"),
    "a newer run": (lambda content: listed(change(content, "run.json", schema=99)), "written by a newer release"),
    "an unknown key": (lambda content: listed(change(content, "run.json", more=1)), "cannot be read"),
    "another run's record": (lambda content: listed(change(content, "run.json", run="other")), "its record names other"),
    "jobs of no kind": (
        lambda content: listed(content | {manifest.ASKED: b'{"jobs": [{}], "names": {}, "notes": {}}'}),
        "asked.json",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_wrong_inside_is_one_sentence(whole: Path, tmp_path: Path, case: str) -> None:
    harm, said = HOSTILE[case]
    store = Store(tmp_path / "store")
    with pytest.raises(BadInput, match=said):
        importing.take(forged(tmp_path / "odd.strata", harm(members(whole))), store)
    assert untouched(store)


def test_a_link_is_refused(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a link or a folder"):
        importing.look(forged(tmp_path / "odd.strata", members(whole), _link))


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_is(whole: Path, tmp_path: Path) -> None:
    content = members(whole)
    said = sum(map(len, content.values()))
    with pytest.raises(BadInput, match="more than the 1,000 allowed: raise STRATA_MAX_BUNDLE_MB"):
        importing.look(whole, Limits(bundle_bytes=1000))
    bomb = forged(tmp_path / "odd.strata", listed(content | {manifest.CARDS: b" " * 5_000_000}))
    with pytest.raises(BadInput, match="allowed"):
        importing.look(bomb, Limits(bundle_bytes=said + 1000))
    data = bomb.read_bytes()  # it says that its largest member has one byte
    bomb.write_bytes(data.replace((5_000_000).to_bytes(4, "little"), (1).to_bytes(4, "little")))
    with pytest.raises(BadInput, match="is no bundle"):
        importing.look(seal(bomb), Limits(bundle_bytes=said + 1000))


def test_the_same_id_with_other_content_is_refused(full: Store, whole: Path, tmp_path: Path) -> None:
    other = Store(tmp_path / "other")
    finished.fill(other, depths={"known-elsewhere": 2}, tasks=("upos",), seed=1, run=full.results.run_folders.names()[0])
    before = sorted(path.name for path in (other.root / "cells").iterdir())
    with pytest.raises(BadInput, match="with other content than this store has under that id: nothing was imported"):
        importing.take(whole, other)
    assert sorted(path.name for path in (other.root / "cells").iterdir()) == before
    assert not list((other.root / "scratch").iterdir())


def test_an_import_that_is_stopped_leaves_nothing_half(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, placed = Store(tmp_path / "store"), SealedFolders.place
    left = [2]

    def stop(folders: SealedFolders, name: str, from_: Path) -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return placed(folders, name, from_)

    monkeypatch.setattr(SealedFolders, "place", stop)
    with pytest.raises(KeyboardInterrupt):
        importing.take(whole, store)
    assert stored.runs(store) == []
    assert len(store.results.cells.names()) == 2
    assert not store.results.cells.verify()
    monkeypatch.undo()
    assert len(importing.take(whole, store).new) + 2 == importing.take(whole, store).already
    assert len(stored.runs(store)) == 1


def test_a_sweep_travels_with_its_trainings(store: Store, tmp_path: Path) -> None:
    asked = lab.fill(store, methods=("full",), sizes=(64,), seeds=2)
    path, there = tmp_path / "sweep.strata", Store(tmp_path / "there")
    made = export(store, [asked.run], path, of(store))
    assert [(one.id, one.kind) for one in made.held] == [(asked.run, "sweep")]
    importing.take(path, there)
    job = there.jobs.get(asked.run)
    assert job is not None
    assert (job.state, job.kind, job.origin, job.label) == ("done", "sweep", "bundle", asked.label)
    answers = asked.answers(there)
    assert [arm.id for arm, _ in answers] == [arm.id for arm, _ in asked.answers(store)]
    assert all(isinstance(record, TrainingRecord) for _, record in answers)
    pd.testing.assert_frame_equal(asked.table(there), asked.table(store))


PATHS = {"/home/someone/models/base": "bundle:base@abcdef", "/data/snips": "bundle:snips@123456"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/someone/models/base", "bundle:base@abcdef"),
        ("random:/home/someone/models/base@0", "random:bundle:base@abcdef@0"),
        ("/home/someone/models/base:3", "bundle:base@abcdef:3"),
        ("/home/someone/models/base-2", "base-2"),
        ("/data/snips/train.json has no labels.", "bundle:snips@123456/train.json has no labels."),
        ("(see /srv/store/logs/reader.log)", "(see reader.log)"),
        ("~/models/x, then", "x, then"),
        ("precision/recall and https://example.org/a/b", "precision/recall and https://example.org/a/b"),
        ("owner/name", "owner/name"),
    ],
)
def test_paths_become_names(text: str, told: str) -> None:
    assert Portable(PATHS).text(text) == told


def test_labels_with_slashes_stay() -> None:
    record = {"classes": ["/person/artist", "O"], "notes": ["/a/b/c"]}
    assert Portable({})(record) == {"classes": ["/person/artist", "O"], "notes": ["c"]}
