"""Names and folders that strangers give: links that lead out, pipes, endless names."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from probing.checkpoints import deltas, products, resolve
from probing.errors import BadInput
from tests import tiny_checkpoints as tiny


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("strangers") / "bert")


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    (tmp_path / "allowed").mkdir()
    return tmp_path / "allowed"


@pytest.fixture
def model(tiny_bert: Path, allowed: Path) -> Path:
    return Path(shutil.copytree(tiny_bert, allowed / "model"))


def refused(spec: str, store: Path | None = None, *roots: Path) -> str:
    with pytest.raises(BadInput) as caught:
        resolve(spec, store, roots or None, offline=True)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    assert len(said) < 800
    return said


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "tokenizer.json", "README.md", "strata.json", "generation_config.json"]
)
def test_a_file_that_is_a_link_out_is_refused(model: Path, allowed: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "secret"
    outside.write_text('{"parent": "secret"}') if not (model / name).exists() else (model / name).rename(outside)
    (model / name).symlink_to(outside)
    said = refused(str(model), None, allowed)
    assert said == f"{model / name} is a link to a file outside the allowed folders: put the file itself in its place."
    assert f"{model / name} is a link" in refused(f"random:{model}@0", None, allowed)
    if name != "generation_config.json":
        assert resolve(str(model), None).facts.layers == 2, "on the command line a path is the shell user's own"
        assert resolve(str(model), None, (tmp_path,)).facts.layers == 2


def test_links_inside_the_allowed_folders_stay(model: Path, allowed: Path) -> None:
    """As the hub's cache has them: a snapshot of links to blobs beside it."""
    (allowed / "blobs").mkdir()
    for file in list(model.iterdir()):
        file.rename(allowed / "blobs" / file.name)
        file.symlink_to(Path("..") / "blobs" / file.name)
    assert resolve(str(model), None, (allowed,)).facts.layers == 2


def test_links_of_products_and_of_a_changes_parent(model: Path, allowed: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    kept = Path(shutil.copytree(model, store / products.FOLDER / "own"))
    (kept / products.RECORD).write_text('{"parent": "minilm-l6"}')
    assert resolve("lab:own", store, (allowed,)).facts.parent == "minilm-l6"
    outside = tmp_path / "record"
    outside.write_text('{"parent": "secret"}')
    (kept / products.RECORD).unlink()
    (kept / products.RECORD).symlink_to(outside)
    assert "is a link to a file outside" in refused("lab:own", store, allowed)
    with pytest.raises(BadInput, match="is a link to a file outside"):
        products.record_of("lab:own", store)
    away = Path(shutil.move(kept, tmp_path / "away"))
    (store / products.FOLDER / "own").symlink_to(away)
    assert "outside the allowed folders" in refused("lab:own", store, allowed)
    # A change whose parent lies elsewhere: not even its record is read.
    for folder, parent in ((allowed / "child", tmp_path / "elsewhere"), (tmp_path / "elsewhere", model)):
        folder.mkdir()
        (folder / deltas.DELTA).write_bytes(b"")
        (folder / products.RECORD).write_text(json.dumps({"parent": str(parent), "parent_fingerprint": "x"}))
    assert "lies outside the allowed folders" in refused(str(allowed / "child"), store, allowed)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "README.md", "strata.json", "vocab.txt"])
def test_pipes_and_devices_are_not_opened(model: Path, name: str) -> None:
    (model / name).unlink(missing_ok=True)
    os.mkfifo(model / name)
    assert "is no regular file, so it is not opened" in refused(str(model))
    (model / name).unlink()
    (model / name).symlink_to("/dev/zero")
    assert "is no regular file, so it is not opened" in refused(str(model))


@pytest.mark.parametrize(
    "spec",
    [
        "n" * 300,
        "/" + "n" * 300,
        "~" + "n" * 300,
        "~nobody-of-that-name/model",
        "a/" + "n" * 300,
        "lab:" + "n" * 300,
        "n" * 100_000,
        "/".join(["n" * 200] * 50),
        "/" + "/".join(["n" * 200] * 50),
        "half \ud83d character",
        "/half/\ud83d/character",
        "nul\x00",
        "random:" + "n" * 300 + "@0",
        "random:" + "9" * 5000 + "@1",
    ],
)
def test_names_that_no_file_system_has(tmp_path: Path, spec: str) -> None:
    for roots in ((), (tmp_path,)):
        refused(spec, tmp_path, *roots)


def test_a_tokenizer_beyond_the_limit_is_not_read(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (model / "tokenizer.json").open("r+b") as stream:
        stream.truncate(5 << 30)
    assert "has 5,368,709,120 bytes, more than 64,000,000: set STRATA_MAX_JSON_MB higher where you trust it" in refused(
        str(model)
    )
    monkeypatch.setenv("STRATA_MAX_JSON_MB", "-1")
    assert "STRATA_MAX_JSON_MB is '-1': give a number of megabytes above 0, such as 64" in refused(str(model))


@pytest.mark.parametrize(
    "text", ['{"parent": 3, "data": null}', "[]", "[" * 5000, '{"parent": ' + "1" * 5000 + "}", '{"parent": "\\ud800"}']
)
def test_a_record_that_is_odd(model: Path, text: str) -> None:
    (model / "strata.json").write_text(text)
    if text.startswith('{"parent": 3'):
        assert resolve(str(model), None).facts.parent is None
    else:
        assert "strata.json" in refused(str(model))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tokenizer_config.json", "[" * 5000),
        ("tokenizer_config.json", '{"model_max_length": ' + "1" * 5000 + "}"),
        ("special_tokens_map.json", "[]"),
        ("added_tokens.json", '{"a":' * 100 + "1" + "}" * 100),
        ("tokenizer.json", "{}"),
        ("tokenizer.json", '{"normalizer": [], "pre_tokenizer": "x", "model": {"type": "WordPiece", "vocab": "y"}}'),
        ("tokenizer.json", "[" * 5000),
    ],
)
def test_files_of_a_tokenizer_that_are_odd(model: Path, name: str, text: str) -> None:
    (model / name).write_text(text)
    assert name in refused(str(model))


def test_odd_settings_of_a_tokenizer_are_passed_over(model: Path) -> None:
    tiny.edit_json(model / "tokenizer_config.json", model_max_length=float("nan"), tokenizer_class=["x"], do_lower_case={})
    assert resolve(str(model), None).facts.max_length == 24
