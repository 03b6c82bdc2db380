"""What is encoded is what was fingerprinted: files that change under their time stamp are refused, ours are made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from cache.store import Store
from probing.checkpoints import deltas, identity, load, made, products, resolve
from probing.checkpoints.soundness import verify
from probing.corpora import registered
from probing.corpora.corpus_files import CorpusFile
from probing.errors import BadInput
from probing.extraction import extract
from probing.extraction.extract import collection
from tests import tiny_checkpoints as tiny
from tests.harms import flip_unseen

NORM = "embeddings.LayerNorm.bias"


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("identity") / "bert")


@pytest.fixture
def model(tiny_bert: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bert, tmp_path / "model"))


def delta(folder: Path, parent: Path, store: Store) -> Path:
    folder.mkdir(parents=True)
    save_file({f"whole/{NORM}": np.full(16, 0.5, np.float32)}, folder / products.DELTA)
    told = {"parent": str(parent), "parent_fingerprint": resolve(str(parent), store.root).fingerprint}
    (folder / products.RECORD).write_text(json.dumps(told), encoding="utf-8")
    return folder


def norm(checkpoint: Any) -> np.ndarray:
    encoder, _ = load(checkpoint)
    return encoder.get_parameter(NORM).detach().numpy().copy()  # the file itself is mapped into memory


def test_weights_that_changed_under_their_time_stamp_are_refused_and_forgotten(model: Path, store: Store) -> None:
    before = resolve(str(model), store.root)
    load(before)
    flip_unseen(model / "model.safetensors")
    assert resolve(str(model), store.root).fingerprint == before.fingerprint, "the page looks at the time stamp alone"
    with pytest.raises(BadInput, match=r"model\.safetensors is not the file that the fingerprint of model was made of") as caught:
        load(resolve(str(model), store.root))
    assert "\n" not in str(caught.value)
    after = resolve(str(model), store.root)
    assert after.fingerprint != before.fingerprint
    load(after)
    with pytest.raises(BadInput, match="is not the file"):
        load(before)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
@pytest.mark.parametrize("spec", ["{}", "random:{}@3"])
def test_small_files_are_hashed_at_loading_too(model: Path, store: Store, name: str, spec: str) -> None:
    found = resolve(spec.format(model), store.root)
    text = (model / name).read_text()
    (model / name).write_text(text + " ")
    with pytest.raises(BadInput, match=name.replace(".", r"\.")):
        load(found)
    (model / name).write_text(text)
    load(found)
    (model / "added_tokens.json").write_text("{}")
    with pytest.raises(BadInput, match=r"added_tokens\.json is not the file"):
        load(found)


def test_random_weights_follow_the_tokenizer_as_it_is(model: Path, store: Store) -> None:
    """Its digest was once remembered by time stamp."""
    before = resolve(f"random:{model}@0", store.root).fingerprint
    flip_unseen(model / "tokenizer.json", (model / "tokenizer.json").read_bytes().index(b'"##believ"') + 4)
    assert resolve(f"random:{model}@0", store.root).fingerprint != before


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", made.MADE])
@pytest.mark.parametrize("keeping_time", [True, False])
def test_a_damaged_whole_copy_is_made_again(model: Path, store: Store, tmp_path: Path, name: str, keeping_time: bool) -> None:
    child = delta(tmp_path / "child", model, store)
    found = resolve(str(child), store.root)
    wanted = norm(found)
    assert (wanted == 0.5).all()
    held = (found.folder / name).read_bytes()
    if keeping_time:
        flip_unseen(found.folder / name)
    else:
        (found.folder / name).write_bytes(b"cut")
    # Whoever opened it before the damage, and whoever opens it now.
    for checkpoint in (found, resolve(str(child), store.root)):
        assert (norm(checkpoint) == wanted).all()
        assert checkpoint.fingerprint == found.fingerprint
    if name != made.MADE:
        assert (found.folder / name).read_bytes() == held
    shutil.rmtree(found.folder)
    assert (norm(found) == wanted).all()


def test_vectors_remember_what_they_were_made_from(model: Path, store: Store) -> None:
    found = resolve(str(model), store.root)
    extract(found, [["the", "cat"]], store)
    (vectors,) = store.collections()
    (kept,) = vectors.shards()
    assert kept.source == identity.made_from(found)
    assert len(kept.source) == 32
    assert verify(store).problems == []
    assert verify(store).notes == []


def test_verify_finds_what_changed_under_its_time_stamp(model: Path, store: Store) -> None:
    before = resolve(str(model), store.root).fingerprint
    flip_unseen(model / "model.safetensors")
    (said,) = verify(store).problems
    assert f"{model / 'model.safetensors'} changed since it was hashed" in said
    assert resolve(str(model), store.root).fingerprint != before
    assert verify(store).problems == []


def test_verify_removes_vectors_of_different_files_and_damaged_copies(model: Path, store: Store, tmp_path: Path) -> None:
    found = resolve(str(delta(tmp_path / "child", model, store)), store.root)
    kept = collection(store, found, "mean", "fp32")
    for source in ("a", "b"):
        kept.write_shard([source], [1], np.ones(1, bool), [np.ones((1, 2), np.float32)], [np.ones((1, 2), np.float32)], source)
    flip_unseen(found.folder / "tokenizer.json")
    said = verify(store).problems
    assert [("different files" in one, "whole copy" in one) for one in said] == [(True, False), (False, True)]
    assert not found.folder.exists()
    assert verify(store).problems == []


@pytest.mark.parametrize("name", [products.DELTA, products.RECORD, "tokenizer.json", "head.safetensors"])
def test_verify_tells_of_damaged_products_and_leaves_them(model: Path, store: Store, name: str) -> None:
    folder = delta(store.root / products.FOLDER / "child", model, store)
    save_file({"w": np.zeros(3, np.float32)}, folder / products.HEAD)
    shutil.copy(model / "tokenizer.json", folder)
    (note,) = verify(store).notes
    assert note.startswith("lab:child: saved before there were lists of their files")
    made.record(folder)
    assert (verify(store).problems, verify(store).notes) == ([], [])
    products.refuse_changed(folder, products.HEAD)
    flip_unseen(folder / name)
    (said,) = verify(store).problems
    assert said == f"{folder / name} is not as it was saved: remove lab:child and make it again."
    assert (folder / name).exists()
    if name == products.HEAD:
        with pytest.raises(BadInput, match="not as it was saved"):
            products.refuse_changed(folder, products.HEAD)


@pytest.mark.parametrize("harm", [lambda path: flip_unseen(path, 8), lambda path: path.write_bytes(b"")])
def test_verify_reads_products_that_have_no_list(model: Path, store: Store, harm: Callable[[Path], object]) -> None:
    folder = delta(store.root / products.FOLDER / "child", model, store)
    harm(folder / products.DELTA)
    (said,) = verify(store).problems
    assert said.startswith("lab:child cannot be read (")


def test_verify_compares_uploads_with_their_hashes(store: Store) -> None:
    rows = b"text\tlabel\n" + "".join(f"cat {i}\tx\ndog {i}\ty\n" for i in range(40)).encode()
    registered.register(store.uploads, "own", [CorpusFile.of_bytes("own.tsv", rows)])
    assert (verify(store).problems, verify(store).notes) == ([], [])
    flip_unseen(store.uploads / "own" / "00")
    (said,) = verify(store).problems
    assert said == f"{store.uploads / 'own' / '00'} is not the file that was registered as data:own: register the corpus again."
    mapping = store.uploads / "own" / "mapping.json"
    kept = json.loads(mapping.read_text())
    for file in kept["files"]:
        del file["sha256"]
    mapping.write_text(json.dumps(kept))
    assert verify(store).problems == []
    assert verify(store).notes == ["data:own: registered before hashes were recorded, so the files could not be compared."]
    mapping.write_text("{")
    (said,) = verify(store).problems
    assert "mapping of data:own cannot be read" in said


def test_a_chain_of_changes_is_followed_and_not_for_ever(
    model: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = model
    for number in range(3):
        parent = delta(tmp_path / f"d{number}", parent, store)
    found = resolve(str(parent), store.root)
    flip_unseen(found.folder / "model.safetensors")
    assert found.parent is not None
    flip_unseen(found.parent.folder / "model.safetensors")
    assert (norm(found) == 0.5).all(), "its parent's copy is made again before its own"
    monkeypatch.setattr(deltas, "MOST_CHANGES", 2)
    with pytest.raises(BadInput, match="stands on more than 2 changes"):
        resolve(str(parent), store.root)
